import type { ConversationView, Event } from '../../api';
import type { Engine } from '../../engine/engine';
import { inBackground } from '../background';
import { Batch, nextFrame, type Schedule } from '../batch';
import { finds } from '../folding';
import { Model } from '../model';
import { same } from '../same';
import { Typists } from '../typists';

export type ConversationFilter = 'all' | 'unread' | 'groups';
export type MuteFor = 'hours' | 'week' | 'always';

/** One conversation as the list shows it. */
export interface ConversationRow {
  readonly group: string;
  readonly view: ConversationView;
  readonly muted: boolean;
  readonly unread: boolean;
  /** Names of those who are typing. */
  readonly typing: readonly string[];
}

export interface ConversationListState {
  readonly phase: 'loading' | 'ready' | 'failed';
  readonly filter: ConversationFilter;
  /** The archive is shown instead of the list. */
  readonly archive: boolean;
  readonly query: string;
  readonly rows: readonly ConversationRow[];
  /** There are conversations at all, shown or not. */
  readonly any: boolean;
  readonly archived: { readonly count: number; readonly unread: number };
  /** Conversations with something unread that aren't muted: the badge on the app's icon. */
  readonly unread: number;
  readonly me: string | null;
}

const HOURS_8_MS = 8 * 3_600_000;
const WEEK_MS = 7 * 24 * 3_600_000;
/** The last millisecond that a calendar with four digits knows. */
export const ALWAYS_MS = 253_402_300_799_999;

export interface ConversationListOptions {
  now?: () => number;
  schedule?: Schedule;
}

/** All conversations of this device, as a list that keeps itself up to date. */
export class ConversationListModel extends Model<ConversationListState> {
  readonly #engine: Engine;
  readonly #now: () => number;
  readonly #views = new Map<string, ConversationView>();
  readonly #rows = new Map<string, ConversationRow>();
  readonly #names = new Map<string, string>();
  readonly #stale = new Set<string>();
  readonly #batch: Batch;
  readonly #typists: Typists;
  readonly #stop: () => void;

  constructor(engine: Engine, options: ConversationListOptions = {}) {
    super({
      phase: 'loading',
      filter: 'all',
      archive: false,
      query: '',
      rows: [],
      any: false,
      archived: { count: 0, unread: 0 },
      unread: 0,
      me: null,
    });
    this.#engine = engine;
    this.#now = options.now ?? Date.now;
    this.#batch = new Batch(options.schedule ?? nextFrame, () => inBackground(this.#refresh()));
    this.#typists = new Typists(() => this.#build());
    this.#stop = engine.onEvent((event) => this.#on(event));
  }

  async load(): Promise<void> {
    try {
      const [account, views] = await Promise.all([
        this.#engine.ask({ type: 'account' }),
        this.#engine.ask({ type: 'conversations' }),
      ]);
      this.#views.clear();
      for (const view of views) this.#views.set(view.group, view);
      this.set({ phase: 'ready', me: account?.user ?? null });
      this.#build();
    } catch {
      this.set({ phase: 'failed' });
    }
  }

  close(): void {
    this.#stop();
    this.#typists.close();
  }

  show(change: { filter?: ConversationFilter; archive?: boolean; query?: string }): void {
    this.set(change);
    this.#build();
  }

  /** Every conversation that can be written in, the latest first: for pickers and for jumping. */
  choices(query = ''): readonly ConversationView[] {
    return this.#sorted().filter((view) => matches(view, query));
  }

  get(group: string): ConversationView | undefined {
    return this.#views.get(group);
  }

  /** The row before or after a conversation, as they stand in the list. */
  beside(group: string | null, step: 1 | -1): string | undefined {
    const { rows } = this.getSnapshot();
    const at = rows.findIndex((row) => row.group === group);
    if (at < 0) return rows[0]?.group;
    return rows[at + step]?.group;
  }

  pin(group: string, on: boolean): Promise<void> {
    return this.#command({ type: 'pin', group, on });
  }
  mute(group: string, how: MuteFor | null): Promise<void> {
    const until =
      how === null ? null : how === 'always' ? ALWAYS_MS : this.#now() + (how === 'hours' ? HOURS_8_MS : WEEK_MS);
    return this.#command({ type: 'mute', group, until_ms: until });
  }
  archive(group: string, on: boolean): Promise<void> {
    return this.#command({ type: 'archive', group, on });
  }
  markUnread(group: string): Promise<void> {
    return this.#command({ type: 'mark_unread', group });
  }
  markRead(group: string): Promise<void> {
    return this.#command({ type: 'mark_read', group });
  }
  leave(group: string): Promise<void> {
    return this.#command({ type: 'leave', group });
  }

  async #command(command: Parameters<Engine['command']>[0] & { group: string }): Promise<void> {
    await this.#engine.command(command);
    this.#touch(command.group);
  }

  #on(event: Event): void {
    switch (event.type) {
      case 'conversation_changed':
      case 'marks_changed':
      case 'message':
      case 'message_gone':
        this.#touch(event.group);
        if (event.type === 'message' && event.message.sender !== null)
          this.#typists.set(event.group, event.message.sender, false);
        break;
      case 'typing':
        inBackground(
          this.#nameOf(event.group, event.user).then(() => this.#typists.set(event.group, event.user, event.on)),
        );
        break;
      case 'caught_up':
      case 'linked':
      case 'history_progress':
      case 'person_changed':
        void this.load();
        break;
      default:
    }
  }

  #touch(group: string): void {
    this.#stale.add(group);
    this.#batch.add();
  }

  async #refresh(): Promise<void> {
    const groups = [...this.#stale];
    this.#stale.clear();
    const views = await Promise.all(groups.map((group) => this.#engine.ask({ type: 'conversation', group })));
    groups.forEach((group, n) => {
      const view = views[n];
      if (view) this.#views.set(group, view);
      else this.#views.delete(group);
    });
    this.#build();
  }

  async #nameOf(group: string, user: string): Promise<void> {
    if (this.#names.has(user)) return;
    const members = await this.#engine.ask({ type: 'members', group });
    for (const member of members) this.#names.set(member.user, member.name);
  }

  #sorted(): ConversationView[] {
    return [...this.#views.values()].sort(
      (a, b) =>
        Number(b.pinned_at_ms !== null) - Number(a.pinned_at_ms !== null) ||
        (b.pinned_at_ms ?? 0) - (a.pinned_at_ms ?? 0) ||
        b.last_at_ms - a.last_at_ms ||
        a.title.localeCompare(b.title),
    );
  }

  #row(view: ConversationView): ConversationRow {
    const row: ConversationRow = {
      group: view.group,
      view,
      muted: (view.muted_until_ms ?? 0) > this.#now(),
      unread: view.unread > 0 || view.marked_unread,
      typing: this.#typists.of(view.group).map((user) => this.#names.get(user) ?? user),
    };
    // The same object while nothing changed, so that only changed rows are drawn again.
    const old = this.#rows.get(view.group);
    if (old && same(old, row)) return old;
    this.#rows.set(view.group, row);
    return row;
  }

  #build(): void {
    const { filter, archive, query, phase } = this.getSnapshot();
    if (phase !== 'ready') return;
    const all = this.#sorted().map((view) => this.#row(view));
    const rows = all.filter((row) => {
      if (query.trim() !== '') return matches(row.view, query);
      if (row.view.archived !== archive) return false;
      if (archive || filter === 'all') return true;
      return filter === 'unread' ? row.unread : row.view.kind === 'group';
    });
    const archived = all.filter((row) => row.view.archived);
    this.set({
      rows,
      any: all.length > 0,
      archived: { count: archived.length, unread: archived.filter((row) => row.unread).length },
      unread: all.filter((row) => row.unread && !row.muted && !row.view.archived).length,
    });
  }
}

function matches(view: ConversationView, query: string): boolean {
  return finds(query, `${view.title} ${view.peer ?? ''}`);
}
