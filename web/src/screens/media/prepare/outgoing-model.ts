import type { Engine, OutgoingFile } from '../../../engine/engine';
import { Model } from '../../../models/model';
import { cleanName } from '../files/names';
import { sentenceOf } from '../files/sentence';
import type { PhotoQuality } from './photo';
import {
  asDocument,
  browserTools,
  kindOf,
  prepareFile,
  type Carries,
  type OutgoingKind,
  type Tools,
} from './prepare-files';

/** Photos go smaller and say nothing but what one sees; documents go byte for byte. */
export type SendAs = 'media' | 'document';

export interface OutgoingItem {
  readonly id: number;
  readonly source: File;
  readonly name: string;
  /** What it is by its bytes. */
  readonly found: OutgoingKind;
  /** What it goes as. */
  readonly kind: OutgoingKind;
  readonly sendAs: SendAs;
  readonly state: 'preparing' | 'ready' | 'too_large' | 'failed';
  /** What it tells of its maker; known when it is ready. */
  readonly carries: Carries | undefined;
  readonly outgoing: OutgoingFile | undefined;
  /** Address of something to look at. */
  readonly preview: string | undefined;
}

export interface OutgoingState {
  readonly items: readonly OutgoingItem[];
  /** The item looked at. */
  readonly selected: number | undefined;
  readonly caption: string;
  readonly quality: PhotoQuality;
  /** The organisation's limit of one file. */
  readonly limitBytes: number | undefined;
  readonly sending: boolean;
  readonly sent: boolean;
  /** Files over the number that goes at once were left out. */
  readonly leftOut: number;
  readonly error: string | undefined;
}

/** So many files at once; each is one message. */
export const FILES_MAX = 30;

/** The files that wait in the sheet before they are sent. */
export class OutgoingModel extends Model<OutgoingState> {
  /** What went out. */
  readonly sentFiles: File[] = [];
  #next = 1;
  /** Rises with every change of quality: what was prepared for an older one is dropped. */
  #round = 0;
  /** One after the other: several large photos at once would not fit into a phone's memory. */
  #queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly engine: Engine,
    private readonly group: string,
    private readonly tools: Tools = browserTools,
    private readonly urls: { make: (blob: Blob) => string; drop: (url: string) => void } = {
      make: (blob) => URL.createObjectURL(blob),
      drop: (url) => URL.revokeObjectURL(url),
    },
  ) {
    super({
      items: [],
      selected: undefined,
      caption: '',
      quality: 'standard',
      limitBytes: undefined,
      sending: false,
      sent: false,
      leftOut: 0,
      error: undefined,
    });
  }

  async add(files: readonly File[], sendAs: SendAs = 'media'): Promise<void> {
    if (this.getSnapshot().limitBytes === undefined) {
      const policy = await this.engine.ask({ type: 'policy' });
      if (policy) this.set({ limitBytes: policy.file_max_bytes });
    }
    const room = FILES_MAX - this.getSnapshot().items.length;
    const taken = files.slice(0, Math.max(0, room));
    this.set({ leftOut: files.length - taken.length });
    const added: OutgoingItem[] = [];
    for (const source of taken) {
      const id = this.#next;
      this.#next += 1;
      const kind = await kindOf(source, this.tools);
      added.push({
        id,
        source,
        name: cleanName(source.name),
        found: kind,
        kind: sendAs === 'document' ? 'document' : kind,
        sendAs,
        state: 'preparing',
        carries: undefined,
        outgoing: undefined,
        preview: undefined,
      });
    }
    const { items, selected } = this.getSnapshot();
    this.set({ items: [...items, ...added], selected: selected ?? added[0]?.id });
    await this.#prepare(added);
  }

  select(id: number): void {
    this.set({ selected: id });
  }

  setCaption(caption: string): void {
    this.set({ caption });
  }

  async setQuality(quality: PhotoQuality): Promise<void> {
    if (quality === this.getSnapshot().quality) return;
    this.#round += 1;
    // What was being prepared is dropped with the former quality, whatever it is.
    const again = (item: OutgoingItem) => item.kind === 'photo' || item.state === 'preparing';
    this.set({
      quality,
      items: this.getSnapshot().items.map((item) => (again(item) ? { ...item, state: 'preparing' } : item)),
    });
    await this.#prepare(this.getSnapshot().items.filter(again));
  }

  /** As a document, untouched; or as what it is again. */
  async setSendAs(id: number, sendAs: SendAs): Promise<void> {
    const item = this.getSnapshot().items.find((one) => one.id === id);
    if (!item || item.sendAs === sendAs) return;
    this.#drop(item);
    const changed: OutgoingItem = {
      ...item,
      sendAs,
      kind: sendAs === 'document' ? 'document' : item.found,
      state: 'preparing',
      carries: undefined,
      outgoing: undefined,
      preview: undefined,
    };
    this.set({ items: this.getSnapshot().items.map((one) => (one.id === id ? changed : one)) });
    await this.#prepare([changed]);
  }

  /** Takes out what would go with data about its maker. */
  removeKept(): void {
    for (const item of this.getSnapshot().items) if (item.carries === 'kept') this.remove(item.id);
  }

  remove(id: number): void {
    const { items, selected } = this.getSnapshot();
    const at = items.findIndex((item) => item.id === id);
    if (at < 0) return;
    this.#drop(items[at]);
    const left = items.filter((item) => item.id !== id);
    this.set({
      items: left,
      selected: selected === id ? (left[Math.min(at, left.length - 1)]?.id ?? undefined) : selected,
    });
  }

  /** Puts an item before or after its neighbour. */
  move(id: number, by: 1 | -1): void {
    const items = [...this.getSnapshot().items];
    const at = items.findIndex((item) => item.id === id);
    const other = at + by;
    const one = items[at];
    const two = items[other];
    if (!one || !two) return;
    items[at] = two;
    items[other] = one;
    this.set({ items });
  }

  /** Gives the items another order, by their ids. */
  reorder(ids: readonly number[]): void {
    const place = (id: number) => (ids.includes(id) ? ids.indexOf(id) : ids.length);
    this.set({ items: [...this.getSnapshot().items].sort((one, two) => place(one.id) - place(two.id)) });
  }

  get canSend(): boolean {
    const { items, sending } = this.getSnapshot();
    // What can't go doesn't keep the others; the sheet names it.
    return (
      !sending && items.every((item) => item.state !== 'preparing') && items.some((item) => item.state === 'ready')
    );
  }

  /** Hands everything to the engine; the caption goes with the first one. Resolves with whether it worked. */
  async send(replyTo?: string): Promise<boolean> {
    if (!this.canSend) return false;
    this.set({ sending: true, error: undefined });
    const { caption } = this.getSnapshot();
    let first = true;
    for (const item of this.getSnapshot().items) {
      if (!item.outgoing || item.state !== 'ready') continue;
      try {
        await this.engine.sendFile(this.group, item.outgoing, first ? caption.trim() : '', first ? replyTo : undefined);
      } catch (error) {
        this.set({ sending: false, error: sentenceOf(error) });
        return false;
      }
      first = false;
      this.sentFiles.push(item.source);
      // What went out doesn't go again when a later one fails.
      this.#drop(item);
      this.set({
        items: this.getSnapshot().items.filter((other) => other.id !== item.id),
        caption: '',
      });
    }
    this.set({ sending: false, sent: true });
    return true;
  }

  close(): void {
    this.#round += 1;
    for (const item of this.getSnapshot().items) this.#drop(item);
  }

  #drop(item: OutgoingItem | undefined): void {
    if (item?.preview !== undefined) this.urls.drop(item.preview);
  }

  #prepare(list: readonly OutgoingItem[]): Promise<void> {
    const round = this.#round;
    this.#queue = this.#queue.then(async () => {
      for (const item of list) {
        const isWanted = () =>
          round === this.#round &&
          this.getSnapshot().items.some((one) => one.id === item.id && one.sendAs === item.sendAs);
        if (!isWanted()) continue;
        const change = await this.#prepared(item);
        if (!isWanted()) {
          if (change.preview !== undefined && change.preview !== item.preview) this.urls.drop(change.preview);
          continue;
        }
        this.set({ items: this.getSnapshot().items.map((one) => (one.id === item.id ? { ...one, ...change } : one)) });
      }
    });
    return this.#queue;
  }

  async #prepared(item: OutgoingItem): Promise<Partial<OutgoingItem>> {
    const { quality, limitBytes } = this.getSnapshot();
    const tooLarge = (size: number) => limitBytes !== undefined && size > limitBytes;
    // A photo may fit once it is smaller; anything else stays as large as it is.
    if (item.kind !== 'photo' && tooLarge(item.source.size)) return { state: 'too_large' };
    try {
      const { kind, outgoing, carries } = await (item.sendAs === 'document'
        ? asDocument(item.source, this.tools)
        : prepareFile(item.source, item.found, quality, this.tools));
      if (item.preview !== undefined) this.urls.drop(item.preview);
      const seen = kind === 'photo' ? outgoing.file : kind === 'video' ? outgoing.thumbnail : undefined;
      return {
        kind,
        outgoing,
        carries,
        name: outgoing.name,
        preview: seen ? this.urls.make(seen) : undefined,
        state: tooLarge(outgoing.file.size) ? 'too_large' : 'ready',
      };
    } catch {
      return { state: 'failed' };
    }
  }
}
