/** On an existing device: read the new device's code, compare, prove presence, approve. */
import type { Engine, Lock } from '../engine/engine';
import { inBackground } from './background';
import { readLink } from './links';
import { Model } from './model';
import { problem, problemOf, type Problem } from './problem';

export interface ApproveState {
  readonly step: 'scan' | 'compare' | 'presence' | 'waiting' | 'done';
  readonly link?: string;
  readonly label?: string;
  readonly matchingCode?: string;
  readonly history: boolean;
  readonly busy: boolean;
  readonly problem?: Problem | undefined;
  readonly methods: readonly ('passkey' | 'pin')[];
}

export class ApproveDeviceModel extends Model<ApproveState> {
  readonly #engine: Engine;
  /** Its approval, until the new device has come. */
  #rendezvous: string | undefined;

  constructor(engine: Engine) {
    super({ step: 'scan', history: true, busy: false, methods: [] });
    this.#engine = engine;
  }

  /** Looks out for the new device, until the returned function is called. */
  watch(): () => void {
    return this.#engine.onEvent((event) => {
      if (event.type === 'devices_changed') inBackground(this.#look());
    });
  }

  /** Whether the new device has come; only then it is one of this person’s. */
  async #look(): Promise<void> {
    const rendezvous = this.#rendezvous;
    if (this.getSnapshot().step !== 'waiting' || rendezvous === undefined) return;
    const links = await this.#engine.ask({ type: 'links' });
    const link = links.find((one) => one.link === rendezvous);
    if (link?.arrived === true) this.set({ step: 'done' });
    else if (link === undefined) {
      // Over: with the device here, or without it.
      this.#rendezvous = undefined;
      this.set({ step: 'scan', problem: problem('link_closed') });
    }
  }

  /** The new device isn’t to come any more. */
  async withdraw(): Promise<void> {
    const rendezvous = this.#rendezvous;
    if (rendezvous === undefined || this.getSnapshot().busy) return;
    this.set({ busy: true, problem: undefined });
    try {
      await this.#engine.command({ type: 'cancel_link', link: rendezvous });
      this.#rendezvous = undefined;
      this.set({ step: 'scan', busy: false });
    } catch (error) {
      this.set({ busy: false, problem: problemOf(error) });
    }
  }

  /** A code was scanned or pasted. */
  async open(text: string): Promise<void> {
    if (this.getSnapshot().busy) return;
    const read = readLink(text);
    if ('problem' in read) {
      this.set({ problem: problem(read.problem) });
      return;
    }
    if (read.kind !== 'device') {
      this.set({ problem: problem('invalid_link') });
      return;
    }
    this.set({ busy: true, problem: undefined });
    try {
      const result = await this.#engine.command({ type: 'inspect_link', link: read.link });
      if (result.type !== 'link_inspected') throw new Error('the core answered inspect_link with something else');
      const methods = await this.#engine.lockMethods();
      this.set({
        step: 'compare',
        busy: false,
        link: read.link,
        label: result.label,
        matchingCode: result.matching_code,
        methods,
      });
    } catch (error) {
      this.set({ busy: false, problem: problemOf(error) });
    }
  }

  setHistory(history: boolean): void {
    this.set({ history });
  }

  /** The codes are the same. */
  matches(): void {
    this.set({ step: 'presence', problem: undefined });
  }

  /** The codes differ, or the person changed their mind: nothing is approved. */
  reset(): void {
    this.set({ step: 'scan', problem: undefined, busy: false });
  }

  async approve(lock: Lock): Promise<void> {
    const { link, history, busy } = this.getSnapshot();
    if (link === undefined || busy) return;
    this.set({ busy: true, problem: undefined });
    try {
      await this.#engine.confirmPresence(lock);
      const known = new Set((await this.#engine.ask({ type: 'links' })).map((one) => one.link));
      await this.#engine.command({ type: 'approve_link', link, history });
      const approved = (await this.#engine.ask({ type: 'links' })).find((one) => !known.has(one.link));
      this.#rendezvous = approved?.link;
      this.set({ step: approved && !approved.arrived ? 'waiting' : 'done', busy: false });
    } catch (error) {
      this.set({ busy: false, problem: problemOf(error) });
    }
  }
}
