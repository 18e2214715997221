import type { ReactNode } from 'react';
import type { App } from '../src/app/context';
import type { FakeOptions } from '../src/engine/fake';
import type { FakeEngine } from '../src/engine/fake';

/** One page of the gallery. Files in gallery/entries export `entries: Entry[]`. */
export interface Entry {
  /** Stable; part of the address and of the picture's file name. */
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly engine?: FakeOptions;
  /** Brings the sample into the state that is to be seen. */
  readonly prepare?: (engine: FakeEngine, app: App) => void | Promise<void>;
  readonly render: (app: App, engine: FakeEngine) => ReactNode;
}
