/** The relay: one WebSocket for delivery, HTTPS for calls and files. The relay is the page's own server; nothing else is ever asked. */
import {
  CALLS_AT_A_TIME,
  CALL_MILLIS,
  CONNECT_MILLIS,
  LOOKS_PER_PING,
  LOOK_MILLIS,
  MAX_ANSWER_BYTES,
  RETRY_FIRST_MILLIS,
  RETRY_LONGEST_MILLIS,
  SESSION_MARGIN_SECONDS,
  SILENT_LOOKS,
} from './limits';

export interface Call {
  method: string;
  path: string;
  body?: Uint8Array;
  authenticated: boolean;
}

export interface Answer {
  status: number;
  /** `Content-Type`: tells the relay's answers from a proxy's. */
  mediaType: string;
  body: Uint8Array;
}

/** What the network tells its owner. */
export interface Listener {
  connected(): void;
  frame(bytes: Uint8Array): void;
  disconnected(): void;
  connecting(): void;
  /** The body that opens a session, from a challenge's; nothing before joining. */
  signIn(challenge: Uint8Array): Uint8Array | undefined;
}

/** The wait after this many failures in a row (from 1): half of it fixed, half of it random, so that not everybody comes back at once. */
export function retryWait(failures: number, random: number): number {
  const doubled = RETRY_FIRST_MILLIS * 2 ** Math.min(failures - 1, 20);
  const half = Math.min(doubled, RETRY_LONGEST_MILLIS) / 2;
  return half + half * random;
}

/** Why there was no answer, for people. */
export function unreachable(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'it doesn’t answer';
  if (!navigator.onLine) return 'this device is offline';
  return 'no connection';
}

const bytesOf = (body: Uint8Array): Uint8Array<ArrayBuffer> => body as Uint8Array<ArrayBuffer>;

async function readLimited(response: Response): Promise<Uint8Array> {
  const declared = Number(response.headers.get('content-length') ?? 0);
  if (declared > MAX_ANSWER_BYTES) throw new Error('the answer is too large');
  const body = new Uint8Array(await response.arrayBuffer());
  if (body.length > MAX_ANSWER_BYTES) throw new Error('the answer is too large');
  return body;
}

export class Network {
  readonly #listener: Listener;
  #wanted = false;
  #socket: WebSocket | undefined;
  #opened = false;
  #failures = 0;
  /** Looks at the open connection since it was opened, and since something came. They are counted, so that no clock has a say. */
  #looks = 0;
  #silentLooks = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #looking: ReturnType<typeof setInterval> | undefined;
  /** `renewAt` by the clock that nobody sets. */
  #token: { text: string; renewAt: number } | undefined;
  #signingIn: Promise<string> | undefined;
  #places = CALLS_AT_A_TIME;
  #queue: (() => void)[] = [];

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  get isOpen(): boolean {
    return this.#opened;
  }

  /** Connects, and stays connected. */
  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#connect();
  }

  stop(): void {
    this.#wanted = false;
    this.#token = undefined;
    clearTimeout(this.#retry);
    this.#lost();
  }

  /** Somebody waits, or the network is back: don't wait for the next attempt's time, nor long for an answer on a connection that may be dead. */
  hurry(): void {
    if (!this.#wanted) return;
    if (this.#opened) {
      this.#silentLooks = Math.max(this.#silentLooks, LOOKS_PER_PING);
      this.#socket?.send('ping');
    }
    if (this.#socket) return;
    this.#failures = 0;
    clearTimeout(this.#retry);
    this.#connect();
  }

  /** Closes the connection and opens it again. */
  reconnect(): void {
    this.#lost();
  }

  /** Everything was caught up with over this connection: it is a good one. */
  isGood(): void {
    this.#failures = 0;
  }

  send(bytes: Uint8Array): void {
    if (this.#opened) this.#socket?.send(bytesOf(bytes));
  }

  #connect(): void {
    const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/v1/delivery`);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#listener.connecting();
    const late = setTimeout(() => {
      if (this.#socket === socket && !this.#opened) this.#lost();
    }, CONNECT_MILLIS);
    socket.onopen = () => {
      clearTimeout(late);
      if (this.#socket !== socket) return;
      this.#opened = true;
      this.#looks = 0;
      this.#silentLooks = 0;
      this.#looking = setInterval(() => this.#look(), LOOK_MILLIS);
      this.#listener.connected();
    };
    socket.onmessage = ({ data }) => {
      if (this.#socket !== socket) return;
      this.#silentLooks = 0;
      if (data instanceof ArrayBuffer) this.#listener.frame(new Uint8Array(data));
    };
    socket.onclose = () => {
      clearTimeout(late);
      if (this.#socket === socket) this.#lost();
    };
  }

  /** Browsers can't send WebSocket pings: the relay answers the text `ping` with `pong`. */
  #look(): void {
    this.#looks += 1;
    this.#silentLooks += 1;
    if (this.#silentLooks >= SILENT_LOOKS) this.#lost();
    else if (this.#looks % LOOKS_PER_PING === 0) this.#socket?.send('ping');
  }

  #lost(): void {
    const socket = this.#socket;
    clearInterval(this.#looking);
    this.#socket = undefined;
    const was = this.#opened;
    this.#opened = false;
    socket?.close();
    if (was) this.#listener.disconnected();
    if (!this.#wanted || (!socket && this.#retry)) return;
    this.#failures += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(
      () => {
        this.#retry = undefined;
        if (this.#wanted && !this.#socket) this.#connect();
      },
      retryWait(this.#failures, Math.random()),
    );
    this.#listener.connecting();
  }

  /** One call; when the session has ended, once more with a new one. Rejects when there was no answer. */
  async call(call: Call): Promise<Answer> {
    await this.#place();
    try {
      const first = await this.#fetch(call, call.authenticated ? await this.token() : undefined);
      if (first.status !== 401 || !call.authenticated) return first;
      this.#token = undefined;
      return await this.#fetch(call, await this.token());
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#places += 1;
    }
  }

  #place(): Promise<void> {
    if (this.#places > 0) {
      this.#places -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#queue.push(resolve));
  }

  /** Any request to the relay, with the session's token; for files. Once more after 401. */
  async request(path: string, init: RequestInit, millis: number): Promise<Response> {
    const send = async (token: string) => {
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${token}`);
      const signals = [AbortSignal.timeout(millis), ...(init.signal ? [init.signal] : [])];
      return fetch(path, { ...init, ...always, headers, signal: AbortSignal.any(signals) });
    };
    const first = await send(await this.token());
    if (first.status !== 401) return first;
    this.#token = undefined;
    return send(await this.token());
  }

  async #fetch(call: Call, token: string | undefined): Promise<Answer> {
    const headers = new Headers();
    if (token) headers.set('authorization', `Bearer ${token}`);
    if (call.body) headers.set('content-type', 'application/json');
    const response = await fetch(call.path, {
      ...always,
      method: call.method,
      headers,
      body: call.body ? bytesOf(call.body) : null,
      signal: AbortSignal.timeout(CALL_MILLIS),
    });
    return { status: statusOf(response), mediaType: mediaTypeOf(response), body: await readLimited(response) };
  }

  /** The session's token. Whoever comes while it is made waits for it, so that one challenge serves all. */
  async token(): Promise<string> {
    if (this.#token && performance.now() < this.#token.renewAt) return this.#token.text;
    this.#signingIn ??= this.#signIn().finally(() => (this.#signingIn = undefined));
    return this.#signingIn;
  }

  async #signIn(): Promise<string> {
    const challenge = await this.#fetch(
      { method: 'POST', path: '/v1/auth/challenges', authenticated: false },
      undefined,
    );
    if (!isJson(challenge)) throw new SignInRefused(challenge);
    const body = this.#listener.signIn(challenge.body);
    if (!body) throw new Error('this browser has not joined an organisation yet');
    const opened = await this.#fetch(
      { method: 'POST', path: '/v1/auth/sessions', body, authenticated: false },
      undefined,
    );
    if (!isJson(opened)) throw new SignInRefused(opened);
    const session = JSON.parse(new TextDecoder().decode(opened.body)) as { token: string; expires_in_seconds: number };
    const seconds = Math.max(session.expires_in_seconds - SESSION_MARGIN_SECONDS, 1);
    this.#token = { text: session.token, renewAt: performance.now() + seconds * 1000 };
    return session.token;
  }
}

/** The relay refuses a session: the call that wanted it gets the refusal. */
export class SignInRefused extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super('the relay refuses to sign this device in');
    // A page where the session should be is somebody else's, and must not pass for the answer to the call that wanted the session.
    this.answer = answer.status < 300 ? { ...answer, status: NETWORK_SIGN_IN } : answer;
  }
}

/** "Network Authentication Required" (RFC 6585 section 6). */
const NETWORK_SIGN_IN = 511;
/** Scripts learn of a redirect only that there is one. */
const FOUND = 302;

/** The status; the API has no redirects, so that one is a proxy's. */
export function statusOf(response: Response): number {
  return response.type === 'opaqueredirect' ? FOUND : response.status;
}

/** The body's type, without parameters. */
export function mediaTypeOf(response: Response): string {
  return (response.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

const isJson = (answer: Answer) => answer.status === 200 && answer.mediaType === 'application/json';

const always = {
  credentials: 'omit',
  // Followed, it could lead the token elsewhere; as an error it couldn't be told from no network.
  redirect: 'manual',
  cache: 'no-store',
  referrerPolicy: 'no-referrer',
} as const;
