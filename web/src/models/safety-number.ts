import type { SafetyNumber } from '../api';
import type { Engine } from '../engine/engine';
import { Model } from './model';
import { problemOf, type Problem } from './problem';

export interface SafetyNumberState {
  /** Absent while loading; null when this device never met the person. */
  readonly number?: SafetyNumber | null;
  readonly compared?: 'same' | 'different' | undefined;
  readonly problem?: Problem | undefined;
}

const digitsOf = (text: string) => text.replace(/\D/g, '');

/** Comparing keys with somebody, face to face or on a call. */
export class SafetyNumberModel extends Model<SafetyNumberState> {
  readonly #engine: Engine;
  readonly #user: string;

  constructor(engine: Engine, user: string) {
    super({});
    this.#engine = engine;
    this.#user = user;
    void this.#read();
  }

  async #read(): Promise<void> {
    try {
      this.set({ number: await this.#engine.ask({ type: 'safety_number', user: this.#user }) });
    } catch (error) {
      this.set({ number: null, problem: problemOf(error) });
    }
  }

  /** What the other one's QR code says. */
  async scanned(text: string): Promise<void> {
    const { number } = this.getSnapshot();
    const digits = digitsOf(text);
    if (!number || digits.length !== digitsOf(number.digits).length) return;
    const same = digits === digitsOf(number.digits);
    this.set({ compared: same ? 'same' : 'different' });
    if (same) await this.verify();
  }

  async verify(): Promise<void> {
    try {
      await this.#engine.command({ type: 'verify_contact', user: this.#user });
      await this.#read();
      this.set({ compared: 'same', problem: undefined });
    } catch (error) {
      this.set({ problem: problemOf(error) });
    }
  }
}
