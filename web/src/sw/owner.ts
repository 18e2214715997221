/// <reference lib="webworker" />
/** Asks the worker that owns the store, when a window of the app is open: the service worker holds no key itself. */
import { CHANNEL, type Channel, type Request, type Results } from '../engine/protocol';

const me = crypto.randomUUID();
let channel: BroadcastChannel | undefined;
let last = 0;
const waiting = new Map<number, (message: Channel & { type: 'outcome' }) => void>();
const listeners = new Set<(message: Channel & { type: 'events' }) => void>();

/** Opened when it is needed first, so that a start for a file costs nothing. */
function open(): BroadcastChannel {
  if (channel) return channel;
  channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }: MessageEvent<Channel>) => {
    if (data.type === 'outcome' && data.to === me) waiting.get(data.id)?.(data);
    else if (data.type === 'events') for (const listener of listeners) listener(data);
  };
  return channel;
}

/** Nobody owns the store, or it doesn't answer in time. */
export class Nobody extends Error {}

/** The owner's answer. Rejects with {@link Nobody}, or with what the owner refused. */
export async function askOwner<R extends Request>(request: R, millis: number): Promise<Results[R['type']]> {
  last += 1;
  const id = last;
  try {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Nobody()), millis);
      waiting.set(id, ({ outcome }) => {
        clearTimeout(timer);
        if (outcome.ok) resolve(outcome.value as Results[R['type']]);
        else reject(Object.assign(new Error(outcome.error.message), { code: outcome.error.code }));
      });
      open().postMessage({ type: 'request', from: me, id, again: false, request } satisfies Channel);
    });
  } finally {
    waiting.delete(id);
  }
}

/** Resolves when the owner tells of something new, or after this time. */
export function somethingNew(millis: number): Promise<void> {
  open();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      listeners.delete(listener);
      resolve();
    };
    const listener = ({ events }: Channel & { type: 'events' }) => {
      if (events.some((event) => event.type === 'caught_up' || (event.type === 'message' && event.new))) done();
    };
    const timer = setTimeout(done, millis);
    listeners.add(listener);
  });
}
