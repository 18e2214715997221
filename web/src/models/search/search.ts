import type { FoundMessage, MessageView } from '../../api';
import type { Engine } from '../../engine/engine';
import { Latest } from '../batch';
import { Model } from '../model';
import { plainLine, readable } from '../rich-text/text';
import { snippet, type Piece } from './highlight';

export const SEARCH_DELAY_MS = 120;
export const FOUND_PAGE = 40;
const FOUND_MAX = 400;

export interface FoundRow {
  readonly group: string;
  readonly message: MessageView;
  readonly title: string;
  readonly pieces: readonly Piece[];
}

export interface SearchState {
  readonly query: string;
  readonly phase: 'idle' | 'searching' | 'done' | 'failed';
  readonly found: readonly FoundRow[];
  /** There may be more. */
  readonly more: boolean;
  /** Which hit is being looked at, inside of one conversation. */
  readonly current: number;
}

/** What is read of a message, for the clipboard. */
export function words(message: MessageView): string {
  const body = message.body;
  switch (body.type) {
    case 'text':
      return readable(body.text);
    case 'file':
      return body.caption ? `${body.caption} · ${body.name}` : body.name;
    case 'location':
    case 'contact':
      return body.name;
    case 'note':
      return body.text;
    case 'deleted':
    case 'unknown':
      return '';
  }
}

/** A message in one line of plain words. */
export function lineOf({ body, ...message }: MessageView): string {
  if (body.type === 'text') return plainLine(body.text);
  if (body.type === 'file' && body.caption !== '') return `${plainLine(body.caption)} · ${body.name}`;
  return words({ ...message, body });
}

/** Full-text search, across everything or in one conversation. */
export class SearchModel extends Model<SearchState> {
  readonly #engine: Engine;
  readonly #group: string | undefined;
  readonly #title: (group: string) => string;
  readonly #latest: Latest;
  #limit = FOUND_PAGE;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stop: (() => void) | undefined;

  constructor(engine: Engine, options: { group?: string; title?: (group: string) => string } = {}) {
    super({ query: '', phase: 'idle', found: [], more: false, current: 0 });
    this.#engine = engine;
    this.#group = options.group;
    this.#title = options.title ?? (() => '');
    this.#latest = new Latest(() => this.#search());
  }

  query(query: string): void {
    clearTimeout(this.#timer);
    this.#limit = FOUND_PAGE;
    if (query.trim() === '') {
      this.set({ query, phase: 'idle', found: [], more: false, current: 0 });
      return;
    }
    this.#stop ??= this.#engine.onEvent((event) => {
      // What was found follows its edits and its deletion.
      const changed =
        event.type === 'message' ? event.message.id : event.type === 'message_gone' ? event.message : undefined;
      if (this.getSnapshot().found.some(({ message }) => message.id === changed)) void this.#latest.run();
    });
    this.set({ query, phase: 'searching' });
    this.#timer = setTimeout(() => void this.#latest.run(), SEARCH_DELAY_MS);
  }

  loadMore(): void {
    const { more, found } = this.getSnapshot();
    // Asked for already, or there is no more.
    if (!more || this.#limit > found.length || this.#limit >= FOUND_MAX) return;
    this.#limit = Math.min(FOUND_MAX, this.#limit + FOUND_PAGE);
    void this.#latest.run();
  }

  /** The next older (1) or newer (-1) hit. */
  step(by: 1 | -1): FoundRow | undefined {
    const { found, current, more } = this.getSnapshot();
    if (found.length === 0) return undefined;
    const next = Math.min(found.length - 1, Math.max(0, current + by));
    this.set({ current: next });
    if (more && next >= found.length - 3) this.loadMore();
    return found[next];
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#stop?.();
    this.#stop = undefined;
  }

  async #search(): Promise<void> {
    const { query } = this.getSnapshot();
    const text = query.trim();
    if (text === '') return;
    const limit = this.#limit;
    try {
      const found = await this.#engine.ask({
        type: 'search',
        text,
        limit,
        ...(this.#group === undefined ? {} : { group: this.#group }),
      });
      if (this.getSnapshot().query !== query) return;
      const { current, phase } = this.getSnapshot();
      const stays = phase === 'done' || limit > FOUND_PAGE;
      this.set({
        phase: 'done',
        found: found.map((one) => this.#row(one, text)),
        more: found.length >= limit && limit < FOUND_MAX,
        current: stays ? Math.max(0, Math.min(current, found.length - 1)) : 0,
      });
    } catch {
      if (this.getSnapshot().query === query) this.set({ phase: 'failed', found: [], more: false });
    }
  }

  #row({ group, message }: FoundMessage, query: string): FoundRow {
    return { group, message, title: this.#title(group), pieces: snippet(lineOf(message), query) };
  }
}
