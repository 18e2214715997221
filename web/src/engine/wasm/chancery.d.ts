/* tslint:disable */
/* eslint-disable */

/**
 * The client of this browser: store and core.
 */
export class Client {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Answers a question; JSON in and out.
     */
    ask(question: string): string;
    /**
     * Begins an upload (JSON); gives its id and the cipher to stage it with.
     */
    beginUpload(upload: string): Upload;
    /**
     * Reads and checks every page.
     */
    check(): void;
    /**
     * Closes the store, so that another worker can open it.
     */
    close(): void;
    /**
     * Sends the message of a complete upload; gives effects.
     */
    finishUpload(id: string): Array<any>;
    /**
     * Forgets an upload; gives its file at the relay.
     */
    forgetUpload(id: string): string | undefined;
    /**
     * Handles inputs, and gives the effects to carry out, in order.
     */
    handle(inputs: Array<any>): Array<any>;
    /**
     * Refuses to grow beyond this many pages, as if the disk were full: for tests.
     */
    limitPages(pages: number): void;
    /**
     * The file of a message.
     */
    openFile(message: string): Download;
    /**
     * Opens the store `name`, or makes it. `origin` is the page's.
     */
    static open(name: string, key: Uint8Array | number[], origin: string): Promise<Client>;
    /**
     * Pauses an upload, or lets it go on.
     */
    pauseUpload(id: string, paused: boolean): void;
    /**
     * Opens a copy of a store's file, to read what came: it keeps nothing, and sends nothing.
     */
    static peek(file: Uint8Array | number[], key: Uint8Array | number[], origin: string): Client;
    /**
     * The body for opening a session, from a challenge's body.
     */
    signIn(challenge: Uint8Array | number[]): Uint8Array | undefined;
    /**
     * `nobody`, `joined` or `revoked`.
     */
    standing(): string;
    /**
     * When the oldest message without a reply was sent, in milliseconds since 1970.
     */
    unansweredSince(): number | undefined;
    /**
     * The relay made a file for an upload; without one: it has it no more.
     */
    uploadCreated(id: string, file?: string | null, expires_at?: number | null): void;
    /**
     * All of an upload's ciphertext is on the disk.
     */
    uploadStaged(upload: Upload): void;
    /**
     * Uploads that aren't finished, as JSON.
     */
    uploads(): string;
}

/**
 * A file that can be decrypted.
 */
export class Download {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * The chunk that holds a byte of the plaintext.
     */
    chunkAt(offset: number): number | undefined;
    /**
     * First byte of a chunk's ciphertext; of the chunk after the last: the end.
     */
    cipherStart(chunk: number): number;
    /**
     * Decrypts a chunk; throws `file_damaged`.
     */
    decrypt(chunk: number, cipher: Uint8Array | number[]): Uint8Array;
    /**
     * Puts the ciphertext's next bytes into the hash.
     */
    hash(cipher: Uint8Array | number[]): void;
    /**
     * First byte of a chunk's plaintext.
     */
    plainStart(chunk: number): number;
    /**
     * How many chunks there are.
     */
    readonly chunks: number;
    /**
     * Ciphertext size, in bytes.
     */
    readonly cipherSize: number;
    /**
     * Its id at the relay.
     */
    readonly file: string;
    /**
     * Whether all that was hashed is the file that was sent.
     */
    readonly genuine: boolean;
    /**
     * What its sender says it is.
     */
    readonly mediaType: string;
    /**
     * Its name.
     */
    readonly name: string;
    /**
     * Plaintext size, in bytes.
     */
    readonly size: number;
}

/**
 * An upload that is being staged.
 */
export class Upload {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Encrypts the next chunk.
     */
    encryptNext(plain: Uint8Array | number[]): Uint8Array;
    /**
     * First byte of a chunk's plaintext; that of the chunk after it is its end.
     */
    plainStart(chunk: number): number;
    /**
     * How many chunks there are.
     */
    readonly chunks: number;
    /**
     * Its id.
     */
    readonly id: string;
}

/**
 * A new store's key.
 */
export function newKey(): Uint8Array;

/**
 * Opens it; throws `wrong_lock` when the passkey is another one.
 */
export function openWithPasskey(sealed: Uint8Array | number[], secret: Uint8Array | number[]): Uint8Array;

/**
 * Opens it; throws `wrong_lock` when the PIN is another one.
 */
export function openWithPin(sealed: Uint8Array | number[], pin: string): Uint8Array;

/**
 * Version of the protocol between client and relay.
 */
export function protocolVersion(): number;

/**
 * Seals a store's key with the PRF output of a passkey (HKDF-SHA256, XChaCha20-Poly1305).
 */
export function sealWithPasskey(key: Uint8Array | number[], secret: Uint8Array | number[]): Uint8Array;

/**
 * Seals a store's key with a PIN (Argon2id, XChaCha20-Poly1305).
 */
export function sealWithPin(key: Uint8Array | number[], pin: string): Uint8Array;

/**
 * Says where a panic was, and not with what: its message may hold content.
 */
export function start(): void;

/**
 * Version of Chancery.
 */
export function version(): string;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
