import type { Engine } from '../engine/engine';
import { Model } from './model';
import { problemOf, type Problem } from './problem';

export interface StorageUseState {
  readonly usedBytes?: number;
  readonly quotaBytes?: number;
  readonly persisted?: boolean;
  /** The browser refused to keep the data for good. */
  readonly refused: boolean;
  readonly problem?: Problem | undefined;
}

export class StorageUseModel extends Model<StorageUseState> {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    super({ refused: false });
    this.#engine = engine;
    void this.refresh();
  }

  async refresh(): Promise<void> {
    try {
      this.set({ ...(await this.#engine.storage()), problem: undefined });
    } catch (error) {
      this.set({ problem: problemOf(error) });
    }
  }

  async persist(): Promise<void> {
    const persisted = await this.#engine.persist();
    this.set({ persisted, refused: !persisted });
  }

  async erase(): Promise<boolean> {
    try {
      await this.#engine.erase();
      return true;
    } catch (error) {
      this.set({ problem: problemOf(error) });
      return false;
    }
  }
}
