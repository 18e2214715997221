/** A believable office: people in several scripts, conversations, a long thread. For tests and the gallery only. */
import type {
  BodyView,
  ConversationView,
  DeviceView,
  MemberView,
  MessageView,
  PersonView,
  PreviewKind,
  PreviewView,
} from '../api';

export const DOMAIN = 'lindenhof.example';
/** A Thursday afternoon; the sample never reads a clock. */
export const NOW_MS = Date.UTC(2026, 10, 19, 14, 32);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export const ME = `ana.ruiz@${DOMAIN}`;

const person = (id: string, name: string, kind: PersonView['kind'] = 'member'): PersonView => ({
  user: `${id}@${DOMAIN}`,
  name,
  kind,
  picture: null,
});

export const people: readonly PersonView[] = [
  person('ana.ruiz', 'Ana Ruiz'),
  person('marcus.weber', 'Marcus Weber'),
  person('priya.nair', 'Priya Nair'),
  person('chloe.dubois', 'Chloé Dubois'),
  person('tomasz.zielinski', 'Tomasz Zieliński'),
  person('li.lei', '李雷'),
  person('layla.haddad', 'ليلى حداد'),
  person('olena.kovalenko', 'Олена Коваленко'),
  person('yuki.tanaka', '田中 由紀'),
  person('samuel.okafor', 'Samuel Okafor'),
  person('grace.mensah', 'Grace Mensah'),
  { user: 'jo@agency.example', name: 'Jo Lambert', kind: 'guest', picture: null },
  person('build', 'Build bot', 'bot'),
];

export const nameOf = (user: string): string => people.find((one) => one.user === user)?.name ?? user;
const u = (id: string): string => people.find((one) => one.user.startsWith(id))?.user ?? id;

const group = (n: number): string => `${n.toString(16).padStart(32, '0')}@${DOMAIN}`;

export const GROUPS = {
  launch: group(1),
  marcus: group(2),
  priya: group(3),
  facilities: group(4),
  layla: group(5),
  engineering: group(6),
  board: group(7),
  lilei: group(8),
  agency: group(9),
  former: group(10),
} as const;

let messagesMade = 0;

/** A message with an id of its own; words of Marcus, where nothing else is wanted. */
export function message(over: Partial<MessageView> = {}): MessageView {
  messagesMade += 1;
  const sender = over.sender === undefined ? u('marcus') : over.sender;
  return {
    id: messagesMade.toString(16).padStart(64, '0'),
    seq: 1,
    sender,
    sender_name: sender === null ? '' : nameOf(sender),
    at_ms: NOW_MS,
    body: { type: 'text', text: 'words' },
    reply_to: null,
    reply: null,
    forwarded: false,
    edited: false,
    reactions: [],
    mentions: [],
    mentions_everyone: false,
    starred: false,
    expires_at_ms: null,
    newcomers: [],
    state: sender === ME ? 'read' : 'received',
    pending: [],
    ...over,
  };
}
export const said = (sender: string | null, minutesAgo: number, body: BodyView, more: Partial<MessageView> = {}) =>
  message({ sender, at_ms: NOW_MS - minutesAgo * MINUTE_MS, body, ...more });
const text = (sender: string, minutesAgo: number, words: string, more: Partial<MessageView> = {}) =>
  said(sender, minutesAgo, { type: 'text', text: words }, more);
const note = (minutesAgo: number, code: string, words: string) =>
  said(null, minutesAgo, { type: 'note', code, text: words });
export type FileBody = Extract<BodyView, { type: 'file' }>;
export const fileBody = (name: string, media: string, size: number, more: Partial<FileBody> = {}): FileBody => ({
  type: 'file',
  name,
  media_type: media,
  size,
  file: 'f'.repeat(64),
  caption: '',
  thumbnail: media.startsWith('image/') || media.startsWith('video/'),
  width: null,
  height: null,
  duration_ms: null,
  waveform: null,
  expires_at: null,
  ...more,
});
const file = (
  sender: string,
  minutesAgo: number,
  name: string,
  media: string,
  size: number,
  caption = '',
  more: Partial<FileBody> = {},
) => said(sender, minutesAgo, fileBody(name, media, size, { caption, ...more }));

const launch: MessageView[] = [
  note(60 * 26, 'created', 'You started this conversation.'),
  note(60 * 26 - 1, 'added', 'You added Chloé Dubois.'),
  text(
    u('chloe'),
    60 * 25,
    'Welcome everyone! This is where we plan the **spring launch**. Dates are in the brief below.',
  ),
  file(u('chloe'), 60 * 25 - 2, 'Spring launch brief.pdf', 'application/pdf', 1_482_113),
  text(
    u('marcus'),
    60 * 24,
    'Thanks Chloé. I read it on the train: the timeline works for us if design is frozen by the 4th.',
  ),
  text(ME, 60 * 23, 'Frozen by the 4th is fine. I’ll bring the first layouts tomorrow.', {
    reactions: [['👍', [u('marcus'), u('chloe'), u('priya')]]],
  }),
  text(u('priya'), 190, 'Morning! New product photos are in. What do you think of the second one?'),
  file(u('priya'), 189, 'terrace-morning.jpg', 'image/jpeg', 2_310_442, 'Shot at 7:40, no retouching yet'),
  text(ME, 181, 'Love it. The light on the left is perfect.', { reactions: [['❤️', [u('priya')]]] }),
  text(u('li.lei'), 120, '包装的打样明天到，我会拍照发上来。'),
  text(u('layla'), 95, 'صباح الخير، الترجمة العربية جاهزة للمراجعة.'),
  text(
    u('marcus'),
    41,
    `[@Ana Ruiz](mimi://${DOMAIN}/u/ana.ruiz) could you check the numbers on page 3 before I send it to print?`,
    { mentions: [ME] },
  ),
  text(
    ME,
    38,
    'Checked. Two small things:\n\n- the discount ends on **30 April**, not 31\n- the phone number misses a digit',
    { edited: true },
  ),
  text(u('marcus'), 33, 'Good catch, fixed both. Sending to print at four.'),
  text(u('grace'), 12, 'Press list is final: 48 names. I’ll send the embargo mail tonight.'),
  text(u('chloe'), 4, 'Great work all. Let’s meet for ten minutes at 16:30?'),
];

const marcus: MessageView[] = [
  text(u('marcus'), 60 * 5, 'Are you coming to the site visit on Monday?'),
  text(ME, 60 * 5 - 3, 'Yes, 9:15 at the gate.'),
  text(u('marcus'), 60 * 5 - 4, 'Perfect, see you there'),
  file(ME, 22, 'site-plan.png', 'image/png', 884_310, 'Entrance is the one at the north side'),
  text(ME, 21, 'Parking is tight, better take the bus.', { state: 'delivered' }),
];

const WORDS = [
  'Deployment finished, all checks are green.',
  'Could somebody review the migration before lunch?',
  'I’ll take that.',
  'The flaky test was a time zone, of course it was.',
  'Reviewed, two remarks, otherwise good.',
  'Thanks!',
  'Load on the relay is at 12 %, down from 30 % last week.',
  'Who is on call this weekend?',
  'Me until Saturday noon, then Tomasz.',
  'Здається, проблема в кеші. Перевіряю.',
];

/** A thread of any length, for scrolling. */
export function longThread(count: number): MessageView[] {
  const senders = [ME, u('tomasz'), u('olena'), u('samuel'), u('build'), u('yuki')];
  return Array.from({ length: count }, (_, n) => {
    const sender = senders[(n * 7 + Math.floor(n / 5)) % senders.length] ?? ME;
    return text(sender, (count - n) * 9, WORDS[(n * 3) % WORDS.length] ?? '', { seq: n + 1 });
  });
}

const LONG_THREAD_MESSAGES = 2000;

export function makeMessages(): Map<string, MessageView[]> {
  const all = new Map<string, MessageView[]>([
    [GROUPS.launch, launch],
    [GROUPS.marcus, marcus],
    [
      GROUPS.priya,
      [text(u('priya'), 60 * 7, 'Here is the link to the shared calendar.'), text(ME, 60 * 6, 'Got it, thank you!')],
    ],
    [
      GROUPS.facilities,
      [text(u('samuel'), 60 * 20, 'The lift in building B is out of order until Friday. Please use the east stairs.')],
    ],
    [GROUPS.layla, [text(u('layla'), 60 * 28, 'شكرًا جزيلاً! أراكِ غدًا في الاجتماع.')]],
    [GROUPS.engineering, longThread(LONG_THREAD_MESSAGES)],
    [
      GROUPS.board,
      [
        text(u('grace'), 60 * 50, 'Minutes of the last meeting are attached.'),
        file(
          u('grace'),
          60 * 50 - 1,
          'Minutes November.docx',
          'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
          48_120,
        ),
      ],
    ],
    [GROUPS.lilei, [text(u('li.lei'), 60 * 75, '好的，下周见！')]],
    [GROUPS.agency, [text('jo@agency.example', 60 * 99, 'Happy to help. I’ll send the offer by Wednesday.')]],
    [GROUPS.former, [note(60 * 400, 'removed', 'You were removed from this conversation.')]],
  ]);
  for (const list of all.values()) list.forEach((item, n) => list.splice(n, 1, { ...item, seq: n + 1 }));
  return all;
}

const conversation = (
  at: string,
  title: string,
  kind: ConversationView['kind'],
  more: Partial<ConversationView> = {},
): ConversationView => ({
  group: at,
  kind,
  title,
  state: 'active',
  suite: 'hybrid',
  epoch: 12,
  purpose: '',
  unread: 0,
  unread_mentions: 0,
  preview: '',
  last_at_ms: 0,
  waiting: 0,
  held: 0,
  needs_repair: false,
  picture: null,
  peer: null,
  role: 'member',
  members: makeMembers(at).length,
  last: null,
  message_seconds: null,
  pinned_at_ms: null,
  muted_until_ms: null,
  archived: false,
  marked_unread: false,
  draft: null,
  ...more,
});

export function makeConversations(messages: Map<string, MessageView[]>): ConversationView[] {
  const list = [
    conversation(GROUPS.launch, 'Spring launch', 'group', {
      unread: 3,
      unread_mentions: 1,
      pinned_at_ms: NOW_MS - 90 * 24 * HOUR_MS,
      purpose: 'Everything about the launch on 2 April',
    }),
    conversation(GROUPS.marcus, 'Marcus Weber', 'direct', { waiting: 1, peer: u('marcus') }),
    conversation(GROUPS.priya, 'Priya Nair', 'direct', {
      peer: u('priya'),
      draft: { text: 'Could you move the review to', reply_to: null },
    }),
    conversation(GROUPS.facilities, 'Facilities', 'group', { unread: 1, purpose: 'Building, parking, deliveries' }),
    conversation(GROUPS.layla, 'ليلى حداد', 'direct', { peer: u('layla') }),
    conversation(GROUPS.engineering, 'Engineering', 'group', {
      unread: 128,
      muted_until_ms: NOW_MS + 10 * 365 * 24 * HOUR_MS,
    }),
    conversation(GROUPS.board, 'Board papers', 'group', {
      purpose: 'Confidential: members of the board',
      message_seconds: 7 * 24 * 3600,
    }),
    conversation(GROUPS.lilei, '李雷', 'direct', { peer: u('li.lei') }),
    conversation(GROUPS.agency, 'Website with Lambert & Co.', 'group', { purpose: 'With our agency' }),
    conversation(GROUPS.former, 'Summer party', 'group', { state: 'removed', role: null, archived: true }),
  ];
  return list
    .map((item) => {
      const last = messages.get(item.group)?.at(-1);
      const line = messages.get(item.group)?.findLast((one) => one.body.type !== 'note');
      return {
        ...item,
        preview: last ? previewOf(last) : '',
        last_at_ms: last?.at_ms ?? 0,
        last: line ? lineOf(line) : null,
      };
    })
    .sort((a, b) => b.last_at_ms - a.last_at_ms);
}

export function previewOf(item: MessageView): string {
  const words =
    item.body.type === 'text' ? item.body.text : item.body.type === 'file' ? item.body.caption || item.body.name : '';
  const body =
    item.body.type === 'note' ? item.body.text : words.replace(/\[(@[^\]]+)\]\([^)]*\)/g, '$1').replace(/\s+/g, ' ');
  return body.slice(0, 140);
}

/** What a message is, in a word. */
export function kindOf(body: BodyView): PreviewKind {
  if (body.type === 'note') return 'unknown';
  if (body.type !== 'file') return body.type;
  if (body.media_type.startsWith('image/')) return 'photo';
  if (body.media_type.startsWith('video/')) return 'video';
  if (body.media_type.startsWith('audio/')) return body.waveform ? 'voice' : 'audio';
  return 'file';
}

/** A line of a message, as the core makes it for the list and for replies. */
export function lineOf(item: MessageView): PreviewView {
  const body = item.body;
  const words = body.type === 'location' || body.type === 'contact' ? body.name : previewOf(item);
  return {
    message: item.id,
    sender: item.sender ?? ME,
    sender_name: item.sender_name,
    kind: kindOf(body),
    text: words,
    thumbnail: body.type === 'file' && body.thumbnail,
    state: item.state,
  };
}

export function makeMembers(at: string): MemberView[] {
  const of: Record<string, string[]> = {
    [GROUPS.launch]: [ME, u('chloe'), u('marcus'), u('priya'), u('li.lei'), u('layla'), u('grace')],
    [GROUPS.engineering]: [ME, u('tomasz'), u('olena'), u('samuel'), u('yuki'), u('build')],
    [GROUPS.facilities]: people.filter((one) => one.kind === 'member').map((one) => one.user),
    [GROUPS.board]: [ME, u('grace'), u('chloe')],
    [GROUPS.agency]: [ME, u('chloe'), 'jo@agency.example'],
    [GROUPS.marcus]: [ME, u('marcus')],
    [GROUPS.priya]: [ME, u('priya')],
    [GROUPS.layla]: [ME, u('layla')],
    [GROUPS.lilei]: [ME, u('li.lei')],
  };
  return (of[at] ?? [ME]).map((user, n) => ({
    user,
    name: nameOf(user),
    kind: people.find((one) => one.user === user)?.kind ?? 'member',
    role: n === 1 ? 'admin' : 'member',
    devices: (n % 2) + 1,
    delivered_seq: 1_000_000,
    read_seq: n < 3 ? 1_000_000 : 4,
    picture: null,
    verified: n === 2,
  }));
}

const DAY_MS = 24 * HOUR_MS;
export const devices: readonly DeviceView[] = [
  {
    device: 'd1'.padEnd(32, '0'),
    label: 'Chrome on Windows',
    this: true,
    added_at_ms: NOW_MS - 90 * DAY_MS,
    last_seen_day: Math.floor(NOW_MS / DAY_MS),
    removing: null,
  },
  {
    device: 'd2'.padEnd(32, '0'),
    label: 'Ana’s phone',
    this: false,
    added_at_ms: NOW_MS - 12 * DAY_MS,
    last_seen_day: Math.floor(NOW_MS / DAY_MS) - 1,
    removing: null,
  },
  {
    device: 'd3'.padEnd(32, '0'),
    label: 'Firefox on Linux (workshop)',
    this: false,
    added_at_ms: NOW_MS - 200 * DAY_MS,
    last_seen_day: Math.floor(NOW_MS / DAY_MS) - 47,
    removing: null,
  },
];
