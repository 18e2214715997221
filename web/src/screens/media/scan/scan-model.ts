import { Model } from '../../../models/model';
import { enhanced, type Look } from './enhance';
import { findPage } from './find-page';
import { straightened, turned, type Corners, type Pixels } from './geometry';

/** What reads and writes pictures; the browser's is in scan-tools.ts. */
export interface ScanTools {
  /** A picture's pixels, at most so long. */
  read(picture: Blob, longest: number): Promise<Pixels>;
  jpeg(pixels: Pixels): Promise<Blob>;
  pdf(pages: readonly { jpeg: Uint8Array; width: number; height: number }[]): Promise<Uint8Array<ArrayBuffer>>;
  url(blob: Blob): string;
  dropUrl(url: string): void;
}

export interface ScannedPage {
  readonly id: number;
  readonly source: Blob;
  readonly pixels: Pixels;
  readonly corners: Corners;
  readonly look: Look;
  /** Quarter turns. */
  readonly turns: number;
  readonly jpeg: Blob;
  readonly url: string;
  readonly width: number;
  readonly height: number;
}

/** A page that is being adjusted; `replaces` is the page it was before. */
export interface Draft {
  readonly source: Blob;
  readonly sourceUrl: string;
  readonly pixels: Pixels;
  readonly corners: Corners;
  readonly look: Look;
  readonly turns: number;
  readonly replaces: number | undefined;
}

export interface ScanState {
  readonly step: 'camera' | 'adjust' | 'pages';
  readonly draft: Draft | undefined;
  readonly pages: readonly ScannedPage[];
  readonly busy: boolean;
  readonly problem: 'unreadable' | 'failed' | undefined;
}

/** Pixels of the picture that is worked on; a page of text stays sharp at this. */
const LONGEST_PX = 2400;
/** The corners are looked for in a picture this small. */
const SEARCH_PX = 320;
const PAGE_PX = 2000;
export const PAGES_MAX = 30;

/** A document from the first picture to the PDF. */
export class ScanModel extends Model<ScanState> {
  #next = 1;

  constructor(private readonly tools: ScanTools) {
    super({ step: 'camera', draft: undefined, pages: [], busy: false, problem: undefined });
  }

  async take(picture: Blob): Promise<void> {
    this.set({ busy: true, problem: undefined });
    try {
      const [pixels, small] = await Promise.all([
        this.tools.read(picture, LONGEST_PX),
        this.tools.read(picture, SEARCH_PX),
      ]);
      const scale = pixels.width / small.width;
      const [a, b, c, d] = findPage(small);
      const grown = (point: { x: number; y: number }) => ({ x: point.x * scale, y: point.y * scale });
      this.#setDraft({
        source: picture,
        sourceUrl: this.tools.url(picture),
        pixels,
        corners: [grown(a), grown(b), grown(c), grown(d)],
        look: this.getSnapshot().pages.at(-1)?.look ?? 'document',
        turns: 0,
        replaces: undefined,
      });
      this.set({ step: 'adjust', busy: false });
    } catch {
      this.set({ busy: false, problem: 'unreadable' });
    }
  }

  adjust(id: number): void {
    const page = this.getSnapshot().pages.find((one) => one.id === id);
    if (!page) return;
    const { source, pixels, corners, look, turns } = page;
    this.#setDraft({ source, sourceUrl: this.tools.url(source), pixels, corners, look, turns, replaces: id });
    this.set({ step: 'adjust' });
  }

  change(change: Partial<Pick<Draft, 'corners' | 'look' | 'turns'>>): void {
    const { draft } = this.getSnapshot();
    if (draft) this.set({ draft: { ...draft, ...change } });
  }

  /** What the page will look like, small. */
  preview(longest: number): Pixels | undefined {
    const { draft } = this.getSnapshot();
    return draft && rendered(draft, longest);
  }

  async keep(): Promise<void> {
    const { draft, pages } = this.getSnapshot();
    if (!draft) return;
    this.set({ busy: true, problem: undefined });
    try {
      const pixels = rendered(draft, PAGE_PX);
      const jpeg = await this.tools.jpeg(pixels);
      const id = this.#next;
      this.#next += 1;
      const page: ScannedPage = {
        id,
        source: draft.source,
        pixels: draft.pixels,
        corners: draft.corners,
        look: draft.look,
        turns: draft.turns,
        jpeg,
        url: this.tools.url(jpeg),
        width: pixels.width,
        height: pixels.height,
      };
      const replaced = pages.find((one) => one.id === draft.replaces);
      if (replaced) this.tools.dropUrl(replaced.url);
      this.set({
        pages: replaced ? pages.map((one) => (one.id === replaced.id ? page : one)) : [...pages, page],
        step: 'pages',
        busy: false,
      });
      this.#setDraft(undefined);
    } catch {
      this.set({ busy: false, problem: 'failed' });
    }
  }

  /** Back to the camera for another page, or the same one again. */
  again(): void {
    this.#setDraft(undefined);
    this.set({ step: 'camera', problem: undefined });
  }

  /** To the pages that there are. */
  showPages(): void {
    this.#setDraft(undefined);
    this.set({ step: 'pages', problem: undefined });
  }

  remove(id: number): void {
    const { pages } = this.getSnapshot();
    const page = pages.find((one) => one.id === id);
    if (page) this.tools.dropUrl(page.url);
    const left = pages.filter((one) => one.id !== id);
    this.set({ pages: left, step: left.length === 0 ? 'camera' : 'pages' });
  }

  move(id: number, by: 1 | -1): void {
    const pages = [...this.getSnapshot().pages];
    const at = pages.findIndex((page) => page.id === id);
    const one = pages[at];
    const two = pages[at + by];
    if (!one || !two) return;
    pages[at] = two;
    pages[at + by] = one;
    this.set({ pages });
  }

  /** All pages as one file. */
  async finish(name: string): Promise<File | undefined> {
    this.set({ busy: true, problem: undefined });
    try {
      const pages = await Promise.all(
        this.getSnapshot().pages.map(async ({ jpeg, width, height }) => ({
          jpeg: new Uint8Array(await jpeg.arrayBuffer()),
          width,
          height,
        })),
      );
      const bytes = await this.tools.pdf(pages);
      this.set({ busy: false });
      return new File([bytes], name, { type: 'application/pdf' });
    } catch {
      this.set({ busy: false, problem: 'failed' });
      return undefined;
    }
  }

  close(): void {
    this.#setDraft(undefined);
    for (const page of this.getSnapshot().pages) this.tools.dropUrl(page.url);
  }

  #setDraft(draft: Draft | undefined): void {
    const old = this.getSnapshot().draft;
    if (old && old.sourceUrl !== draft?.sourceUrl) this.tools.dropUrl(old.sourceUrl);
    this.set({ draft });
  }
}

function rendered(draft: Draft, longest: number): Pixels {
  let pixels = enhanced(straightened(draft.pixels, draft.corners, longest), draft.look);
  for (let turn = 0; turn < draft.turns % 4; turn += 1) pixels = turned(pixels);
  return pixels;
}
