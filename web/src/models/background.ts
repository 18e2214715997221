import { EngineError } from '../engine/engine';

/** Work that a screen does by itself. When the app is locked meanwhile, the screen goes, and nobody needs the answer. */
export function inBackground(work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    if (!(error instanceof EngineError && error.code === 'locked')) throw error;
  });
}
