import type { DeviceView } from '../api';
import type { Engine } from '../engine/engine';
import { inBackground } from './background';
import { Model } from './model';
import { problemOf, type Problem } from './problem';

export interface DevicesState {
  /** Absent while loading. */
  readonly devices?: readonly DeviceView[];
  readonly removing?: string | undefined;
  readonly problem?: Problem | undefined;
}

/** A device that was just linked connects within moments, and one that was removed leaves its groups by and by, of which the server tells nobody: so
 *  often it is asked again, and that many times. */
export const AGAIN_MS = 3000;
const AGAIN_MAX = 60;

/** One's own devices: this one first, then by last use. */
export class DevicesModel extends Model<DevicesState> {
  readonly #engine: Engine;
  readonly #stop: () => void;
  #again: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  #closed = false;

  constructor(engine: Engine) {
    super({});
    this.#engine = engine;
    this.#stop = engine.onEvent((event) => {
      if (event.type === 'devices_changed') {
        this.#asked = 0;
        inBackground(this.#read().then(() => this.#wait()));
      }
    });
    inBackground(this.#read());
    void this.refresh();
  }

  async #read(): Promise<void> {
    const devices = await this.#engine.ask({ type: 'devices' });
    const order = (device: DeviceView) => {
      if (device.this) return Infinity;
      return device.removing === null ? (device.last_seen_day ?? 0) : -1;
    };
    this.set({ devices: [...devices].sort((a, b) => order(b) - order(a)) });
  }

  /** Asks the relay; what is stored stays shown meanwhile. */
  async refresh(): Promise<void> {
    try {
      await this.#engine.command({ type: 'refresh_devices' });
      await this.#read();
      this.set({ problem: undefined });
      this.#wait();
    } catch (error) {
      this.set({ problem: problemOf(error) });
    }
  }

  /** Until every device was there once, and those that were removed are gone. */
  #wait(): void {
    clearTimeout(this.#again);
    const changes = this.getSnapshot().devices?.some(
      (device) => device.removing !== null || (!device.this && device.last_seen_day === null),
    );
    if (changes !== true || this.#closed || this.#asked >= AGAIN_MAX) return;
    this.#asked += 1;
    this.#again = setTimeout(() => void this.refresh(), AGAIN_MS);
  }

  async remove(device: string): Promise<boolean> {
    if (this.getSnapshot().removing !== undefined) return false;
    this.set({ removing: device, problem: undefined });
    try {
      await this.#engine.command({ type: 'remove_device', device });
      await this.#read();
      return true;
    } catch (error) {
      this.set({ problem: problemOf(error) });
      return false;
    } finally {
      this.set({ removing: undefined });
    }
  }

  dispose(): void {
    this.#closed = true;
    clearTimeout(this.#again);
    this.#stop();
  }
}
