import type { Draft } from '../../../api';
import type { Engine } from '../../../engine/engine';
import { Model } from '../../../models/model';
import { sentenceOf } from '../files/sentence';

export interface Position {
  readonly latitudeE7: number;
  readonly longitudeE7: number;
  readonly accuracyM: number | null;
}

export type PlaceProblem = 'denied' | 'unavailable' | 'timeout' | 'unsupported';

export class PlaceError extends Error {
  constructor(readonly problem: PlaceProblem) {
    super(problem);
    this.name = 'PlaceError';
  }
}

/** Where the device is; `allowed` tells whether it may be asked without explaining first. */
export interface Locator {
  allowed(): Promise<boolean>;
  locate(): Promise<Position>;
}

export type PlaceState =
  | { readonly phase: 'explaining' | 'locating' }
  | { readonly phase: 'failed'; readonly problem: PlaceProblem }
  | {
      readonly phase: 'ready' | 'sending';
      readonly position: Position;
      readonly name: string;
      readonly error?: string;
    };

/** Sharing where one is: explain, ask, look at it, send. */
export class LocationModel extends Model<PlaceState> {
  constructor(
    private readonly engine: Engine,
    private readonly group: string,
    private readonly locator: Locator,
  ) {
    super({ phase: 'explaining' });
  }

  /** Who has allowed it before sees no explanation again. */
  async begin(): Promise<void> {
    if (await this.locator.allowed()) await this.locate();
  }

  async locate(): Promise<void> {
    this.replace({ phase: 'locating' });
    try {
      this.replace({ phase: 'ready', position: await this.locator.locate(), name: '' });
    } catch (error) {
      this.replace({ phase: 'failed', problem: error instanceof PlaceError ? error.problem : 'unavailable' });
    }
  }

  setName(name: string): void {
    const now = this.getSnapshot();
    if (now.phase === 'ready') this.replace({ ...now, name });
  }

  async send(): Promise<boolean> {
    const now = this.getSnapshot();
    if (now.phase !== 'ready') return false;
    this.replace({ ...now, phase: 'sending' });
    const draft: Draft = {
      type: 'location',
      latitude_e7: now.position.latitudeE7,
      longitude_e7: now.position.longitudeE7,
      accuracy_m: now.position.accuracyM,
      name: now.name.trim(),
    };
    try {
      await this.engine.command({ type: 'send', group: this.group, draft });
      return true;
    } catch (error) {
      this.replace({ ...now, phase: 'ready', error: sentenceOf(error) });
      return false;
    }
  }
}
