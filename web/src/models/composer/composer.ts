import type { ConversationView, MemberView, MessageView } from '../../api';
import { EngineError, type Engine } from '../../engine/engine';
import { Model } from '../model';
import { editable } from '../rich-text/text';
import { lineOf } from '../search/search';
import { insert, newLine, toggleFormat, type Field, type Format } from './formatting';
import { handleOf, insertMention, mentionAt, mentionChoices, type MentionChoice } from './mentions';

/** After the last key, so that a crash loses next to nothing and typing costs nothing. */
export const DRAFT_DELAY_MS = 500;
/** A typing signal is repeated after this at the earliest. */
export const TYPING_EVERY_MS = 4000;
/** A longer text isn't sent (crates/wire: MAX_TEXT_CHARS), in characters of Unicode. */
export const TEXT_MAX_CHARS = 40_000;
/** How much is left is shown from here on. */
const COUNTED_FROM_CHARS = TEXT_MAX_CHARS * 0.9;
/** A paste that would make the field longer stays beside it: browsers need minutes for megabytes in a field. In units of UTF-16. */
export const FIELD_MAX_CHARS = 2 * TEXT_MAX_CHARS;

export type ComposerMode =
  | { readonly type: 'new' }
  | { readonly type: 'reply'; readonly message: string; readonly name: string; readonly line: string }
  | { readonly type: 'edit'; readonly message: string; readonly original: string };

export interface ComposerState {
  readonly field: Field;
  readonly mode: ComposerMode;
  readonly mention: {
    readonly start: number;
    readonly choices: readonly MentionChoice[];
    readonly active: number;
  } | null;
  readonly canSend: boolean;
  /** Characters that may follow, when they get few; below zero it is too long. */
  readonly left: number | null;
  /** Size of a text that was too long for the field, in bytes: it can go as a file. */
  readonly beside: number | null;
  readonly sending: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface ComposerOptions {
  now?: () => number;
  /** What everybody is called, in the person's language. */
  everyone?: () => string;
}

const EMPTY: Field = { text: '', start: 0, end: 0 };
const atEnd = (text: string): Field => ({ text, start: text.length, end: text.length });

/** What is being written in one conversation. */
export class ComposerModel extends Model<ComposerState> {
  readonly #engine: Engine;
  readonly #group: string;
  readonly #now: () => number;
  readonly #everyone: () => string;
  #members: readonly MemberView[] = [];
  #me: string | null = null;
  /** What was being written before an edit began. */
  #aside: { text: string; mode: ComposerMode } | null = null;
  /** A text that was too long for the field. */
  #beside = '';
  /** What was handed out as a file, until it is sent. */
  #filed: { readonly file: File; readonly text: string } | null = null;
  #saved = '';
  #dismissed = -1;
  #draftTimer: ReturnType<typeof setTimeout> | undefined;
  #stop: () => void = () => undefined;
  #typingAt = Number.NEGATIVE_INFINITY;

  constructor(engine: Engine, group: string, options: ComposerOptions = {}) {
    super({
      field: EMPTY,
      mode: { type: 'new' },
      mention: null,
      canSend: false,
      left: null,
      beside: null,
      sending: false,
      error: null,
    });
    this.#engine = engine;
    this.#group = group;
    this.#now = options.now ?? Date.now;
    this.#everyone = options.everyone ?? (() => 'everyone');
  }

  /** Takes up the draft. */
  async open(conversation: ConversationView | null): Promise<void> {
    this.#stop();
    this.#stop = this.#engine.onEvent((event) => {
      if (event.type === 'message') this.#follow(event.message.id, event.message);
      else if (event.type === 'message_gone') this.#follow(event.message, undefined);
    });
    const draft = conversation?.draft;
    if (!draft || this.getSnapshot().field.text !== '') return;
    this.#saved = key(draft.text, draft.reply_to);
    let mode: ComposerMode = { type: 'new' };
    if (draft.reply_to !== null) {
      const found = await this.#engine.ask({ type: 'message', message: draft.reply_to });
      if (found) mode = replyTo(found.message);
    }
    if (this.getSnapshot().field.text === '') this.#change(atEnd(draft.text), { mode });
  }

  /** The person looks elsewhere: the draft is kept now, because the page may end at any time. */
  keep(): void {
    this.#saveDraft();
  }

  close(): void {
    this.#stop();
    this.#saveDraft();
    this.#typing(false);
  }

  people(members: readonly MemberView[], me: string | null): void {
    this.#members = members;
    this.#me = me;
  }

  /** Every key. */
  input(field: Field): void {
    const had = this.getSnapshot().field.text;
    if (field.text.length > FIELD_MAX_CHARS && field.text.length > had.length) {
      // Dropped, or written by another program: the field stays as it was.
      this.#putBeside(field.text);
      return;
    }
    this.#change(field);
    if (field.text !== had) this.#typing(field.text.trim() !== '');
  }

  /** Whether a paste is too long for the field and was taken up beside it. */
  paste(text: string): boolean {
    const { field } = this.getSnapshot();
    if (field.text.length - (field.end - field.start) + text.length <= FIELD_MAX_CHARS) return false;
    this.#putBeside(text);
    return true;
  }

  /** The text that is too long as a file; what stands in the field stays until {@link filesSent} tells that it went. */
  asFile(): File {
    const { field, beside } = this.getSnapshot();
    const text = beside === null ? field.text : this.#beside;
    const file = new File([text], 'text.txt', { type: 'text/plain' });
    this.#filed = beside === null ? { file, text } : null;
    this.forgetBeside();
    return file;
  }

  forgetBeside(): void {
    this.#beside = '';
    this.set({ beside: null });
  }

  /** Files went out: the reply is used up, and so is a text that was among them. */
  filesSent(files: readonly File[]): void {
    this.takeReply();
    const filed = this.#filed;
    if (!filed || !files.includes(filed.file)) return;
    this.#filed = null;
    const { field, mode } = this.getSnapshot();
    if (mode.type !== 'edit' && field.text === filed.text) this.#change(EMPTY);
  }

  /** The caret moved. */
  select(start: number, end: number): void {
    const { field } = this.getSnapshot();
    if (field.start === start && field.end === end) return;
    this.#change({ ...field, start, end });
  }

  format(format: Format): void {
    this.#change(toggleFormat(this.getSnapshot().field, format));
  }
  insert(words: string): void {
    this.#change(insert(this.getSnapshot().field, words));
    this.#typing(true);
  }
  newLine(): void {
    this.#change(newLine(this.getSnapshot().field));
  }

  moveMention(step: 1 | -1): void {
    const { mention } = this.getSnapshot();
    if (!mention) return;
    const count = mention.choices.length;
    this.set({ mention: { ...mention, active: (mention.active + step + count) % count } });
  }
  takeMention(choice?: MentionChoice): void {
    const { mention, field } = this.getSnapshot();
    const taken = choice ?? mention?.choices[mention.active];
    if (mention && taken) this.#change(insertMention(field, mention.start, taken));
  }
  dismissMention(): void {
    this.#dismissed = this.getSnapshot().mention?.start ?? -1;
    this.set({ mention: null });
  }

  reply(message: MessageView): void {
    this.#endEdit();
    this.#change(this.getSnapshot().field, { mode: replyTo(message) });
  }

  edit(message: MessageView): void {
    if (message.body.type !== 'text') return;
    const { mode, field } = this.getSnapshot();
    if (mode.type !== 'edit') this.#aside = { text: field.text, mode };
    const text = editable(message.body.text, (user) => handleOf(user, this.#members));
    this.#change(atEnd(text), { mode: { type: 'edit', message: message.id, original: text } });
  }

  /** Gives up a reply or an edit. False when there is none. */
  cancel(): boolean {
    const { mode, field } = this.getSnapshot();
    if (mode.type === 'new') return false;
    if (mode.type === 'edit') this.#endEdit();
    else this.#change(field, { mode: { type: 'new' } });
    return true;
  }

  /** A message that is answered or edited here was changed, or is gone: its words stay in sight no longer than it. */
  #follow(id: string, message: MessageView | undefined): void {
    const gone = message === undefined || message.body.type === 'deleted';
    const aside = this.#aside;
    if (aside?.mode.type === 'reply' && aside.mode.message === id) {
      this.#aside = { ...aside, mode: gone ? { type: 'new' } : replyTo(message) };
    }
    const { mode, field } = this.getSnapshot();
    if (mode.type === 'new' || mode.message !== id) return;
    if (gone) this.cancel();
    else if (mode.type === 'reply' && mode.line !== lineOf(message)) this.#change(field, { mode: replyTo(message) });
  }

  /** Sends, or changes what is edited. False when there was nothing to send or it failed. */
  async send(): Promise<boolean> {
    const { field, mode, canSend } = this.getSnapshot();
    if (!canSend) return false;
    const text = field.text.trim();
    this.set({ sending: true, error: null });
    try {
      if (mode.type === 'edit') {
        if (text !== mode.original.trim()) await this.#command({ type: 'edit', message: mode.message, text });
        this.#endEdit();
      } else {
        // The field is free at once: who writes fast must not wait for the worker.
        this.#typing(false);
        this.#change(EMPTY, { mode: { type: 'new' } });
        try {
          await this.#command({ type: 'text', text, reply_to: mode.type === 'reply' ? mode.message : null });
        } catch (error) {
          // Give it back, before what was written meanwhile.
          const now = this.getSnapshot().field.text;
          this.#change(atEnd(now === '' ? field.text : `${field.text}\n${now}`), { mode });
          throw error;
        }
        this.#saveDraft();
      }
      this.set({ sending: false });
      return true;
    } catch (error) {
      const { code, message } = error instanceof EngineError ? error : { code: 'crashed', message: String(error) };
      this.set({ sending: false, error: { code, message } });
      return false;
    }
  }

  /** What files are sent as a reply to; the reply is over then. */
  takeReply(): string | undefined {
    const { mode, field } = this.getSnapshot();
    if (mode.type !== 'reply') return undefined;
    this.#change(field, { mode: { type: 'new' } });
    return mode.message;
  }

  async #command(draft: Extract<Parameters<Engine['command']>[0], { type: 'send' }>['draft']): Promise<void> {
    await this.#engine.command({ type: 'send', group: this.#group, draft });
  }

  #putBeside(text: string): void {
    this.#beside = text;
    // Its size as a file; the words themselves stay out of what is drawn.
    this.set({ beside: new Blob([text]).size });
  }

  #endEdit(): void {
    if (this.getSnapshot().mode.type !== 'edit') return;
    const before = this.#aside;
    this.#aside = null;
    this.#change(atEnd(before?.text ?? ''), { mode: before?.mode ?? { type: 'new' } });
  }

  #change(field: Field, more: Partial<ComposerState> = {}): void {
    const mode = more.mode ?? this.getSnapshot().mode;
    const at = mentionAt(field);
    if (at?.start !== this.#dismissed) this.#dismissed = -1;
    const choices =
      at && at.start !== this.#dismissed ? mentionChoices(at.query, this.#members, this.#me, this.#everyone()) : [];
    const text = field.text.trim();
    const left = charsLeft(text);
    this.set({
      ...more,
      field,
      mention: at && choices.length > 0 ? { start: at.start, choices, active: 0 } : null,
      canSend: text !== '' && (left === null || left >= 0),
      left,
      error: null,
    });
    if (mode.type === 'edit') return;
    clearTimeout(this.#draftTimer);
    this.#draftTimer = setTimeout(() => this.#saveDraft(), DRAFT_DELAY_MS);
  }

  #saveDraft(): void {
    clearTimeout(this.#draftTimer);
    const state = this.getSnapshot();
    const { text, mode } =
      state.mode.type === 'edit'
        ? (this.#aside ?? { text: '', mode: state.mode })
        : { ...state.field, mode: state.mode };
    const reply = mode.type === 'reply' ? mode.message : null;
    const words = text.trim() === '' ? '' : text;
    if (key(words, reply) === this.#saved || (words === '' && this.#saved === '')) return;
    this.#saved = words === '' ? '' : key(words, reply);
    // A draft that couldn't be kept is still in the field.
    this.#engine.command({ type: 'save_draft', group: this.#group, text: words, reply_to: reply }).catch(() => {
      this.#saved = '';
    });
  }

  #typing(on: boolean): void {
    const now = this.#now();
    if (on && now - this.#typingAt < TYPING_EVERY_MS) return;
    if (!on && this.#typingAt === Number.NEGATIVE_INFINITY) return;
    this.#typingAt = on ? now : Number.NEGATIVE_INFINITY;
    this.#engine.command({ type: 'typing', group: this.#group, on }).catch(() => undefined);
  }
}

/** Counted only where it matters: a text of fewer units has fewer characters, too. */
function charsLeft(text: string): number | null {
  if (text.length < COUNTED_FROM_CHARS) return null;
  let chars = 0;
  for (let at = 0; at < text.length; at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) chars += 1;
  return chars < COUNTED_FROM_CHARS ? null : TEXT_MAX_CHARS - chars;
}

const key = (text: string, reply: string | null): string => `${reply ?? ''}\n${text}`;

function replyTo(message: MessageView): ComposerMode {
  return { type: 'reply', message: message.id, name: message.sender_name, line: lineOf(message) };
}
