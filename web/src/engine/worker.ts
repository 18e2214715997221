/// <reference lib="webworker" />
/** The worker of a tab: owns the store when it holds the lock, passes requests on to the owner otherwise. */
import { userError } from './errors';
import { Owner } from './owner';
import { CHANNEL, type Channel, OWNER_LOCK, type ToPage, type ToWorker } from './protocol';
import { Switchboard } from './switchboard';
import init, * as wasm from './wasm/chancery.js';
import wasmUrl from './wasm/chancery_bg.wasm?url';

declare const self: DedicatedWorkerGlobalScope;

const channel = new BroadcastChannel(CHANNEL);
const toPage = (message: ToPage) => self.postMessage(message);
const switchboard = new Switchboard({
  toPage,
  toAll: (message) => channel.postMessage(message),
  end: () => self.close(),
});
self.onmessage = ({ data }: MessageEvent<ToWorker>) => switchboard.fromPage(data);
channel.onmessage = ({ data }: MessageEvent<Channel>) => switchboard.fromOther(data);

function fail(code: 'unsupported' | 'crashed', message: string): void {
  toPage({ type: 'state', state: { status: { phase: 'failed', error: { code, message } }, transfers: [] } });
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
  switchboard.hello();
  await locks.request(OWNER_LOCK, async () => {
    await loaded;
    const owner: Owner = new Owner(
      wasm,
      switchboard.announcer(() => owner),
    );
    await owner.start(switchboard.takeHeld());
    // Until the worker ends.
    await new Promise(() => undefined);
  });
}

run().catch((error: unknown) => fail('crashed', userError(error).message));
