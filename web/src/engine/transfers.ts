/** Files on their way to the relay and from it. */
import { Downloads } from './downloads';
import { FileRequests } from './file-requests';
import { listFiles, removeAllFiles } from './files';
import type { Network } from './network';
import { Uploads } from './uploads';
import type * as Wasm from './wasm/chancery.js';

/** What the owner of the store lends. */
export interface Lent {
  network: Network;
  /** Works with the core; a trap ends everything. */
  guard<T>(act: (client: Wasm.Client) => T): T;
  perform(effects: unknown[]): void;
  changed(): void;
}

export class Transfers {
  readonly uploads: Uploads;
  readonly downloads: Downloads;

  constructor(lent: Lent) {
    const requests = new FileRequests(lent.network);
    this.uploads = new Uploads(requests, lent);
    this.downloads = new Downloads(requests, lent, () => this.#trim());
  }

  /** The store is open. */
  async start(): Promise<void> {
    await this.uploads.start();
    await this.#trim();
  }

  stop(): void {
    this.uploads.stop();
    this.downloads.stop();
  }

  async erase(): Promise<void> {
    this.stop();
    await removeAllFiles();
  }

  /** Bytes of files that are kept here. */
  async keptBytes(): Promise<number> {
    return (await listFiles()).reduce((sum, { size }) => sum + size, 0);
  }

  async #trim(): Promise<void> {
    await this.uploads.removeStray();
    await this.downloads.trim();
  }
}
