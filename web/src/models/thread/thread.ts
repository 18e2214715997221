import type { ConversationView, Event, MemberView, MessagePage, MessageView } from '../../api';
import type { Engine } from '../../engine/engine';
import { inBackground } from '../background';
import { Batch, Latest, nextFrame, type Schedule } from '../batch';
import { Model } from '../model';
import { same } from '../same';
import { Typists } from '../typists';
import { buildItems, compare, type ThreadItem } from './items';

/** Messages that the first page brings; enough for a tall screen and a little scrolling. */
export const FIRST_PAGE_MESSAGES = 60;
/** Messages of a further page. */
export const PAGE_MESSAGES = 80;
/** Messages kept around the view; what is beyond is asked for again. */
export const WINDOW_MESSAGES = 400;

export interface ThreadState {
  readonly phase: 'loading' | 'ready' | 'missing' | 'failed';
  readonly conversation: ConversationView | null;
  readonly members: readonly MemberView[];
  readonly me: string | null;
  readonly items: readonly ThreadItem[];
  readonly older: boolean;
  readonly newer: boolean;
  readonly loading: 'older' | 'newer' | 'jump' | null;
  /** Names of those who are typing. */
  readonly typing: readonly string[];
  /** Messages that came while the person was reading further up. */
  readonly newBelow: number;
  /** Where the view should go; a new object for each wish. */
  readonly target: { readonly key: string; readonly align: 'start' | 'center' | 'end' } | null;
  readonly highlighted: string | null;
  /** Messages pour in: more than anybody reads. */
  readonly crowded: boolean;
  /** What came last from others, to be read out. */
  readonly arrived: MessageView | null;
}

type Change = { -readonly [K in keyof ThreadState]?: ThreadState[K] };

export interface ThreadOptions {
  schedule?: Schedule;
  /** Open at this message. */
  at?: string;
}

/**
 * A conversation: a window of its messages that moves with the view.
 *
 * **Invariant:** at most {@link WINDOW_MESSAGES} plus a page are held, whatever the conversation's length.
 */
export class ThreadModel extends Model<ThreadState> {
  readonly group: string;
  /** The message that it was opened at. */
  readonly at: string | undefined;
  readonly #engine: Engine;
  #messages: MessageView[] = [];
  #items = new Map<string, ThreadItem>();
  #firstUnread: string | null = null;
  #unreadCount = 0;
  #atEnd = true;
  /** The person wrote something and wants to see it. */
  #toEnd = false;
  /** Nobody sees it before a view says so. */
  #visible = false;
  #closed = false;
  #started: Promise<void> | undefined;
  /** Counts replacements of the window: an answer for an older one is dropped. */
  #round = 0;
  #waiting: { message: MessageView; isNew: boolean }[] = [];
  readonly #batch: Batch;
  /** Messages that quote one that was changed. */
  readonly #quoting = new Set<string>();
  readonly #quotes: Latest;
  readonly #marks: Latest;
  readonly #about: Latest;
  readonly #history: Latest;
  readonly #typists: Typists;
  readonly #stop: () => void;

  constructor(engine: Engine, group: string, options: ThreadOptions = {}) {
    super({
      phase: 'loading',
      conversation: null,
      members: [],
      me: null,
      items: [],
      older: false,
      newer: false,
      loading: null,
      typing: [],
      newBelow: 0,
      target: null,
      highlighted: null,
      crowded: false,
      arrived: null,
    });
    this.#engine = engine;
    this.group = group;
    this.at = options.at;
    this.#batch = new Batch(options.schedule ?? nextFrame, (crowded) => this.#apply(crowded));
    this.#quotes = new Latest(() => this.#refreshQuotes());
    this.#marks = new Latest(() => this.#refreshStates());
    this.#about = new Latest(() => this.#refreshAbout());
    this.#history = new Latest(() => this.#takeInHistory());
    this.#typists = new Typists(() => this.#showTyping());
    this.#stop = engine.onEvent((event) => this.#on(event));
  }

  /** Opens it, once. */
  start(): Promise<void> {
    this.#started ??= this.open();
    return this.#started;
  }

  async open(): Promise<void> {
    const group = this.group;
    try {
      // All at once: each answer is a way to the worker and back.
      const [account, conversation, members, opened] = await Promise.all([
        this.#engine.ask({ type: 'account' }),
        this.#engine.ask({ type: 'conversation', group }),
        this.#engine.ask({ type: 'members', group }),
        this.#engine.ask({
          type: 'messages',
          group,
          ...(this.at === undefined ? {} : { around: this.at }),
          limit: FIRST_PAGE_MESSAGES,
        }),
      ]);
      if (!conversation) {
        this.set({ phase: 'missing' });
        return;
      }
      let page = opened;
      const unread = page.first_unread;
      const here = (id: string) => page.messages.some((message) => message.id === id);
      if (this.at === undefined && unread !== null && !here(unread))
        page = await this.#engine.ask({ type: 'messages', group, around: unread, limit: FIRST_PAGE_MESSAGES });
      if (this.#closed) return;
      this.#firstUnread = unread;
      this.#unreadCount = conversation.unread;
      const target =
        this.at !== undefined && here(this.at)
          ? ({ key: this.at, align: 'center' } as const)
          : unread !== null
            ? ({ key: 'unread', align: 'start' } as const)
            : null;
      this.#atEnd = target === null;
      this.#messages = page.messages;
      this.#build({
        phase: 'ready',
        me: account?.user ?? null,
        conversation,
        members,
        older: page.older,
        newer: page.newer,
        target,
        highlighted: target?.align === 'center' ? target.key : null,
      });
    } catch {
      this.set({ phase: 'failed' });
    }
  }

  close(): void {
    this.#closed = true;
    this.#stop();
    this.#typists.close();
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  message(id: string): MessageView | undefined {
    return this.#messages.find((message) => message.id === id);
  }

  /** The newest own message that can still be edited, if it is in reach. */
  lastOwn(): MessageView | undefined {
    const { me } = this.getSnapshot();
    return this.#messages.findLast((message) => message.sender === me && message.body.type === 'text');
  }

  async loadOlder(): Promise<void> {
    const first = this.#messages[0];
    const { older, loading } = this.getSnapshot();
    if (!older || loading !== null || !first) return;
    await this.#page('older', { before: first.id }, (page) => {
      const joined = merge(page.messages, this.#messages);
      const cut = joined.length > WINDOW_MESSAGES;
      this.#messages = cut ? joined.slice(0, WINDOW_MESSAGES) : joined;
      this.#build({ older: page.older, newer: this.getSnapshot().newer || cut });
    });
  }

  async loadNewer(): Promise<void> {
    const last = this.#messages.at(-1);
    const { newer, loading } = this.getSnapshot();
    if (!newer || loading !== null || !last) return;
    await this.#page('newer', { after: last.id }, (page) => {
      const joined = merge(this.#messages, page.messages);
      const cut = joined.length > WINDOW_MESSAGES;
      this.#messages = cut ? joined.slice(joined.length - WINDOW_MESSAGES) : joined;
      this.#build({ newer: page.newer, older: this.getSnapshot().older || cut });
    });
  }

  /** Shows a message and highlights it. False when it isn't on this device. */
  async jumpTo(id: string): Promise<boolean> {
    if (!this.message(id)) {
      const found = await this.#engine.ask({ type: 'message', message: id });
      if (found?.group !== this.group) return false;
      await this.#replaceWindow({ around: id });
    }
    if (!this.message(id)) return false;
    this.#atEnd = false;
    this.set({ target: { key: id, align: 'center' }, highlighted: id });
    return true;
  }

  async jumpToEnd(): Promise<void> {
    if (this.getSnapshot().newer) await this.#replaceWindow({});
    const last = this.getSnapshot().items.at(-1);
    this.#atEnd = true;
    this.set({ newBelow: 0, target: last ? { key: last.key, align: 'end' } : null });
    this.#read();
  }

  clearHighlight(): void {
    if (this.getSnapshot().highlighted !== null) this.set({ highlighted: null });
  }

  /** The view reached the target: it must not be pulled there again. */
  arrivedAtTarget(): void {
    if (this.getSnapshot().target !== null) this.set({ target: null });
  }

  /** The view tells whether its end is at the thread's end, and whether a person can see it. */
  view(change: { atEnd?: boolean; visible?: boolean }): void {
    this.#atEnd = change.atEnd ?? this.#atEnd;
    this.#visible = change.visible ?? this.#visible;
    if (this.#atEnd && !this.getSnapshot().newer) {
      if (this.getSnapshot().newBelow > 0) this.set({ newBelow: 0 });
      this.#read();
    }
  }

  react(message: MessageView, emoji: string): Promise<void> {
    const { me } = this.getSnapshot();
    const mine = message.reactions.some(([one, users]) => one === emoji && me !== null && users.includes(me));
    return this.#send({ type: 'react', message: message.id, emoji, on: !mine });
  }
  delete(message: string): Promise<void> {
    return this.#send({ type: 'delete', message });
  }
  async star(message: string, on: boolean): Promise<void> {
    await this.#engine.command({ type: 'star', message, on });
    const found = await this.#engine.ask({ type: 'message', message });
    if (found) this.#put(found.message, false);
  }
  /** Sends what the relay refused once more. */
  async retry(message: MessageView): Promise<void> {
    await this.#engine.command({ type: 'resend', message: message.id });
  }

  async #send(draft: Extract<Parameters<Engine['command']>[0], { type: 'send' }>['draft']): Promise<void> {
    await this.#engine.command({ type: 'send', group: this.group, draft });
  }

  async #page(
    side: 'older' | 'newer',
    place: { before?: string; after?: string },
    use: (page: MessagePage) => void,
  ): Promise<void> {
    this.set({ loading: side });
    const round = this.#round;
    try {
      const page = await this.#engine.ask({ type: 'messages', group: this.group, limit: PAGE_MESSAGES, ...place });
      if (round === this.#round && !this.#closed) use(page);
    } finally {
      if (round === this.#round) this.set({ loading: null });
    }
  }

  async #replaceWindow(place: { around?: string }, limit = FIRST_PAGE_MESSAGES): Promise<void> {
    this.#round += 1;
    const round = this.#round;
    this.set({ loading: 'jump' });
    try {
      const page = await this.#engine.ask({
        type: 'messages',
        group: this.group,
        limit,
        ...place,
      });
      if (round !== this.#round || this.#closed) return;
      this.#messages = page.messages;
      this.#build({ older: page.older, newer: page.newer });
    } finally {
      if (round === this.#round) this.set({ loading: null });
    }
  }

  /** What was said before this device was linked came in, and may belong anywhere: what is in the window is asked for again. */
  async #takeInHistory(): Promise<void> {
    const { phase, newer } = this.getSnapshot();
    if (phase === 'missing') return this.open();
    if (phase !== 'ready') return;
    const middle = this.#messages[Math.floor(this.#messages.length / 2)];
    const place = (this.#atEnd && !newer) || !middle ? {} : { around: middle.id };
    await this.#replaceWindow(place, Math.max(FIRST_PAGE_MESSAGES, this.#messages.length));
  }

  #on(event: Event): void {
    if (event.type === 'history_progress') {
      inBackground(this.#history.run());
      return;
    }
    if (event.type === 'caught_up' || event.type === 'person_changed') {
      inBackground(this.#about.run());
      return;
    }
    if (!('group' in event) || event.group !== this.group) return;
    switch (event.type) {
      case 'message':
        this.#waiting.push({ message: event.message, isNew: event.new });
        if (event.message.sender !== null) this.#typists.set(this.group, event.message.sender, false);
        this.#batch.add();
        break;
      case 'message_gone':
        this.#messages = this.#messages.filter((message) => message.id !== event.message);
        this.#forgetArrived(event.message);
        this.#build();
        this.#requote(event.message);
        inBackground(this.#quotes.run());
        break;
      case 'marks_changed':
        inBackground(this.#marks.run());
        break;
      case 'conversation_changed':
        inBackground(this.#about.run());
        break;
      case 'typing':
        this.#typists.set(this.group, event.user, event.on);
        break;
      default:
    }
  }

  #apply(crowded: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (this.#closed || this.getSnapshot().phase !== 'ready') return;
    // All of them are one change: a notice for each would have the view look a thousand times.
    const change: Change = crowded === this.getSnapshot().crowded ? {} : { crowded };
    for (const { message, isNew } of waiting) this.#place(message, isNew, change);
    this.#build(change);
    if (this.#quoting.size > 0) inBackground(this.#quotes.run());
    if (this.#toEnd) {
      // Not before it is among the items: the view would go to the one above it.
      this.#toEnd = false;
      inBackground(this.jumpToEnd());
    } else if (this.#atEnd) this.#read();
  }

  #put(message: MessageView, isNew: boolean): void {
    this.#waiting.push({ message, isNew });
    this.#batch.add();
  }

  /** Puts a message where it belongs; `change` takes what else is different then. */
  #place(message: MessageView, isNew: boolean, change: Change): void {
    const { me, newer, newBelow, older } = { ...this.getSnapshot(), ...change };
    const at = this.#messages.findIndex((one) => one.id === message.id);
    const foreign = message.sender !== null && message.sender !== me;
    if (at >= 0) {
      const old = this.#messages[at];
      if (old && same(old, message)) return;
      if (!same(old?.body, message.body)) this.#requote(message.id);
      if (message.body.type === 'deleted') this.#forgetArrived(message.id);
      this.#messages = this.#messages.with(at, message);
      if (old?.seq !== message.seq) this.#messages.sort(compare);
      return;
    }
    // One outside of the window that was changed may be quoted in it.
    if (!isNew) this.#requote(message.id);
    if (isNew && foreign) {
      change.arrived = message;
      if (!this.#atEnd || newer) change.newBelow = newBelow + 1;
    }
    const first = this.#messages[0];
    const last = this.#messages.at(-1);
    // Outside of the window: it will be asked for when the view gets there.
    if (newer && (message.seq === 0 || (last && compare(message, last) > 0))) {
      if (message.sender === me && isNew) this.#toEnd = true;
      return;
    }
    if (older && first && compare(message, first) < 0) return;
    const messages = [...this.#messages, message];
    if (last && compare(message, last) < 0) messages.sort(compare);
    const cut = this.#atEnd && messages.length > WINDOW_MESSAGES + PAGE_MESSAGES;
    this.#messages = cut ? messages.slice(messages.length - WINDOW_MESSAGES) : messages;
    if (cut) change.older = true;
    // One's own new message is what one wants to see.
    if (message.sender === me && isNew && !this.#atEnd) this.#toEnd = true;
  }

  /** Asks again for what receipts can have changed: from the first own message on that not everybody has read. */
  async #refreshStates(): Promise<void> {
    const from = this.#messages.findIndex((message) => message.state === 'sent' || message.state === 'delivered');
    const first = this.#messages[from];
    if (!first) return;
    const round = this.#round;
    const before = this.#messages[from - 1];
    const count = this.#messages.length - from;
    const page = await this.#engine.ask({
      type: 'messages',
      group: this.group,
      // Half of what is around a message lies before it.
      ...(before ? { after: before.id, limit: count } : { around: first.id, limit: 2 * count }),
    });
    if (round !== this.#round || this.#closed) return;
    const fresh = new Map(page.messages.map((message) => [message.id, message]));
    this.#messages = this.#messages.map((old) => {
      const message = fresh.get(old.id);
      return message && !same(old, message) ? message : old;
    });
    this.#build();
  }

  /** What quotes a message follows its edits and its deletion: the core makes the line, so it is asked for again. */
  #requote(id: string): void {
    for (const message of this.#messages) if (message.reply_to === id) this.#quoting.add(message.id);
  }

  async #refreshQuotes(): Promise<void> {
    const ids = [...this.#quoting];
    this.#quoting.clear();
    const found = await Promise.all(ids.map((message) => this.#engine.ask({ type: 'message', message })));
    for (const one of found) if (one) this.#put(one.message, false);
  }

  /** What is read out ends with the message. */
  #forgetArrived(id: string): void {
    if (this.getSnapshot().arrived?.id === id) this.set({ arrived: null });
  }

  async #refreshAbout(): Promise<void> {
    const [conversation, members] = await Promise.all([
      this.#engine.ask({ type: 'conversation', group: this.group }),
      this.#engine.ask({ type: 'members', group: this.group }),
    ]);
    if (this.#closed || this.getSnapshot().phase !== 'ready') return;
    const state = this.getSnapshot();
    if (same(conversation, state.conversation) && same(members, state.members)) return;
    this.set({ conversation, members: same(members, state.members) ? state.members : members });
  }

  #showTyping(): void {
    const { members, me } = this.getSnapshot();
    this.set({
      typing: this.#typists
        .of(this.group)
        .filter((user) => user !== me)
        .map((user) => members.find((member) => member.user === user)?.name ?? user),
    });
  }

  #read(): void {
    const { conversation, phase } = this.getSnapshot();
    if (phase !== 'ready' || !this.#visible || !conversation) return;
    const last = this.#messages.findLast((message) => message.seq > 0);
    if (!last || last.id === this.#readUpTo) return;
    const nothing = conversation.unread === 0 && !conversation.marked_unread && this.getSnapshot().arrived === null;
    if (nothing) return;
    this.#readUpTo = last.id;
    this.#engine.command({ type: 'mark_read', group: this.group, up_to: last.id }).catch(() => {
      this.#readUpTo = null;
    });
  }
  #readUpTo: string | null = null;

  #build(change: Partial<ThreadState> = {}): void {
    const state = { ...this.getSnapshot(), ...change };
    const items = buildItems(
      {
        messages: this.#messages,
        me: state.me,
        older: state.older,
        firstUnread: this.#firstUnread,
        unreadCount: this.#unreadCount,
      },
      this.#items,
    );
    const old = this.getSnapshot().items;
    const unchanged = items.length === old.length && items.every((item, n) => item === old[n]);
    this.#items = new Map(items.map((item) => [item.key, item]));
    if (!unchanged || Object.keys(change).length > 0) this.set({ ...change, items: unchanged ? old : items });
  }
}

/** Two pages that may overlap, in order, each message once. */
function merge(a: readonly MessageView[], b: readonly MessageView[]): MessageView[] {
  const later = new Set(b.map((message) => message.id));
  return [...a.filter((message) => !later.has(message.id)), ...b];
}
