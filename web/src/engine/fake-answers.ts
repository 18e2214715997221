/** What the fake engine answers from its sample office. For tests and the gallery only. */
import type { AccountView, Answers, DeviceView, MessageView, Query } from '../api';
import { DOMAIN, lineOf, makeMembers, NOW_MS } from './fake-office';

/** What there is to answer from. */
export interface Office {
  account: AccountView | null;
  isRevoked: boolean;
  conversations: Answers['conversations'];
  messages: ReadonlyMap<string, readonly MessageView[]>;
  devices: DeviceView[];
  verified: ReadonlySet<string>;
  /** Links into groups, by group. */
  groupLinks: ReadonlyMap<string, string>;
  joinLink(link: string): Answers['join_link'];
}

export function findMessage(
  messages: Office['messages'],
  id: string,
): { group: string; message: MessageView } | undefined {
  for (const [group, list] of messages) {
    const message = list.find((one) => one.id === id);
    if (message) return { group, message };
  }
  return undefined;
}

/** With the line of what it replies to. */
export function viewOf(messages: Office['messages'], message: MessageView): MessageView {
  if (message.reply_to === null) return message;
  const to = findMessage(messages, message.reply_to);
  return { ...message, reply: to ? lineOf(to.message) : null };
}

function messageOf({ messages }: Office, id: string): Answers['message'] {
  const found = findMessage(messages, id);
  return found ? { ...found, message: viewOf(messages, found.message) } : null;
}

export function answerOf(office: Office, query: Query): Answers[Query['type']] {
  switch (query.type) {
    case 'account':
      return office.account;
    case 'revoked':
      return office.isRevoked;
    case 'conversations':
      return office.conversations;
    case 'conversation':
      return office.conversations.find((one) => one.group === query.group) ?? null;
    case 'members':
      return makeMembers(query.group);
    case 'messages':
      return page(office, query);
    case 'message':
      return messageOf(office, query.message);
    case 'message_info': {
      const found = findMessage(office.messages, query.message);
      if (!found) return null;
      const others = makeMembers(found.group).filter((one) => one.user !== found.message.sender);
      return {
        message: viewOf(office.messages, found.message),
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
      return [...office.messages]
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
        message_seconds: office.conversations.find((one) => one.group === query.group)?.message_seconds ?? null,
        policy: null,
      };
    }
    case 'search': {
      const part = query.text.toLocaleLowerCase();
      return [...office.messages]
        .filter(([group]) => query.group === undefined || query.group === null || query.group === group)
        .flatMap(([group, list]) => list.map((message) => ({ group, message })))
        .filter(({ message }) => message.body.type === 'text' && message.body.text.toLocaleLowerCase().includes(part))
        .reverse()
        .slice(0, query.limit);
    }
    case 'devices':
      return office.devices;
    case 'safety_number':
      return {
        user: query.user,
        digits: '48213 90571 66204 18839 75016 32948 50127 88463 09315 47720 61958 23604',
        verified: office.verified.has(query.user),
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
      return office.groupLinks.get(query.group) ?? null;
    case 'join_link':
      return office.joinLink(query.link);
    case 'warnings':
    case 'links':
      return [];
    case 'waiting':
      return office.conversations.reduce((sum, one) => sum + one.waiting, 0);
    default:
      return null;
  }
}

function page(office: Office, query: Extract<Query, { type: 'messages' }>): Answers['messages'] {
  const list = office.messages.get(query.group) ?? [];
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
  const unread = office.conversations.find((one) => one.group === query.group)?.unread ?? 0;
  return {
    messages: list.slice(start, end).map((one) => viewOf(office.messages, one)),
    older: start > 0,
    newer: end < list.length,
    first_seq: list[0]?.seq ?? 0,
    last_seq: list.at(-1)?.seq ?? 0,
    first_unread: unread > 0 ? (list[list.length - unread]?.id ?? null) : null,
  };
}
