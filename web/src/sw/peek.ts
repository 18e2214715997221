/// <reference lib="webworker" />
/**
 * What came while no window is open: the core reads it, on a copy of the store in memory, while the lease lasts. The copy is thrown away, and
 * the store takes in the same again when the app is opened.
 *
 * **Invariant:** the copy sends and acknowledges nothing (`crates/wasm/src/driver`), so that the relay and the store don't notice.
 */
import type { ConversationView, Event } from '../api';
import { readRecord } from '../engine/keystore';
import { noteTime, useLease } from '../engine/lease';
import { type Call, Network, unreachable } from '../engine/network';
import { OWNER_LOCK } from '../engine/protocol';
import init, { Client } from '../engine/wasm/chancery.js';
import { readImage } from './image';

/** Time for who owns the store to end. */
const OWNER_MILLIS = 3_000;
/** Time to connect and to read what came. */
const PEEK_MILLIS = 15_000;

/** What the engine wants done; a copy gives no commands, and sleeps no time. */
type Effect =
  | { type: 'frame'; bytes: Uint8Array }
  | ({ type: 'call'; id: number } & Call)
  | { type: 'event'; json: string }
  | { type: 'reconnect' | 'completed' | 'wake_at' };

/** Key and file of the store; nothing when it is locked or there is none. Rejects when somebody keeps it open. */
async function takeCopy(): Promise<{ key: Uint8Array; image: Uint8Array } | undefined> {
  if (!(await readRecord())?.lease) return undefined;
  // A window that was closed just now may still be letting go of it.
  const signal = AbortSignal.timeout(OWNER_MILLIS);
  return navigator.locks.request(OWNER_LOCK, { signal }, async () => {
    const record = await readRecord();
    const key = record && (await useLease(record, Date.now()));
    if (!key) return undefined;
    await noteTime(record, Date.now());
    const image = await readImage(record.store);
    return image && { key, image };
  });
}

/** Connects, and reads until everything is there. */
function catchUp(client: Client): Promise<void> {
  let network: Network | undefined;
  return new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the relay took too long')), PEEK_MILLIS);
    const done = (error?: unknown) => {
      clearTimeout(timer);
      if (error === undefined) resolve();
      else reject(error instanceof Error ? error : new Error('the copy failed', { cause: error }));
    };
    const give = (input: object) => {
      try {
        for (const effect of client.handle([input]) as Effect[]) {
          if (effect.type === 'frame') network?.send(effect.bytes);
          else if (effect.type === 'call') void call(effect.id, effect);
          else if (effect.type === 'reconnect') done(new Error('the copy can’t go on'));
          else if (effect.type === 'event' && (JSON.parse(effect.json) as Event).type === 'caught_up') done();
        }
      } catch (error) {
        done(error);
      }
    };
    /** What a new conversation consists of: the copy has to join to read what was said in it. */
    const call = async (id: number, what: Call) => {
      try {
        const answer = await network?.call(what);
        if (answer) give({ type: 'answer', call: id, ...answer });
      } catch (error) {
        give({ type: 'unanswered', call: id, reason: unreachable(error) });
      }
    };
    network = new Network({
      connected: () => give({ type: 'connected' }),
      frame: (bytes) => give({ type: 'frame', bytes }),
      disconnected: () => done(new Error('the connection was lost')),
      connecting: () => undefined,
      signIn: (challenge) => client.signIn(challenge),
    });
    network.start();
  }).finally(() => network?.stop());
}

let last: Promise<unknown> = Promise.resolve();

/** Conversations with what came; nothing when that can't be known without a window. `engine`: path of the WebAssembly module. */
export function peek(engine: string): Promise<ConversationView[] | undefined> {
  // There is one copy at a time; what came after the former one looked is seen by the next.
  const found = last.then(() => look(engine));
  last = found;
  return found;
}

async function look(engine: string): Promise<ConversationView[] | undefined> {
  let client: Client | undefined;
  try {
    const copy = await takeCopy();
    if (!copy) return undefined;
    await init({ module_or_path: (await caches.match(engine)) ?? fetch(engine) });
    client = Client.peek(copy.image, copy.key, location.origin);
    copy.key.fill(0);
    await catchUp(client);
    return JSON.parse(client.ask(JSON.stringify({ type: 'conversations' }))) as ConversationView[];
  } catch {
    return undefined;
  } finally {
    client?.close();
  }
}
