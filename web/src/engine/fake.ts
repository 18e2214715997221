/**
 * An engine in memory with a believable office in it. For tests and the gallery only.
 *
 * **Invariant:** never in the shipped bundle (bundle.test.ts).
 */
import type { AccountView, Answers, Command, CommandResult, Event, MessageView, Query } from '../api';
import { EngineError, type Engine, type Lock, type OutgoingFile, type Status, type Transfer } from './engine';
import {
  devices,
  DOMAIN,
  fileBody,
  lineOf,
  makeConversations,
  makeMembers,
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
  leaseHours = 12;
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
    return this.#answer(query) as Answers[Q['type']];
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
    this.leaseHours = hours;
  }

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
    const found = this.#find(message);
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

  #find(id: string): { group: string; message: MessageView } | undefined {
    for (const [group, list] of this.#messages) {
      const message = list.find((one) => one.id === id);
      if (message) return { group, message };
    }
    return undefined;
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
    this.emit({ type: 'message', group, message: this.#view(placed), new: isNew });
    this.emit({ type: 'conversation_changed', group });
  }

  #replace(id: string, change: (message: MessageView) => MessageView): void {
    const found = this.#find(id);
    if (!found) throw new EngineError('no_such_message', 'There is no such message on this device.');
    const message = change(found.message);
    const list = this.#messages.get(found.group) ?? [];
    this.#messages.set(
      found.group,
      list.map((one) => (one.id === id ? message : one)),
    );
    this.emit({ type: 'message', group: found.group, message: this.#view(message), new: false });
  }

  /** With the line of what it replies to. */
  #view(message: MessageView): MessageView {
    if (message.reply_to === null) return message;
    const to = this.#find(message.reply_to);
    return { ...message, reply: to ? lineOf(to.message) : null };
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
        const found = this.#find(draft.message);
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
        const found = this.#find(draft.message);
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
        const part = command.query.toLocaleLowerCase();
        return {
          type: 'people',
          people: people.filter((one) => `${one.name} ${one.user}`.toLocaleLowerCase().includes(part)),
        };
      }
      default:
        return { type: 'done' };
    }
  }

  #page(query: Extract<Query, { type: 'messages' }>): Answers['messages'] {
    const list = this.#messages.get(query.group) ?? [];
    const at = (place: number | string | null | undefined) =>
      place === null || place === undefined ? -1 : list.findIndex((one) => one.id === place || one.seq === place);
    const before = at(query.before);
    const after = at(query.after);
    const around = at(query.around);
    let start = Math.max(0, list.length - query.limit);
    if (before >= 0) start = Math.max(0, before - query.limit);
    else if (after >= 0) start = after + 1;
    else if (around >= 0) start = Math.max(0, around - Math.floor(query.limit / 2));
    const end = before >= 0 ? before : Math.min(list.length, start + query.limit);
    const unread = this.#conversations.find((one) => one.group === query.group)?.unread ?? 0;
    return {
      messages: list.slice(start, end).map((one) => this.#view(one)),
      older: start > 0,
      newer: end < list.length,
      first_seq: list[0]?.seq ?? 0,
      last_seq: list.at(-1)?.seq ?? 0,
      first_unread: unread > 0 ? (list[list.length - unread]?.id ?? null) : null,
    };
  }

  #answer(query: Query): Answers[Query['type']] {
    switch (query.type) {
      case 'account':
        return this.#joined ? FAKE_ACCOUNT : null;
      case 'revoked':
        return this.#status.phase === 'revoked';
      case 'conversations':
        return this.#conversations;
      case 'conversation':
        return this.#conversations.find((one) => one.group === query.group) ?? null;
      case 'members':
        return makeMembers(query.group);
      case 'messages':
        return this.#page(query);
      case 'message':
        return this.#find(query.message) ?? null;
      case 'message_info': {
        const found = this.#find(query.message);
        if (!found) return null;
        const others = makeMembers(found.group).filter((one) => one.user !== found.message.sender);
        return {
          message: this.#view(found.message),
          has_receipts: true,
          receipts: others.map((one) => {
            const delivered = found.message.seq > 0 && one.delivered_seq >= found.message.seq;
            const read = found.message.seq > 0 && one.read_seq >= found.message.seq;
            return {
              user: one.user,
              name: one.name,
              picture: null,
              delivered,
              delivered_at_ms: delivered ? found.message.at_ms + 60_000 : null,
              read,
              read_at_ms: read ? found.message.at_ms + 240_000 : null,
            };
          }),
        };
      }
      case 'starred':
        return [...this.#messages]
          .filter(([group]) => !query.group || query.group === group)
          .flatMap(([group, list]) => list.filter((one) => one.starred).map((message) => ({ group, message })))
          .slice(0, query.limit);
      case 'picture':
        return null;
      case 'audience': {
        const members = makeMembers(query.group);
        return {
          members: members.filter((one) => one.kind === 'member').length,
          outsiders: members.filter((one) => one.kind === 'guest'),
          bots: members.filter((one) => one.kind === 'bot'),
          recorders: members.filter((one) => one.kind === 'recorder'),
          devices: members.reduce((sum, one) => sum + one.devices, 0),
          message_seconds: this.#conversations.find((one) => one.group === query.group)?.message_seconds ?? null,
          policy: null,
        };
      }
      case 'search': {
        const part = query.text.toLocaleLowerCase();
        return [...this.#messages]
          .filter(([group]) => query.group === undefined || query.group === null || query.group === group)
          .flatMap(([group, list]) => list.map((message) => ({ group, message })))
          .filter(({ message }) => message.body.type === 'text' && message.body.text.toLocaleLowerCase().includes(part))
          .reverse()
          .slice(0, query.limit);
      }
      case 'devices':
        return this.#devices;
      case 'safety_number':
        return {
          user: query.user,
          digits: '48213 90571 66204 18839 75016 32948 50127 88463 09315 47720 61958 23604',
          verified: this.#verified.has(query.user),
        };
      case 'policy':
        return {
          domain: DOMAIN,
          version: 3,
          suite: 'hybrid',
          file_max_bytes: 2_147_483_648,
          file_days: 90,
          file_quota_bytes: 21_474_836_480,
          log_days: 30,
          message_max_seconds: null,
          issued_at: Math.floor(NOW_MS / 1000),
        };
      case 'group_link':
        return this.groupLinks.get(query.group) ?? null;
      case 'join_link':
        return query.link === FAKE_GROUP_LINK ? this.joinLink : null;
      case 'warnings':
      case 'links':
        return [];
      case 'waiting':
        return this.#conversations.reduce((sum, one) => sum + one.waiting, 0);
      default:
        return null;
    }
  }
}

function listen<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
