/**
 * Joining by an invitation: look at it, choose the lock, join, be welcomed.
 *
 * **Invariant:** every step can be repeated after a failure or a reload; the store and what was typed stay.
 */
import type { Engine, Lock } from '../engine/engine';
import { readLink, type PassedLink } from './links';
import { Model } from './model';
import { problem, problemOf, type Problem } from './problem';

export type JoinStep = 'link' | 'invitation' | 'lock' | 'joining' | 'welcome';

export interface JoinState {
  readonly step: JoinStep;
  readonly invitation?: PassedLink;
  readonly label: string;
  readonly problem?: Problem | undefined;
  /** Something is under way. */
  readonly busy: boolean;
  /** The store of this browser is there already (after a reload, or a failed attempt). */
  readonly locked: boolean;
  /** Who one is, once joined. */
  readonly joined?: { readonly name: string; readonly organisation: string; readonly user: string };
}

export class JoinModel extends Model<JoinState> {
  readonly #engine: Engine;

  constructor(engine: Engine, label: string, link?: string) {
    super({ step: 'link', label, busy: false, locked: engine.status().phase === 'ready' });
    this.#engine = engine;
    if (link !== undefined) this.open(link);
  }

  /** A link was opened, pasted or scanned. */
  open(text: string): void {
    const read = readLink(text);
    if ('problem' in read) return this.set({ problem: problem(read.problem) });
    if (read.kind !== 'invitation') return this.set({ problem: problem('invalid_link') });
    this.set({ step: 'invitation', invitation: read, problem: undefined });
  }

  /** Another invitation instead of one that failed for good. */
  restart(): void {
    this.set({ step: 'link', problem: undefined, busy: false });
  }

  setLabel(label: string): void {
    this.set({ label });
  }

  back(): void {
    const { step } = this.getSnapshot();
    if (step === 'lock') this.set({ step: 'invitation', problem: undefined });
    if (step === 'invitation') this.set({ step: 'link', problem: undefined });
  }

  /** The person accepts the invitation. */
  accept(): Promise<void> {
    if (this.getSnapshot().locked) return this.join();
    this.set({ step: 'lock', problem: undefined });
    return Promise.resolve();
  }

  /** Makes the store, then joins. */
  async protect(lock: Lock): Promise<void> {
    if (this.getSnapshot().busy) return;
    this.set({ busy: true, problem: undefined });
    try {
      await this.#engine.create(lock);
    } catch (error) {
      this.set({ busy: false, problem: problemOf(error) });
      return;
    }
    this.set({ busy: false, locked: true });
    await this.join();
  }

  /** Also the retry after a failure. */
  async join(): Promise<void> {
    const { invitation, label, busy } = this.getSnapshot();
    if (!invitation || busy) return;
    this.set({ step: 'joining', busy: true, problem: undefined });
    try {
      const result = await this.#engine.command({ type: 'join', link: invitation.link, label: label.trim() });
      if (result.type !== 'joined') throw new Error('the core answered a join with something else');
      const { name, organisation, user } = result;
      this.set({ step: 'welcome', busy: false, joined: { name, organisation, user } });
      // Best effort: without it the browser may drop the store when the disk is full.
      await this.#engine.persist().catch(() => false);
    } catch (error) {
      this.set({ busy: false, problem: problemOf(error) });
    }
  }
}
