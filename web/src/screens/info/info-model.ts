import type { AccountView, Audience, Command, ConversationView, MemberView, Policy, Role } from '../../api';
import type { Engine } from '../../engine/engine';
import { inBackground } from '../../models/background';
import { Model } from '../../models/model';
import { byName } from '../../models/order';
import { toBase64Url } from '../../models/profile';
import { sentenceOf } from '../media/files/sentence';

export interface InfoState {
  readonly phase: 'loading' | 'ready' | 'missing';
  readonly conversation: ConversationView | undefined;
  readonly members: readonly MemberView[];
  readonly audience: Audience | undefined;
  readonly policy: Policy | undefined;
  readonly account: AccountView | undefined;
  /** In a 1:1: safety numbers were compared. */
  readonly verified: boolean;
  /** What is being done: the command's type. */
  readonly busy: Command['type'] | undefined;
  readonly error: string | undefined;
}

/** Muted for good: the last day that a JavaScript date knows how to say in four digits. */
export const FOR_EVER_MS = Date.UTC(9999, 11, 31);

const RANK: Record<Role, number> = { admin: 0, member: 1, reader: 2 };

/** All about one conversation, kept fresh while it is looked at. */
export class InfoModel extends Model<InfoState> {
  #stop: () => void = () => undefined;
  #round = 0;

  constructor(
    readonly engine: Engine,
    readonly group: string,
  ) {
    super({
      phase: 'loading',
      conversation: undefined,
      members: [],
      audience: undefined,
      policy: undefined,
      account: undefined,
      verified: false,
      busy: undefined,
      error: undefined,
    });
  }

  open(): void {
    this.#stop = this.engine.onEvent((event) => {
      const about = 'group' in event && event.group === this.group;
      if ((about && event.type !== 'typing' && event.type !== 'message') || event.type === 'person_changed')
        inBackground(this.load());
    });
    inBackground(this.load());
  }

  close(): void {
    this.#stop();
    this.#round += 1;
  }

  async load(): Promise<void> {
    const round = ++this.#round;
    const { engine, group } = this;
    const [conversation, members, audience, policy, account] = await Promise.all([
      engine.ask({ type: 'conversation', group }),
      engine.ask({ type: 'members', group }),
      engine.ask({ type: 'audience', group }),
      engine.ask({ type: 'policy' }),
      engine.ask({ type: 'account' }),
    ]);
    const peer = conversation?.peer ?? undefined;
    const number = peer === undefined ? null : await engine.ask({ type: 'safety_number', user: peer });
    if (round !== this.#round) return;
    const me = account?.user;
    this.set({
      phase: conversation ? 'ready' : 'missing',
      conversation: conversation ?? undefined,
      // Oneself first, then admins, then by name.
      members: [...members].sort(
        (one, two) =>
          Number(two.user === me) - Number(one.user === me) || RANK[one.role] - RANK[two.role] || byName(one, two),
      ),
      audience: audience ?? undefined,
      policy: policy ?? audience?.policy ?? undefined,
      account: account ?? undefined,
      verified: number?.verified ?? false,
    });
  }

  /** Whether one may change members, name and settings. */
  get mayManage(): boolean {
    const { conversation } = this.getSnapshot();
    return conversation?.kind === 'group' && conversation.role === 'admin' && conversation.state === 'active';
  }

  get maySetDisappearing(): boolean {
    const { conversation } = this.getSnapshot();
    return conversation?.state === 'active' && (conversation.kind === 'direct' || this.mayManage);
  }

  rename(name: string): Promise<boolean> {
    return this.#run({ type: 'rename', group: this.group, name: name.trim() });
  }
  setPurpose(purpose: string): Promise<boolean> {
    return this.#run({ type: 'set_purpose', group: this.group, purpose: purpose.trim() });
  }
  async setPicture(picture: Blob | undefined): Promise<boolean> {
    const bytes = picture && toBase64Url(new Uint8Array(await picture.arrayBuffer()));
    return this.#run({ type: 'set_group_picture', group: this.group, picture: bytes ?? null });
  }
  setRole(user: string, role: Role): Promise<boolean> {
    return this.#run({ type: 'set_role', group: this.group, user, role });
  }
  remove(user: string): Promise<boolean> {
    return this.#run({ type: 'remove_users', group: this.group, users: [user] });
  }
  setDisappearing(seconds: number | null): Promise<boolean> {
    return this.#run({ type: 'set_disappearing', group: this.group, seconds });
  }
  mute(untilMs: number | null): Promise<boolean> {
    return this.#run({ type: 'mute', group: this.group, until_ms: untilMs });
  }
  pin(on: boolean): Promise<boolean> {
    return this.#run({ type: 'pin', group: this.group, on });
  }
  archive(on: boolean): Promise<boolean> {
    return this.#run({ type: 'archive', group: this.group, on });
  }
  leave(): Promise<boolean> {
    return this.#run({ type: 'leave', group: this.group });
  }

  async #run(command: Command): Promise<boolean> {
    if (this.getSnapshot().busy !== undefined) return false;
    this.set({ busy: command.type, error: undefined });
    try {
      await this.engine.command(command);
      this.set({ busy: undefined });
      await this.load();
      return true;
    } catch (error) {
      this.set({ busy: undefined, error: sentenceOf(error) });
      return false;
    }
  }
}

/** What happens to a group when one leaves it. */
export function successionOf(
  members: readonly MemberView[],
  me: string | undefined,
): 'last' | 'admins' | 'successor' | 'none' {
  const others = members.filter((member) => member.user !== me && member.kind !== 'recorder');
  if (others.length === 0) return 'last';
  const mine = members.find((member) => member.user === me);
  if (mine?.role !== 'admin') return 'none';
  return others.some((member) => member.role === 'admin') ? 'admins' : 'successor';
}
