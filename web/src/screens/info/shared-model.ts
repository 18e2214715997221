import type { MessageView } from '../../api';
import type { Engine } from '../../engine/engine';
import { inBackground } from '../../models/background';
import { Model } from '../../models/model';
import { isVisual, shapeOf, type FileBody } from '../../models/thread/shape';

export interface SharedLink {
  readonly url: string;
  readonly host: string;
  readonly message: MessageView;
}

export interface SharedState {
  readonly media: readonly (MessageView & { body: FileBody })[];
  readonly files: readonly (MessageView & { body: FileBody })[];
  readonly links: readonly SharedLink[];
  readonly loading: boolean;
  /** There are messages that weren't looked through. */
  readonly more: boolean;
}

const PAGE_MESSAGES = 200;
/** Messages looked through for one step. */
const PAGES_PER_STEP_MAX = 10;
/** So many new things are enough for one step. */
const ENOUGH = 24;

const LINK = /\bhttps?:\/\/[^\s<>"'\\]+/giu;

/** Web addresses in a text, without what stands after them. */
export function linksOf(text: string): { url: string; host: string }[] {
  return [...text.matchAll(LINK)].flatMap(([found]) => {
    try {
      const url = new URL(found.replace(/[.,;:!?)\]}»”’]+$/u, ''));
      return url.username === '' && url.password === '' ? [{ url: url.href, host: url.host }] : [];
    } catch {
      return [];
    }
  });
}

/** Photos, files and links of a conversation, newest first. */
export class SharedModel extends Model<SharedState> {
  #before: string | undefined;
  #stop: () => void = () => undefined;

  constructor(
    private readonly engine: Engine,
    private readonly group: string,
  ) {
    super({ media: [], files: [], links: [], loading: false, more: true });
  }

  open(): void {
    this.#stop = this.engine.onEvent((event) => {
      const gone = event.type === 'message_gone' ? event.message : undefined;
      if (gone !== undefined) this.#remove(gone);
      if (event.type !== 'message' || event.group !== this.group) return;
      if (event.message.body.type === 'deleted') this.#remove(event.message.id);
      else if (event.new) this.#add([event.message], 'front');
      else if (event.message.edited) this.#change(event.message);
    });
    inBackground(this.loadMore());
  }

  close(): void {
    this.#stop();
  }

  async loadMore(): Promise<void> {
    if (this.getSnapshot().loading || !this.getSnapshot().more) return;
    this.set({ loading: true });
    const count = () => this.getSnapshot().media.length + this.getSnapshot().files.length;
    const before = count();
    try {
      for (let page = 0; page < PAGES_PER_STEP_MAX && count() - before < ENOUGH; page += 1) {
        const answer = await this.engine.ask({
          type: 'messages',
          group: this.group,
          ...(this.#before === undefined ? {} : { before: this.#before }),
          limit: PAGE_MESSAGES,
        });
        this.#add([...answer.messages].reverse(), 'back');
        this.#before = answer.messages[0]?.id;
        if (!answer.older || this.#before === undefined) {
          this.set({ more: false });
          return;
        }
      }
    } finally {
      this.set({ loading: false });
    }
  }

  #add(messages: readonly MessageView[], end: 'front' | 'back'): void {
    const { media, files, links } = this.getSnapshot();
    const newMedia = messages.filter(isVisual);
    const newFiles = messages.filter(
      (message): message is MessageView & { body: FileBody } =>
        message.body.type === 'file' && ['document', 'audio'].includes(shapeOf(message.body)),
    );
    const newLinks = messages.flatMap((message) => {
      const { body } = message;
      const text = body.type === 'text' ? body.text : body.type === 'file' ? body.caption : '';
      return linksOf(text).map((link) => ({ ...link, message }));
    });
    const join = <T>(old: readonly T[], fresh: readonly T[]) =>
      end === 'front' ? [...fresh, ...old] : [...old, ...fresh];
    this.set({ media: join(media, newMedia), files: join(files, newFiles), links: join(links, newLinks) });
  }

  /** An edit takes links away and brings others, in their place. */
  #change(message: MessageView): void {
    const { media, files, links } = this.getSnapshot();
    const put = <T extends MessageView>(old: readonly T[]) =>
      old.map((one) => (one.id === message.id ? { ...one, ...message } : one));
    const text = message.body.type === 'text' ? message.body.text : '';
    const others = links.filter((link) => link.message.id !== message.id);
    const at = others.findIndex((link) => link.message.seq < message.seq);
    const fresh = linksOf(text).map((link) => ({ ...link, message }));
    this.set({
      media: put(media),
      files: put(files),
      links: others.toSpliced(at < 0 ? others.length : at, 0, ...fresh),
    });
  }

  #remove(id: string): void {
    const { media, files, links } = this.getSnapshot();
    this.set({
      media: media.filter((message) => message.id !== id),
      files: files.filter((message) => message.id !== id),
      links: links.filter((link) => link.message.id !== id),
    });
  }
}
