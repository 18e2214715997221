/**
 * An engine in memory with a believable office in it. For tests and the gallery only.
 *
 * **Invariant:** never in the shipped bundle (bundle.test.ts).
 */
import type { AccountView, Answers, Command, CommandResult, Event, MessageView, Query } from '../api';
import { EngineError, type Engine, type Lock, type OutgoingFile, type Status, type Transfer } from './engine';
import { finds } from '../models/folding';
import { answerOf, findMessage, type Office, viewOf } from './fake-answers';
import {
  devices,
  DOMAIN,
  fileBody,
  lineOf,
  makeConversations,
  makeMessages,
  ME,
  message,
  NOW_MS,
  nameOf,
  people,
  previewOf,
} from './fake-office';

export const FAKE_PIN = '482913';
export const FAKE_INVITATION = `https://chat.${DOMAIN}/i#AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAgICAgICAgICAgICAgICAg`;
export const FAKE_DEVICE_LINK = `https://chat.${DOMAIN}/l#AQMDAwMDAwMDAwMDAwMDAwMEBAQEBAQEBAQEBAQEBAQEBQUFBQUFBQUFBQUFBQUFBQ`;

export const FAKE_ACCOUNT: AccountView = {
  user: ME,
  name: nameOf(ME),
  device: devices[0]?.device ?? '',
  label: devices[0]?.label ?? '',
  organisation: 'Lindenhof Studios',
  relay: `https://chat.${DOMAIN}/`,
  root_fingerprint: '7a1f09c35be2d84461aa3c9017f25e8db0466c13fe92a75d3810cb5742e96fd0',
  policy_version: 3,
  picture: null,
};

export const FAKE_GROUP_LINK = `https://chat.${DOMAIN}/g#AQYGBgYGBgYGBgYGBgYGBgYAAAAAAAAAAAAAAAAAAAABcHJpeWFAbGluZGVuaG9mLmV4YW1wbGUvbGluZGVuaG9mLmV4YW1wbGUv`;

export interface FakeOptions {
  status?: Status;
  /** Has an account already; otherwise the store is empty. */
  joined?: boolean;
  methods?: ('passkey' | 'pin')[];
  /** Instead of the office's. */
  messages?: Map<string, MessageView[]>;
}

export class FakeEngine implements Engine {
  #status: Status;
  #joined: boolean;
  #methods: ('passkey' | 'pin')[];
  #pin = FAKE_PIN;
  #attemptsLeft = 5;
  #persisted = false;
  #devices = [...devices];
  #verified = new Set<string>();
  #messages: Map<string, MessageView[]>;
  #conversations: Answers['conversations'];
  #transfers: Transfer[] = [];
  #sent = 0;
  readonly #failures: EngineError[] = [];
  readonly #statusListeners = new Set<() => void>();
  readonly #eventListeners = new Set<(event: Event) => void>();
  readonly #transferListeners = new Set<() => void>();
  /** What was asked for, in order. */
  readonly commands: Command[] = [];
  #leaseHours = 8;
  /** Links into groups, by group. */
  readonly groupLinks = new Map<string, string>();
  /** What came of {@link FAKE_GROUP_LINK}. */
  joinLink: Answers['join_link'] = null;

  constructor(options: FakeOptions = {}) {
    this.#joined = options.joined ?? true;
    this.#status = options.status ?? (this.#joined ? { phase: 'ready', connection: 'online' } : { phase: 'new' });
    this.#methods = options.methods ?? ['pin'];
    this.#messages = options.messages ?? makeMessages();
    this.#conversations = makeConversations(this.#messages);
  }

  // What a test or the gallery does to it.

  setStatus(status: Status): void {
    this.#status = status;
    for (const listener of [...this.#statusListeners]) listener();
  }
  emit(event: Event): void {
    for (const listener of [...this.#eventListeners]) listener(event);
  }
  /** The next command or lock operation is rejected. */
  failNext(code: string, message = code): void {
    this.#failures.push(new EngineError(code, message));
  }
  setTransfers(transfers: Transfer[]): void {
    this.#transfers = transfers;
    for (const listener of [...this.#transferListeners]) listener();
  }
  /** A message of somebody else comes in. */
  receive(group: string, message: MessageView): void {
    this.#append(group, message, true);
  }

  // The seam.

  readonly status = (): Status => this.#status;
  readonly onStatus = (listener: () => void) => listen(this.#statusListeners, listener);
  readonly onEvent = (listener: (event: Event) => void) => listen(this.#eventListeners, listener);
  readonly onTransfers = (listener: () => void) => listen(this.#transferListeners, listener);
  readonly transfers = (): readonly Transfer[] => this.#transfers;

  async command(command: Command): Promise<CommandResult> {
    await this.#step();
    this.commands.push(command);
    return this.#carryOut(command);
  }

  async ask<Q extends Query>(query: Q): Promise<Answers[Q['type']]> {
    await Promise.resolve();
    return answerOf(this.#office(), query) as Answers[Q['type']];
  }

  async create(lock: Lock): Promise<void> {
    await this.#step();
    this.#remember(lock);
    this.setStatus({ phase: 'ready', connection: 'online' });
  }

  async unlock(lock: Lock): Promise<void> {
    await this.#step();
    this.#check(lock);
    this.setStatus({ phase: 'ready', connection: 'online' });
  }

  async confirmPresence(lock: Lock): Promise<void> {
    await this.#step();
    this.#check(lock);
  }

  readonly lockMethods = () => Promise.resolve(this.#methods);

  async changeLock(current: Lock, next: Lock): Promise<void> {
    await this.#step();
    this.#check(current);
    this.#remember(next);
  }

  async setLease(hours: number): Promise<void> {
    await this.#step();
    this.#leaseHours = hours;
  }

  readonly leaseHours = () => Promise.resolve(this.#leaseHours);

  async lock(): Promise<void> {
    await this.#step();
    this.setStatus({ phase: 'locked', methods: this.#methods });
  }

  async erase(): Promise<void> {
    await this.#step();
    this.#joined = false;
    this.setStatus({ phase: 'new' });
  }

  async sendFile(group: string, file: OutgoingFile, caption: string, replyTo?: string): Promise<string> {
    await this.#step();
    const message = this.#own(
      fileBody(file.name, file.mediaType, file.file.size, {
        caption,
        thumbnail: file.thumbnail !== undefined,
        width: file.width ?? null,
        height: file.height ?? null,
        duration_ms: file.durationMs ?? null,
        waveform: file.waveform ?? null,
      }),
      replyTo,
    );
    const transfer = `up-${message.id}`;
    this.setTransfers([
      ...this.#transfers,
      { id: transfer, direction: 'up', state: 'done', done: file.file.size, total: file.file.size },
    ]);
    this.#append(group, message, true);
    return transfer;
  }

  pauseTransfer(id: string): void {
    this.#changeTransfer(id, 'paused');
  }
  resumeTransfer(id: string): void {
    this.#changeTransfer(id, 'running');
  }
  cancelTransfer(id: string): void {
    this.setTransfers(this.#transfers.filter((transfer) => transfer.id !== id));
  }

  async openFile(
    message: string,
    onProgress?: (done: number, total: number) => void,
    signal?: AbortSignal,
  ): Promise<Blob> {
    await this.#step();
    if (signal?.aborted) throw new EngineError('cancelled', 'The download was cancelled.');
    const found = findMessage(this.#messages, message);
    if (found?.message.body.type !== 'file')
      throw new EngineError('no_such_message', 'There is no such file on this device.');
    onProgress?.(found.message.body.size, found.message.body.size);
    return new Blob([found.message.body.name], { type: found.message.body.media_type });
  }

  readonly thumbnail = (): Promise<Blob | undefined> => Promise.resolve(undefined);
  readonly mediaUrl = (message: string): string => `/media/${message}`;
  readonly storage = () =>
    Promise.resolve({ usedBytes: 186_400_000, quotaBytes: 12_000_000_000, persisted: this.#persisted });
  readonly persist = () => {
    this.#persisted = true;
    return Promise.resolve(true);
  };

  async #step(): Promise<void> {
    await Promise.resolve();
    const failure = this.#failures.shift();
    if (failure) throw failure;
  }

  #office(): Office {
    return {
      account: this.#joined ? FAKE_ACCOUNT : null,
      isRevoked: this.#status.phase === 'revoked',
      conversations: this.#conversations,
      messages: this.#messages,
      devices: this.#devices,
      verified: this.#verified,
      groupLinks: this.groupLinks,
      joinLink: (link) => (link === FAKE_GROUP_LINK ? this.joinLink : null),
    };
  }

  #remember(lock: Lock): void {
    if ('pin' in lock) {
      this.#pin = lock.pin;
      this.#methods = ['pin'];
    } else {
      this.#methods = ['passkey'];
    }
  }

  #check(lock: Lock): void {
    if ('pin' in lock && lock.pin !== this.#pin) {
      this.#attemptsLeft -= 1;
      if (this.#status.phase === 'locked') this.setStatus({ ...this.#status, attemptsLeft: this.#attemptsLeft });
      throw new EngineError('wrong_pin', 'This PIN is not the right one.');
    }
    this.#attemptsLeft = 5;
  }

  #changeTransfer(id: string, state: Transfer['state']): void {
    this.setTransfers(this.#transfers.map((transfer) => (transfer.id === id ? { ...transfer, state } : transfer)));
  }

  #own(body: MessageView['body'], replyTo?: string | null): MessageView {
    this.#sent += 1;
    return message({
      seq: 0,
      sender: ME,
      at_ms: NOW_MS + this.#sent * 1000,
      body,
      reply_to: replyTo ?? null,
      mentions: people
        .filter((one) => body.type === 'text' && body.text.includes(`@${one.user}`))
        .map((one) => one.user),
      state: 'sent',
    });
  }

  #append(group: string, message: MessageView, isNew: boolean): void {
    const list = this.#messages.get(group) ?? [];
    const placed = { ...message, seq: (list.at(-1)?.seq ?? 0) + 1 };
    this.#messages.set(group, [...list, placed]);
    this.#conversations = this.#conversations
      .map((one) =>
        one.group === group
          ? {
              ...one,
              preview: previewOf(placed),
              last: lineOf(placed),
              last_at_ms: placed.at_ms,
              archived: one.archived && one.muted_until_ms !== null,
              unread: placed.sender === ME ? 0 : one.unread + 1,
            }
          : one,
      )
      .sort((a, b) => b.last_at_ms - a.last_at_ms);
    this.emit({ type: 'message', group, message: viewOf(this.#messages, placed), new: isNew });
    this.emit({ type: 'conversation_changed', group });
  }

  #replace(id: string, change: (message: MessageView) => MessageView): void {
    const found = findMessage(this.#messages, id);
    if (!found) throw new EngineError('no_such_message', 'There is no such message on this device.');
    const message = change(found.message);
    const list = this.#messages.get(found.group) ?? [];
    this.#messages.set(
      found.group,
      list.map((one) => (one.id === id ? message : one)),
    );
    this.emit({ type: 'message', group: found.group, message: viewOf(this.#messages, message), new: false });
  }

  #changeConversation(group: string, change: Partial<Answers['conversations'][number]>): CommandResult {
    this.#conversations = this.#conversations.map((one) => (one.group === group ? { ...one, ...change } : one));
    this.emit({ type: 'conversation_changed', group });
    return { type: 'done' };
  }

  #send(group: string, draft: Extract<Command, { type: 'send' }>['draft']): CommandResult {
    switch (draft.type) {
      case 'text': {
        const message = this.#own({ type: 'text', text: draft.text }, draft.reply_to);
        this.#append(group, message, true);
        return { type: 'queued', message: message.id };
      }
      case 'edit':
        this.#replace(draft.message, (old) => ({ ...old, body: { type: 'text', text: draft.text }, edited: true }));
        return { type: 'queued', message: draft.message };
      case 'delete': {
        const found = findMessage(this.#messages, draft.message);
        if (found?.message.seq === 0) {
          // It was never sent: it is taken back.
          this.#messages.set(
            group,
            (this.#messages.get(group) ?? []).filter((one) => one.id !== draft.message),
          );
          this.emit({ type: 'message_gone', group, message: draft.message });
          return { type: 'done' };
        }
        this.#replace(draft.message, (old) => ({ ...old, body: { type: 'deleted' }, reactions: [] }));
        return { type: 'queued', message: draft.message };
      }
      case 'react':
        this.#replace(draft.message, (old) => {
          const others = old.reactions.map(([emoji, users]): [string, string[]] => [
            emoji,
            emoji === draft.emoji ? users.filter((user) => user !== ME) : users,
          ]);
          const had = others.find(([emoji]) => emoji === draft.emoji);
          if (draft.on && had) had[1].push(ME);
          if (draft.on && !had) others.push([draft.emoji, [ME]]);
          return { ...old, reactions: others.filter(([, users]) => users.length > 0) };
        });
        return { type: 'queued', message: draft.message };
      case 'forward': {
        const found = findMessage(this.#messages, draft.message);
        if (!found) throw new EngineError('no_such_message', 'There is no such message on this device.');
        const message = { ...this.#own(found.message.body), forwarded: true };
        this.#append(group, message, true);
        return { type: 'queued', message: message.id };
      }
      case 'location':
      case 'contact': {
        const message = this.#own(
          draft.type === 'location'
            ? { ...draft, accuracy_m: draft.accuracy_m ?? null }
            : { ...draft, user: draft.user ?? null },
        );
        this.#append(group, message, true);
        return { type: 'queued', message: message.id };
      }
      case 'file':
        throw new EngineError('empty', 'Files go through sendFile.');
    }
  }

  #carryOut(command: Command): CommandResult {
    switch (command.type) {
      case 'join':
        this.#joined = true;
        return { type: 'joined', user: ME, name: nameOf(ME), organisation: FAKE_ACCOUNT.organisation };
      case 'start_link':
        return { type: 'link_started', link: FAKE_DEVICE_LINK, matching_code: '408517' };
      case 'inspect_link':
        return { type: 'link_inspected', label: 'Chrome on Android', matching_code: '408517' };
      case 'remove_device':
        this.#devices = this.#devices.filter((device) => device.device !== command.device);
        this.emit({ type: 'devices_changed' });
        return { type: 'done' };
      case 'send':
        return this.#send(command.group, command.draft);
      case 'start_direct': {
        const found = this.#conversations.find((one) => one.title === nameOf(command.user));
        return { type: 'conversation', group: found?.group ?? this.#conversations[0]?.group ?? '' };
      }
      case 'start_group': {
        const group = `${(this.#conversations.length + 100).toString(16).padStart(32, '0')}@${DOMAIN}`;
        const made = this.#conversations[0];
        if (made)
          this.#conversations = [
            {
              ...made,
              group,
              kind: 'group',
              title: command.name,
              purpose: command.purpose,
              unread: 0,
              unread_mentions: 0,
              preview: '',
              waiting: 0,
              held: 0,
              needs_repair: false,
              last_at_ms: NOW_MS,
            },
            ...this.#conversations,
          ];
        this.emit({ type: 'conversation_changed', group });
        return { type: 'conversation', group };
      }
      case 'mark_read':
        this.#conversations = this.#conversations.map((one) =>
          one.group === command.group ? { ...one, unread: 0, unread_mentions: 0, marked_unread: false } : one,
        );
        this.emit({ type: 'conversation_changed', group: command.group });
        return { type: 'done' };
      case 'resend':
        this.#replace(command.message, (old) => ({ ...old, state: 'waiting', at_ms: NOW_MS }));
        return { type: 'queued', message: command.message };
      case 'rename':
        this.#conversations = this.#conversations.map((one) =>
          one.group === command.group ? { ...one, title: command.name } : one,
        );
        this.emit({ type: 'conversation_changed', group: command.group });
        return { type: 'done' };
      case 'set_purpose':
        return this.#changeConversation(command.group, { purpose: command.purpose });
      case 'leave':
        return this.#changeConversation(command.group, { state: 'left', role: null });
      case 'pin':
        return this.#changeConversation(command.group, { pinned_at_ms: command.on ? NOW_MS : null });
      case 'mute':
        return this.#changeConversation(command.group, { muted_until_ms: command.until_ms ?? null });
      case 'archive':
        return this.#changeConversation(command.group, { archived: command.on, pinned_at_ms: null });
      case 'mark_unread':
        return this.#changeConversation(command.group, { marked_unread: true });
      case 'save_draft':
        return this.#changeConversation(command.group, {
          draft: command.text === '' ? null : { text: command.text, reply_to: command.reply_to ?? null },
        });
      case 'set_disappearing':
        return this.#changeConversation(command.group, { message_seconds: command.seconds ?? null });
      case 'set_group_link':
        if (command.on)
          this.groupLinks.set(
            command.group,
            this.groupLinks.has(command.group) ? `${FAKE_GROUP_LINK}A` : FAKE_GROUP_LINK,
          );
        else this.groupLinks.delete(command.group);
        this.emit({ type: 'conversation_changed', group: command.group });
        return { type: 'done' };
      case 'join_by_link':
        if (this.joinLink) this.joinLink = { ...this.joinLink, state: 'asked' };
        return { type: 'done' };
      case 'star':
        this.#replace(command.message, (old) => ({ ...old, starred: command.on }));
        return { type: 'done' };
      case 'list_people':
        return {
          type: 'people',
          people: people.filter((one) => !command.after || one.user > command.after),
        };
      case 'verify_contact':
        this.#verified.add(command.user);
        return { type: 'done' };
      case 'find_users': {
        return {
          type: 'people',
          people: people.filter((one) => finds(command.query, `${one.name} ${one.user}`)),
        };
      }
      default:
        return { type: 'done' };
    }
  }
}

function listen<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
