import type { DeviceView } from '../api';
import type { Engine } from '../engine/engine';
import { Model } from './model';
import { problemOf, type Problem } from './problem';

export interface DevicesState {
  /** Absent while loading. */
  readonly devices?: readonly DeviceView[];
  readonly removing?: string | undefined;
  readonly problem?: Problem | undefined;
}

/** One's own devices: this one first, then by last use. */
export class DevicesModel extends Model<DevicesState> {
  readonly #engine: Engine;
  readonly #stop: () => void;

  constructor(engine: Engine) {
    super({});
    this.#engine = engine;
    this.#stop = engine.onEvent((event) => {
      if (event.type === 'devices_changed') void this.#read();
    });
    void this.#read();
    void this.refresh();
  }

  async #read(): Promise<void> {
    const devices = await this.#engine.ask({ type: 'devices' });
    const order = (device: DeviceView) => (device.this ? Infinity : (device.last_seen_day ?? 0));
    this.set({ devices: [...devices].sort((a, b) => order(b) - order(a)) });
  }

  /** Asks the relay; what is stored stays shown meanwhile. */
  async refresh(): Promise<void> {
    try {
      await this.#engine.command({ type: 'refresh_devices' });
      await this.#read();
      this.set({ problem: undefined });
    } catch (error) {
      this.set({ problem: problemOf(error) });
    }
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
    this.#stop();
  }
}
