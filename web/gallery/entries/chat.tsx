import { useState, type ReactNode } from 'react';
import type { App } from '../../src/app/context';
import { Frame } from '../../src/app/frame';
import type { MessageView } from '../../src/api';
import type { FakeEngine } from '../../src/engine/fake';
import { fileBody, GROUPS, longThread, makeMessages, ME, said } from '../../src/engine/fake-office';
import { ChatProvider, type ChatRoutes } from '../../src/screens/conversations/chat';
import { ConversationList } from '../../src/screens/conversations/conversation-list';
import { ChatShortcuts, JumpDialog, KeysDialog } from '../../src/screens/conversations/shortcuts';
import { EmojiPicker } from '../../src/screens/composer/emoji/picker';
import { MediaProvider } from '../../src/screens/media';
import { Thread } from '../../src/screens/thread/thread';
import type { Entry } from '../entry';
import { photo } from '../sample-media';

interface Place {
  group?: string | undefined;
  message?: string | undefined;
}

function routesOf(go: (place: Place) => void): ChatRoutes {
  return {
    conversation: (group, message) =>
      `/c/${encodeURIComponent(group)}${message === undefined ? '' : `?message=${message}`}`,
    conversationInfo: (group) => `/c/${encodeURIComponent(group)}/info`,
    newConversation: '/new',
    home: '/',
    go: (address) => {
      const url = new URL(address, 'https://chat.example');
      const [, kind, group] = url.pathname.split('/');
      go(
        kind === 'c' && group !== undefined
          ? { group: decodeURIComponent(group), message: url.searchParams.get('message') ?? undefined }
          : {},
      );
    },
  };
}

/** The chat as it is in the app: list and conversation side by side, one of them on a phone. */
function Chat({ engine, group, message, children }: Place & { engine: FakeEngine; children?: ReactNode }) {
  const [place, setPlace] = useState<Place>({ group, message });
  const [routes] = useState(() => routesOf(setPlace));
  return (
    <ChatProvider routes={routes}>
      <MediaProvider engine={engine}>
        <ChatShortcuts current={place.group} />
        <Frame
          phone={place.group === undefined ? 'list' : 'pane'}
          list={<ConversationList current={place.group} />}
          pane={
            place.group === undefined ? (
              <div className="h-full bg-canvas" />
            ) : (
              <Thread key={`${place.group} ${place.message}`} group={place.group} at={place.message} />
            )
          }
        />
        {children}
      </MediaProvider>
    </ChatProvider>
  );
}

let counter = 0;
function one(sender: string, minutesAgo: number, text: string, more: Partial<MessageView> = {}): MessageView {
  counter += 1;
  return said(sender, minutesAgo, { type: 'text', text }, { seq: counter, ...more });
}
const told = (code: string, minutesAgo: number, text: string): MessageView =>
  one(ME, minutesAgo, '', { sender: null, sender_name: '', body: { type: 'note', code, text } });
const U = {
  marcus: 'marcus.weber@lindenhof.example',
  priya: 'priya.nair@lindenhof.example',
  chloe: 'chloe.dubois@lindenhof.example',
  li: 'li.lei@lindenhof.example',
};

/** Accents piled on every letter. */
const piled = (text: string) => text.replace(/\S/gu, `$&${'\u0301\u0316\u030b\u0323'.repeat(12)}`);

/** Every kind of message, and hostile ones. */
function showcase(): Map<string, MessageView[]> {
  const messages = makeMessages();
  counter = 0;
  const quoted = one(U.priya, 175, 'Could we have the **final** copy by noon? The printer closes at four.');
  const list = [
    one(
      U.chloe,
      60 * 26,
      'Kick-off is on Monday. Agenda:\n\n1. Dates\n2. Budget\n3. Who does what\n\n> Bring numbers, not opinions.',
    ),
    one(
      U.marcus,
      60 * 25,
      'On it. I’ll use `npm run export` and paste the result:\n\n```\n2026-04-02  launch\n2026-04-30  discount ends\n```',
    ),
    quoted,
    one(ME, 171, 'Yes, it’s [in the shared folder](https://files.lindenhof.example/spring/copy) since this morning.', {
      reply_to: quoted.id,
      reply: {
        message: quoted.id,
        sender: U.priya,
        sender_name: 'Priya Nair',
        kind: 'text',
        text: 'Could we have the final copy by noon? The printer closes at four.',
        thumbnail: false,
        state: 'received',
      },
      reactions: [
        ['🙏', [U.priya]],
        ['🎉', [U.priya, U.chloe, ME]],
      ],
      starred: true,
    }),
    one(U.priya, 169, 'You are a star ✨'),
    one(U.priya, 168, '😍'),
    one(ME, 160, '', {
      body: fileBody('storyboard-v4.pdf', 'application/pdf', 4_211_003, { caption: 'With your comments' }),
    }),
    one(
      U.li,
      150,
      'See [https://bank.example](https://evil.example/login) <img src=x onerror=alert(1)> [x](javascript:alert(1))',
    ),
    one(U.li, 149, piled('All of this stays in its place'), { reactions: [[piled('😀'), [U.priya]]] }),
    one(U.marcus, 148, 'Above and below me it is quiet.', { sender_name: piled('Marcus Weber') }),
    one(
      ME,
      140,
      '[@Marcus Weber](mimi://lindenhof.example/u/marcus.weber) can you take the *evening* shift? ~~Priya~~ is away.',
      { edited: true },
    ),
    one(U.marcus, 139, 'Sure, [@Ana Ruiz](mimi://lindenhof.example/u/ana.ruiz).', { mentions: [ME] }),
    one(U.marcus, 138, 'Forwarding the address from Grace:', {}),
    one(U.marcus, 138, 'Harbour Hall, Quay 4, second floor. Ring twice.', { forwarded: true }),
    told('identity_changed', 95, 'Chloé Dubois has a new identity, approved by the organisation. …'),
    told('relay_rolled_back', 94, 'The relay has lost messages of this conversation that this device has …'),
    told('disappearing', 93, 'Marcus Weber set messages to disappear after 4 weeks.'),
    one(U.chloe, 90, '', { body: { type: 'deleted' } }),
    one(U.chloe, 60, '', { body: { type: 'unknown', content_type: 'application/poll' } }),
    one(ME, 12, 'See you at the harbour at nine', { state: 'delivered' }),
    one(ME, 11, 'Bring a jacket', { state: 'sent' }),
    one(ME, 2, 'And the badge', { state: 'failed', seq: 0 }),
    one(ME, 1, 'Last one from the tunnel', { state: 'waiting', seq: 0 }),
  ];
  messages.set(
    GROUPS.launch,
    list.map((message, n) => ({ ...message, seq: message.seq === 0 ? 0 : n + 1 })),
  );
  return messages;
}

/** Photos that came together, with one caption. */
function album(): Map<string, MessageView[]> {
  const messages = makeMessages();
  counter = 0;
  const photo = (sender: string, minutesAgo: number, name: string, caption = '') =>
    one(sender, minutesAgo, '', {
      body: fileBody(name, 'image/jpeg', 900_000, { caption, width: 1600, height: 1200 }),
    });
  messages.set(GROUPS.launch, [
    one(U.chloe, 42, 'Photos from this morning’s walk through the hall:'),
    ...['stage', 'entrance', 'cloakroom', 'stairs', 'quay', 'kitchen'].map((place, n) =>
      photo(U.chloe, 41, `${place}.jpg`, n === 0 ? 'Lights are up until Thursday.' : ''),
    ),
    photo(ME, 12, 'desk.jpg'),
    photo(ME, 12, 'sign.jpg', 'Here or at the stairs?'),
    one(U.marcus, 9, 'At the stairs, people look up there.'),
  ]);
  return messages;
}

function long(count: number): Map<string, MessageView[]> {
  const messages = makeMessages();
  messages.set(GROUPS.engineering, longThread(count));
  return messages;
}

const wait = (done: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    const look = () => (done() ? resolve() : requestAnimationFrame(look));
    look();
  });
const press = async (selector: string, event: string) => {
  await wait(() => document.querySelector(selector) !== null);
  const place = [...document.querySelectorAll<HTMLElement>(selector)].at(-1);
  const box = place?.getBoundingClientRect();
  place?.dispatchEvent(
    new MouseEvent(event, {
      bubbles: true,
      cancelable: true,
      clientX: (box?.left ?? 0) + 40,
      clientY: (box?.top ?? 0) + 10,
    }),
  );
};
const later = (work: () => Promise<void> | void) => {
  setTimeout(() => void work(), 60);
};
/** As a person would: React hears of it. */
function fill(field: HTMLElement | null, prototype: object, text: string): void {
  field?.focus();
  Object.getOwnPropertyDescriptor(prototype, 'value')?.set?.call(field, text);
  field?.dispatchEvent(new Event('input', { bubbles: true }));
}
const type = (text: string) => {
  fill(document.querySelector('textarea'), HTMLTextAreaElement.prototype, text);
};

const SCENES = ['coast', 'hills', 'dusk', 'tower', 'board'] as const;

/** Photos of the sample are real pictures here. */
function withPhotos(engine: FakeEngine): void {
  const open = engine.openFile.bind(engine);
  const pictureOf = async (id: string, width: number): Promise<Blob | undefined> => {
    const found = await engine.ask({ type: 'message', message: id });
    const body = found?.message.body;
    if (body?.type !== 'file' || !body.media_type.startsWith('image/')) return undefined;
    const ratio = (body.height ?? 3) / (body.width ?? 4);
    return photo(SCENES[(found?.message.seq ?? 0) % SCENES.length] ?? 'coast', width, Math.round(width * ratio));
  };
  engine.openFile = async (id, onProgress) => (await pictureOf(id, 1200)) ?? open(id, onProgress);
  Object.assign(engine, { thumbnail: (id: string) => pictureOf(id, 320) });
}

const page = (
  id: string,
  title: string,
  render: (app: App, engine: FakeEngine) => ReactNode,
  more: Partial<Entry> = {},
): Entry => ({
  id: `chat-${id}`,
  title,
  group: 'Chat',
  render,
  ...more,
  prepare: (engine, app) => {
    withPhotos(engine);
    return more.prepare?.(engine, app);
  },
});

export const entries: Entry[] = [
  page('list', 'Conversations', (_app, engine) => <Chat engine={engine} />, {
    prepare: (engine) => {
      later(() =>
        engine.emit({ type: 'typing', group: GROUPS.facilities, user: 'samuel.okafor@lindenhof.example', on: true }),
      );
    },
  }),
  page('list-empty', 'No conversations', (_app, engine) => <Chat engine={engine} />, {
    prepare: (engine) => {
      const ask = engine.ask.bind(engine);
      engine.ask = ((query: Parameters<typeof ask>[0]) =>
        query.type === 'conversations' ? Promise.resolve([]) : ask(query)) as typeof engine.ask;
    },
  }),
  page('list-loading', 'Conversations loading', (_app, engine) => <Chat engine={engine} />, {
    prepare: (engine) => {
      engine.ask = () => new Promise(() => undefined);
    },
  }),
  page('list-menu', 'Menu of a conversation', (_app, engine) => <Chat engine={engine} />, {
    prepare: () => later(() => press('[data-row]', 'contextmenu')),
  }),
  page('thread', 'A group', (_app, engine) => <Chat engine={engine} group={GROUPS.launch} />),
  page('thread-kinds', 'Every kind of message', (_app, engine) => <Chat engine={engine} group={GROUPS.launch} />, {
    engine: { messages: showcase() },
  }),
  page('thread-album', 'Photos that came together', (_app, engine) => <Chat engine={engine} group={GROUPS.launch} />, {
    engine: { messages: album() },
  }),
  page('thread-album-select', 'Choosing photos', (_app, engine) => <Chat engine={engine} group={GROUPS.launch} />, {
    engine: { messages: album() },
    prepare: () =>
      later(async () => {
        await press('[data-tile]', 'contextmenu');
        await wait(() => document.querySelector('[role="menuitem"]') !== null);
        [...document.querySelectorAll<HTMLElement>('[role="menuitem"]')]
          .find((item) => item.textContent === 'Select')
          ?.click();
      }),
  }),
  page('thread-direct', 'A 1:1', (_app, engine) => <Chat engine={engine} group={GROUPS.marcus} />),
  page('thread-rtl-text', 'Arabic in a 1:1', (_app, engine) => <Chat engine={engine} group={GROUPS.layla} />),
  page('thread-left', 'A group one was removed from', (_app, engine) => <Chat engine={engine} group={GROUPS.former} />),
  page('thread-long', '100,000 messages', (_app, engine) => <Chat engine={engine} group={GROUPS.engineering} />, {
    engine: { messages: long(100_000) },
  }),
  page('thread-menu', 'Menu of a message', (_app, engine) => <Chat engine={engine} group={GROUPS.marcus} />, {
    prepare: () =>
      later(async () => {
        await wait(() => document.querySelector('[data-message]') !== null);
        await press('[data-message]:nth-last-of-type(1) .rounded-lg', 'contextmenu');
      }),
  }),
  page('thread-new', 'New messages below', (_app, engine) => <Chat engine={engine} group={GROUPS.engineering} />, {
    prepare: (engine) =>
      later(async () => {
        await wait(() => document.querySelector('[data-message]') !== null);
        engine.receive(GROUPS.engineering, one(U.marcus, 0, 'One more thing'));
        engine.receive(GROUPS.engineering, one(U.marcus, 0, 'And another'));
      }),
  }),
  page('composer-mention', 'Completing a mention', (_app, engine) => <Chat engine={engine} group={GROUPS.launch} />, {
    prepare: () =>
      later(async () => {
        await wait(() => document.querySelector('textarea') !== null);
        type('Could you check this, @');
      }),
  }),
  page('composer-edit', 'Editing', (_app, engine) => <Chat engine={engine} group={GROUPS.marcus} />, {
    prepare: () =>
      later(async () => {
        await wait(() => document.querySelector('[data-message]') !== null);
        document.querySelector('textarea')?.focus();
        document
          .querySelector('textarea')
          ?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowUp', bubbles: true }));
      }),
  }),
  page('emoji', 'Emoji', () => (
    <main className="flex h-full items-center justify-center bg-canvas">
      <h1 className="sr-only">Emoji</h1>
      <div className="max-w-full rounded-lg bg-raised shadow-mid">
        <EmojiPicker onPick={() => undefined} />
      </div>
    </main>
  )),
  page('search', 'Search across everything', (_app, engine) => <Chat engine={engine} />, {
    prepare: () =>
      later(async () => {
        await wait(() => document.querySelector('[data-row]') !== null);
        fill(document.querySelector('input[type="search"]'), HTMLInputElement.prototype, 'ma');
      }),
  }),
  page('jump', 'Jump to a conversation', (_app, engine) => (
    <Chat engine={engine} group={GROUPS.marcus}>
      <JumpDialog onClose={() => undefined} />
    </Chat>
  )),
  page('keys', 'Keyboard shortcuts', (_app, engine) => (
    <Chat engine={engine} group={GROUPS.marcus}>
      <KeysDialog onClose={() => undefined} />
    </Chat>
  )),
];
