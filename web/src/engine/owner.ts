/** The one that owns the store: opens it, hands inputs to the core, carries effects out. */
import type { Command, CommandResult, Event, UserError } from '../api';
import type { Status } from './engine';
import { Refused, isCrash, isUserError, userError } from './errors';
import { BATCH_INPUTS, CLOCK_CHECK_MILLIS, MAX_WAITING_FRAMES, REPLY_MILLIS } from './limits';
import { type Call, Network, SignInRefused, unreachable } from './network';
import type { HeldKey, Request, Results, State, Unlocking } from './protocol';
import { StoreLock } from './store-lock';
import { Transfers } from './transfers';
import type * as Wasm from './wasm/chancery.js';

type Input =
  | { type: 'command'; id: number; key: string; again: boolean; json: string }
  | { type: 'connected' }
  | { type: 'frame'; bytes: Uint8Array }
  | { type: 'disconnected' }
  | { type: 'answer'; call: number; status: number; mediaType: string; body: Uint8Array }
  | { type: 'unanswered'; call: number; reason: string }
  | { type: 'tick' };

type Effect =
  | { type: 'frame'; bytes: Uint8Array }
  | ({ type: 'call'; id: number } & Call)
  | { type: 'completed'; id: number; result?: string; error?: string }
  | { type: 'event'; json: string }
  | { type: 'wake_at'; at: number }
  | { type: 'reconnect' };

/** Tells the workers what changed. */
export interface Announcer {
  state(state: State): void;
  events(events: Event[]): void;
  /** What the next owner opens the store with, should this one end; nothing once it is closed. */
  key(held: HeldKey | undefined): void;
}

const STORE_PREFIX = 'store-';
/** The former owner's worker may still be ending: its files are free in a moment. */
const OPEN_ATTEMPTS = 50;
const OPEN_PAUSE_MILLIS = 100;

export class Owner {
  readonly #wasm: typeof Wasm;
  readonly #announcer: Announcer;
  readonly #network: Network;
  readonly #transfers: Transfers;
  readonly #storeLock: StoreLock;
  #status: Status = { phase: 'starting' };
  #online = navigator.onLine;
  #held: HeldKey | undefined;
  #client: Wasm.Client | undefined;
  #people: Input[] = [];
  #inputs: Input[] = [];
  #scheduled = false;
  readonly #yield = new MessageChannel();
  #commands = new Map<number, { resolve(result: CommandResult): void; reject(error: unknown): void }>();
  #lastCommand = 0;
  #wake: ReturnType<typeof setTimeout> | undefined;
  #wakeAt: number | undefined;
  #unanswered: { since: number; seenAt: number } | undefined;
  #leaseCheck: ReturnType<typeof setTimeout> | undefined;
  #busy: Promise<unknown> = Promise.resolve();

  constructor(wasm: typeof Wasm, announcer: Announcer) {
    this.#wasm = wasm;
    this.#announcer = announcer;
    this.#network = new Network({
      connecting: () => this.#setConnection('connecting'),
      connected: () => {
        this.#setConnection('catching-up');
        this.#push({ type: 'connected' });
      },
      disconnected: () => this.#push({ type: 'disconnected' }),
      frame: (bytes) => {
        if (this.#inputs.length >= MAX_WAITING_FRAMES) this.#network.reconnect();
        else this.#push({ type: 'frame', bytes });
      },
      signIn: (challenge) => this.#client?.signIn(challenge),
    });
    this.#transfers = new Transfers({
      network: this.#network,
      guard: (act) => this.#guard(act),
      perform: (effects) => this.#perform(effects as Effect[]),
      changed: () => this.#announce(),
    });
    this.#storeLock = new StoreLock(wasm, () => {
      if (this.#status.phase === 'locked') this.#setLocked();
    });
    this.#yield.port1.onmessage = () => this.#run();
    self.addEventListener('online', () => this.#setOnline(true));
    self.addEventListener('offline', () => this.#setOnline(false));
    setInterval(() => this.#checkReplies(), REPLY_MILLIS / 4);
  }

  get state(): State {
    return { status: this.#status, transfers: this.#transfers.uploads.list() };
  }

  get held(): HeldKey | undefined {
    return this.#held;
  }

  /** Looks at what is on this device. `held` is what the former owner left to the tabs that were open beside it. */
  async start(held: HeldKey | undefined): Promise<void> {
    try {
      await this.#storeLock.read();
      await this.#removeStrayStores();
      if (this.#storeLock.store === undefined) {
        this.#setStatus({ phase: 'new' });
        return;
      }
      if (this.#storeLock.isRevoked) {
        await this.#transfers.erase();
        this.#setStatus({ phase: 'revoked' });
        return;
      }
      const leased = await this.#storeLock.keyByLease();
      const key = held?.store === this.#storeLock.store ? held.key : leased;
      if (!key) {
        this.#setLocked();
        return;
      }
      await this.#openStore(key);
      void this.#inTurn(() => this.#storeLock.checkLease()).catch(() => undefined);
    } catch (error) {
      if (isUserError(error) && error.code === 'wrong_lock') this.#setLocked();
      else this.#failed(error);
    }
  }

  /** One request; whoever asked gets what it resolves to. */
  async handle(
    request: Request,
    again: boolean,
    progress: (done: number, total: number) => void,
  ): Promise<Results[keyof Results]> {
    switch (request.type) {
      case 'command':
        return this.#command(request.command, request.key, again);
      case 'ask':
        return JSON.parse(this.#guard((client) => client.ask(JSON.stringify(request.query)))) as unknown;
      case 'create':
        return this.#inTurn(() => this.#create(request.unlocking));
      case 'unlock':
        return this.#inTurn(() => this.#unlock(request.unlocking));
      case 'confirm':
        return this.#inTurn(() => this.#confirm(request.unlocking));
      case 'passkey':
        return this.#storeLock.passkey;
      case 'methods':
        return this.#storeLock.methods;
      case 'change_lock':
        return this.#inTurn(() => this.#storeLock.change(request.current, request.next));
      case 'set_lease':
        return this.#inTurn(() => this.#setLease(request.hours));
      case 'lease':
        return this.#storeLock.leaseHours;
      case 'lock':
        return this.#inTurn(() => this.#lock());
      case 'erase':
        return this.#inTurn(() => this.#erase());
      case 'send_file':
        return this.#transfers.uploads.send(request.group, request.file, request.caption, request.replyTo);
      case 'pause':
        this.#transfers.uploads.pause(request.transfer);
        return null;
      case 'resume':
        this.#transfers.uploads.resume(request.transfer);
        return null;
      case 'cancel':
        await this.#transfers.uploads.cancel(request.transfer);
        return null;
      case 'open_file':
        return this.#transfers.downloads.open(request.message, request.opening, progress);
      case 'stop_opening':
        this.#transfers.downloads.stopOpening(request.opening);
        return null;
      case 'media':
        return this.#transfers.downloads.media(request.message, request.start, request.end);
      case 'storage':
        return { filesBytes: await this.#transfers.keptBytes() };
      case 'hurry':
        this.#network.hurry();
        return null;
      case 'network':
        this.#setOnline(request.online);
        return null;
    }
  }

  /** One after the other: creating, unlocking and locking must not overlap. */
  #inTurn(act: () => Promise<void>): Promise<null> {
    const done = this.#busy.then(act, act).then(() => null);
    this.#busy = done.catch(() => undefined);
    return done;
  }

  // ---- the store and its key

  async #create(unlocking: Unlocking): Promise<void> {
    if (this.#storeLock.store !== undefined) {
      throw new Refused('exists', 'There is a store in this browser already.');
    }
    const key = this.#wasm.newKey();
    this.#storeLock.make(`${STORE_PREFIX}${crypto.randomUUID()}`, key, unlocking);
    try {
      await this.#openStore(key);
      await this.#storeLock.write(key);
      this.#watchLease();
    } catch (error) {
      this.#storeLock.forget();
      this.#failed(error);
      throw error;
    }
  }

  async #unlock(unlocking: Unlocking): Promise<void> {
    if (this.#client) return;
    const key = await this.#storeLock.keyBy(unlocking);
    try {
      // First, so that who sees it open and loads the page again isn't asked once more.
      await this.#storeLock.renewLease(key);
      await this.#openStore(key);
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  async #confirm(unlocking: Unlocking): Promise<void> {
    const key = await this.#storeLock.keyBy(unlocking);
    key.fill(0);
  }

  async #openStore(key: Uint8Array): Promise<void> {
    const name = this.#storeLock.store;
    if (!name) throw new Refused('no_store', 'There is no store in this browser.');
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.#client = await this.#wasm.Client.open(name, key, location.origin);
        break;
      } catch (error) {
        if (!isUserError(error) || error.code !== 'in_use' || attempt === OPEN_ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, OPEN_PAUSE_MILLIS));
      }
    }
    this.#held = { store: name, key };
    this.#announcer.key(this.#held);
    this.#watchLease();
    const standing = this.#client.standing();
    if (standing === 'revoked') {
      this.#revoked();
      return;
    }
    // Before anybody hears of the store: what is begun from then on isn't left over from before.
    const started = this.#transfers.start();
    this.#setStatus({ phase: 'ready', connection: this.#online ? 'connecting' : 'offline' });
    this.#push({ type: 'tick' });
    if (standing === 'joined') this.#network.start();
    else this.#setConnection('offline');
    await started;
  }

  async #lock(): Promise<void> {
    if (this.#storeLock.store === undefined) return;
    this.#close(new Refused('locked', 'The app was locked.'));
    try {
      await this.#storeLock.endLease();
    } finally {
      this.#setLocked();
    }
  }

  async #setLease(hours: number): Promise<void> {
    await this.#storeLock.setLease(hours, this.#held?.key);
    this.#watchLease();
  }

  /** The app stays open after a lease; what would open it at the next start doesn't stay on the disk. */
  #watchLease(): void {
    clearTimeout(this.#leaseCheck);
    const wait = this.#storeLock.checkInMillis;
    if (wait === undefined) return;
    this.#leaseCheck = setTimeout(() => {
      // What can't be written now is tried again.
      void this.#inTurn(() => this.#storeLock.checkLease())
        .catch(() => undefined)
        .then(() => this.#watchLease());
    }, wait);
  }

  async #erase(): Promise<void> {
    this.#close(new Refused('erased', 'Everything in this browser was erased.'));
    await this.#storeLock.erase();
    await this.#transfers.erase();
    await this.#removeStrayStores();
    this.#setStatus({ phase: 'new' });
  }

  #close(reason: Refused): void {
    this.#network.stop();
    this.#transfers.stop();
    clearTimeout(this.#wake);
    this.#people = [];
    this.#inputs = [];
    for (const waiting of this.#commands.values()) waiting.reject(reason);
    this.#commands.clear();
    const client = this.#client;
    this.#client = undefined;
    this.#announcer.key(undefined);
    this.#held?.key.fill(0);
    this.#held = undefined;
    client?.close();
  }

  /** Stores that no record names: of an erased one, or of a creation that was cut off. */
  async #removeStrayStores(): Promise<void> {
    const root = await navigator.storage.getDirectory();
    const stray: string[] = [];
    for await (const name of root.keys()) {
      if (name.startsWith(STORE_PREFIX) && name !== this.#storeLock.store) stray.push(name);
    }
    for (const name of stray) await root.removeEntry(name, { recursive: true }).catch(() => undefined);
  }

  // ---- the core

  #open(): Wasm.Client {
    if (this.#client) return this.#client;
    throw new Refused('locked', 'The app is locked.');
  }

  /** Works with the core; a trap ends everything with a clear status. */
  #guard<T>(act: (client: Wasm.Client) => T): T {
    try {
      return act(this.#open());
    } catch (error) {
      if (isCrash(error)) this.#crashed();
      else if (isUserError(error) && error.code === 'fault') this.#network.reconnect();
      throw error;
    }
  }

  #command(command: Command, key: string, again: boolean): Promise<CommandResult> {
    this.#open();
    return new Promise((resolve, reject) => {
      this.#lastCommand += 1;
      const id = this.#lastCommand;
      this.#commands.set(id, { resolve, reject });
      this.#people.push({ type: 'command', id, key, again, json: JSON.stringify(command) });
      this.#schedule();
    });
  }

  #push(input: Input): void {
    this.#inputs.push(input);
    this.#schedule();
  }

  /** After whatever the event loop has waiting, so that frames that are there go into one transaction. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#yield.port2.postMessage(null);
  }

  #run(): void {
    this.#scheduled = false;
    if (!this.#client) return;
    const batch = this.#people.splice(0, BATCH_INPUTS);
    batch.push(...this.#inputs.splice(0, BATCH_INPUTS - batch.length));
    if (batch.length === 0) return;
    try {
      const effects = this.#client.handle(batch) as Effect[];
      this.#perform(effects);
    } catch (error) {
      if (isCrash(error)) this.#crashed();
      else this.#failed(error);
      return;
    }
    if (this.#people.length + this.#inputs.length > 0) this.#schedule();
  }

  #perform(effects: Effect[]): void {
    const events: Event[] = [];
    for (const effect of effects) {
      switch (effect.type) {
        case 'frame':
          this.#network.send(effect.bytes);
          break;
        case 'call':
          void this.#call(effect.id, effect);
          break;
        case 'completed':
          this.#completed(effect);
          break;
        case 'event':
          events.push(this.#event(JSON.parse(effect.json) as Event));
          break;
        case 'wake_at':
          this.#setWake(effect.at);
          break;
        case 'reconnect':
          this.#network.reconnect();
          break;
      }
    }
    if (events.length > 0) this.#announcer.events(events);
  }

  async #call(id: number, call: Call): Promise<void> {
    const client = this.#client;
    let input: Input;
    try {
      input = { type: 'answer', call: id, ...(await this.#network.call(call)) };
    } catch (error) {
      if (error instanceof SignInRefused) {
        input = { type: 'answer', call: id, ...error.answer };
      } else if (isCrash(error)) {
        this.#crashed();
        return;
      } else {
        input = { type: 'unanswered', call: id, reason: unreachable(error) };
      }
    }
    // Of a store that was closed meanwhile: its numbers mean something else now.
    if (client === this.#client) this.#push(input);
  }

  #completed({ id, result, error }: { id: number; result?: string; error?: string }): void {
    const waiting = this.#commands.get(id);
    this.#commands.delete(id);
    if (error !== undefined) return waiting?.reject(JSON.parse(error) as UserError);
    const value = JSON.parse(result ?? 'null') as CommandResult;
    if (value.type === 'joined') this.#network.start();
    waiting?.resolve(value);
  }

  #event(event: Event): Event {
    if (event.type === 'caught_up') {
      this.#network.isGood();
      this.#setConnection('online');
      this.#transfers.uploads.hurry();
    } else if (event.type === 'linked') {
      this.#network.start();
    } else if (event.type === 'device_revoked') {
      this.#revoked();
    }
    return event;
  }

  #setWake(at: number): void {
    this.#wakeAt = at;
    clearTimeout(this.#wake);
    this.#wake = setTimeout(() => this.#wakeUp(), Math.min(Math.max(at - Date.now(), 0), CLOCK_CHECK_MILLIS));
  }

  #wakeUp(): void {
    if (this.#wakeAt === undefined) return;
    if (this.#wakeAt > Date.now()) return this.#setWake(this.#wakeAt);
    this.#wakeAt = undefined;
    this.#push({ type: 'tick' });
  }

  /** What is sent has a time of the clock; how long it waits is measured without it. */
  #checkReplies(): void {
    const since = this.#client?.unansweredSince();
    const now = performance.now();
    if (since === undefined || since !== this.#unanswered?.since) {
      this.#unanswered = since === undefined ? undefined : { since, seenAt: now };
    } else if (now - this.#unanswered.seenAt > REPLY_MILLIS) {
      this.#unanswered = undefined;
      this.#network.reconnect();
    }
  }

  // ---- status

  #announce(): void {
    this.#announcer.state(this.state);
  }

  #setStatus(status: Status): void {
    this.#status = status;
    this.#announce();
  }

  #setConnection(connection: 'offline' | 'connecting' | 'catching-up' | 'online'): void {
    if (this.#status.phase !== 'ready') return;
    const shown = connection === 'connecting' && !this.#online ? 'offline' : connection;
    if (this.#status.connection !== shown) this.#setStatus({ phase: 'ready', connection: shown });
  }

  /** Tried all the same while there is none: a relay on this machine needs no network. */
  #setOnline(online: boolean): void {
    if (online === this.#online) return;
    this.#online = online;
    if (online) this.#network.hurry();
    else this.#network.reconnect();
    if (this.#client?.standing() === 'joined') this.#setConnection('connecting');
  }

  #setLocked(): void {
    const { methods, notBefore } = this.#storeLock;
    this.#setStatus({ phase: 'locked', methods, ...(notBefore > Date.now() ? { notBefore } : {}) });
  }

  #revoked(): void {
    this.#network.stop();
    this.#setStatus({ phase: 'revoked' });
    void this.#inTurn(() => this.#eraseRevoked());
  }

  /**
   * Nothing stays on a device that was removed. The relay's word is enough for that: it serves this very program and could have it erase
   * everything anyway. The key goes first, so that what a closed tab leaves half erased is unreadable.
   */
  async #eraseRevoked(): Promise<void> {
    this.#close(new Refused('device_revoked', 'This device was removed.'));
    await this.#storeLock.revoke();
    await this.#transfers.erase();
    await this.#removeStrayStores();
  }

  #crashed(): void {
    const place = (globalThis as { chanceryPanic?: string }).chanceryPanic;
    const message = `Chancery stopped because of a mistake of its own${place ? ` (${place})` : ''}. Nothing that was sent or received is lost; load the page again.`;
    this.#client = undefined;
    this.#stopped({ code: 'crashed', message });
  }

  #failed(error: unknown): void {
    if (isCrash(error)) return this.#crashed();
    const { code, message } = userError(error);
    switch (code) {
      case 'storage_full':
      case 'storage_damaged':
      case 'unsupported':
        return this.#stopped({ code, message });
      case 'wrong_lock':
        return;
      default:
        return this.#stopped({ code: 'storage_denied', message });
    }
  }

  #stopped(error: {
    code: 'storage_full' | 'storage_damaged' | 'storage_denied' | 'unsupported' | 'crashed';
    message: string;
  }): void {
    this.#network.stop();
    clearTimeout(this.#wake);
    for (const waiting of this.#commands.values()) waiting.reject(error);
    this.#commands.clear();
    this.#setStatus({ phase: 'failed', error });
  }
}
