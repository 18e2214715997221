/** The engine without the app, for tests of the engine. */
import type { Event } from '../../src/api';
import { startEngine } from '../../src/engine/client';
import { EngineError } from '../../src/engine/engine';

const engine = startEngine();
const events: Event[] = [];
engine.onEvent((event) => events.push(event));

/** Resolves when the status is as asked. */
function until(wanted: (status: ReturnType<typeof engine.status>) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!wanted(engine.status())) return;
      stop();
      resolve();
    };
    const stop = engine.onStatus(look);
    look();
  });
}

/** Resolves when such an event has come. */
function event(wanted: (event: Event) => boolean): Promise<Event> {
  return new Promise((resolve) => {
    const known = events.find(wanted);
    if (known) return resolve(known);
    const stop = engine.onEvent((each) => {
      if (!wanted(each)) return;
      stop();
      resolve(each);
    });
  });
}

/** An engine's refusal as something a test can look at. */
async function code(act: Promise<unknown>): Promise<string> {
  try {
    await act;
    return 'ok';
  } catch (error) {
    return error instanceof EngineError ? error.code : String(error);
  }
}

declare global {
  var chancery: { engine: typeof engine; events: Event[]; until: typeof until; event: typeof event; code: typeof code };
}
globalThis.chancery = { engine, events, until, event, code };
