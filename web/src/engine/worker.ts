/// <reference lib="webworker" />
/** The worker of a tab: owns the store when it holds the lock, passes requests on to the owner otherwise. */
import type { Event } from '../api';
import { userError } from './errors';
import { MAX_WAITING_REQUESTS } from './limits';
import { Owner } from './owner';
import {
  CHANNEL,
  type Channel,
  OWNER_LOCK,
  type Outcome,
  type Request,
  type State,
  type ToPage,
  type ToWorker,
} from './protocol';
import init, * as wasm from './wasm/chancery.js';
import wasmUrl from './wasm/chancery_bg.wasm?url';

declare const self: DedicatedWorkerGlobalScope;

const me = crypto.randomUUID();
const channel = new BroadcastChannel(CHANNEL);
let owner: Owner | undefined;
/** Who owns the store, and the run of the app that it belongs to. */
let other: { id: string; session: string } | undefined;
/** Requests of this tab that the owner has not answered. */
const waiting = new Map<number, { request: Request; given: boolean }>();

const toPage = (message: ToPage) => self.postMessage(message);
const toAll = (message: Channel) => channel.postMessage(message);

function showState(state: State): void {
  toPage({ type: 'state', state });
}

function showEvents(events: Event[]): void {
  toPage({ type: 'events', events });
}

/** Does a request here, as the owner. */
async function perform(
  request: Request,
  again: boolean,
  progress: (done: number, total: number) => void,
): Promise<Outcome> {
  if (!owner) return { ok: false, error: { code: 'starting', message: 'The app is still starting.' } };
  try {
    return { ok: true, value: await owner.handle(request, again, progress) };
  } catch (error) {
    return { ok: false, error: userError(error) };
  }
}

async function performOwn(id: number, request: Request, again: boolean): Promise<void> {
  const outcome = await perform(request, again, (done, total) => toPage({ type: 'progress', id, done, total }));
  waiting.delete(id);
  toPage({ type: 'outcome', id, outcome });
}

function passOn(id: number, entry: { request: Request; given: boolean }): void {
  const again = entry.given;
  if (owner) {
    entry.given = true;
    void performOwn(id, entry.request, again);
  } else if (other) {
    entry.given = true;
    toAll({ type: 'request', from: me, id, again, request: entry.request });
  }
}

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (waiting.size >= MAX_WAITING_REQUESTS) {
    const error = { code: 'busy', message: 'Too much is waiting. Try again in a moment.' };
    toPage({ type: 'outcome', id: data.id, outcome: { ok: false, error } });
    return;
  }
  const entry = { request: data.request, given: false };
  waiting.set(data.id, entry);
  passOn(data.id, entry);
};

channel.onmessage = ({ data }: MessageEvent<Channel>) => {
  switch (data.type) {
    case 'hello':
      if (owner) {
        if (owner.state.status.phase === 'failed' && owner.state.status.error.code === 'crashed') {
          // Somebody loaded the page again: go on with a fresh worker.
          toPage({ type: 'respawn' });
          self.close();
          return;
        }
        toAll({ type: 'state', owner: me, session: owner.session, state: owner.state });
      }
      break;
    case 'state':
      if (other?.id !== data.owner) {
        other = { id: data.owner, session: data.session };
        // A new owner: what the former one left unanswered is given again.
        for (const [id, entry] of waiting) passOn(id, entry);
      }
      showState(data.state);
      break;
    case 'events':
      showEvents(data.events);
      break;
    case 'request': {
      if (!owner) break;
      const { from, id } = data;
      void perform(data.request, data.again, (done, total) =>
        toAll({ type: 'progress', to: from, id, done, total }),
      ).then((outcome) => toAll({ type: 'outcome', to: from, id, outcome }));
      break;
    }
    case 'outcome':
      if (data.to === me && waiting.delete(data.id)) toPage({ type: 'outcome', id: data.id, outcome: data.outcome });
      break;
    case 'progress':
      if (data.to === me) toPage({ type: 'progress', id: data.id, done: data.done, total: data.total });
      break;
  }
};

function fail(code: 'unsupported' | 'crashed', message: string): void {
  showState({ status: { phase: 'failed', error: { code, message } }, transfers: [] });
}

async function run(): Promise<void> {
  const { locks, storage } = navigator as Partial<Navigator>;
  if (!locks || typeof storage?.getDirectory !== 'function') {
    fail('unsupported', 'This browser lacks what Chancery needs to keep messages. Update it, or use another one.');
    return;
  }
  const loaded = init({ module_or_path: wasmUrl });
  // Rejections are looked at below; this one must not count as unhandled while the lock is awaited.
  loaded.catch(() => undefined);
  toAll({ type: 'hello', from: me });
  await locks.request(OWNER_LOCK, async () => {
    await loaded;
    const former = other?.session;
    const next = new Owner(wasm, former ?? crypto.randomUUID(), {
      state(state) {
        showState(state);
        toAll({ type: 'state', owner: me, session: next.session, state });
      },
      events(events) {
        showEvents(events);
        toAll({ type: 'events', events });
      },
    });
    await next.start(former);
    owner = next;
    other = undefined;
    toAll({ type: 'state', owner: me, session: next.session, state: next.state });
    for (const [id, entry] of waiting) passOn(id, entry);
    // Until the worker ends.
    await new Promise(() => undefined);
  });
}

run().catch((error: unknown) => fail('crashed', userError(error).message));
