// Hand-written until crates/core generates these types (src/api/generated).
export type Role = 'admin' | 'member' | 'reader' | 'guest' | 'recorder';
export type Kind = 'member' | 'guest' | 'bot' | 'recorder';
export type GroupKind = 'direct' | 'group';
export interface UserError {
  code: string;
  message: string;
}
export interface Warning {
  code: string;
  group: string | null;
  message: string;
}
export type Draft =
  | { type: 'text'; text: string; reply_to?: string | null }
  | { type: 'edit'; message: string; text: string }
  | { type: 'delete'; message: string }
  | { type: 'react'; message: string; emoji: string; on: boolean }
  | { type: 'forward'; message: string };
export type Command =
  | { type: 'join'; link: string; label: string }
  | { type: 'start_link'; relay: string; label: string }
  | { type: 'inspect_link'; link: string }
  | { type: 'approve_link'; link: string; history: boolean }
  | { type: 'remove_device'; device: string }
  | { type: 'start_direct'; user: string }
  | { type: 'start_group'; name: string; users: string[]; purpose: string }
  | { type: 'send'; group: string; draft: Draft }
  | { type: 'add_users'; group: string; users: string[] }
  | { type: 'remove_users'; group: string; users: string[] }
  | { type: 'set_role'; group: string; user: string; role: Role }
  | { type: 'rename'; group: string; name: string }
  | { type: 'leave'; group: string }
  | { type: 'mark_read'; group: string; up_to?: string | null }
  | { type: 'repair'; group: string }
  | { type: 'verify_contact'; user: string }
  | { type: 'find_users'; query: string }
  | { type: 'refresh_devices' };
export interface PersonView {
  user: string;
  name: string;
  kind: Kind;
}
export type CommandResult =
  | { type: 'done' }
  | { type: 'joined'; user: string; name: string; organisation: string }
  | { type: 'link_started'; link: string; matching_code: string }
  | { type: 'link_inspected'; label: string; matching_code: string }
  | { type: 'conversation'; group: string }
  | { type: 'queued'; message: string }
  | { type: 'people'; people: PersonView[] };
export type ConversationState = 'active' | 'creating' | 'left' | 'removed' | 'damaged' | 'rejoining';
export interface ConversationView {
  group: string;
  kind: GroupKind;
  title: string;
  state: ConversationState;
  epoch: number | null;
  purpose: string;
  unread: number;
  unread_mentions: number;
  preview: string;
  last_at_ms: number;
  waiting: number;
}
export interface MemberView {
  user: string;
  name: string;
  kind: Kind | null;
  role: Role;
  devices: number;
  delivered_seq: number;
  read_seq: number;
}
export type MessageState = 'waiting' | 'sent' | 'delivered' | 'read' | 'failed' | 'received';
export type BodyView =
  | { type: 'text'; text: string }
  | {
      type: 'file';
      name: string;
      media_type: string;
      size: number;
      file: string | null;
      caption: string;
      thumbnail: boolean;
    }
  | { type: 'deleted' }
  | { type: 'note'; code: string; text: string }
  | { type: 'unknown'; content_type: string };
export interface MessageView {
  id: string;
  seq: number;
  sender: string | null;
  sender_name: string;
  at_ms: number;
  body: BodyView;
  reply_to: string | null;
  forwarded: boolean;
  edited: boolean;
  reactions: [string, string[]][];
  mentions: string[];
  state: MessageState;
}
export interface DeviceView {
  device: string;
  label: string;
  this: boolean;
  added_at_ms: number;
  last_seen_day: number | null;
}
export interface SafetyNumber {
  user: string;
  digits: string;
  verified: boolean;
}
export interface AccountView {
  user: string;
  name: string;
  device: string;
  label: string;
  organisation: string;
  relay: string;
  root_fingerprint: string;
  policy_version: number;
}
export type Event =
  | { type: 'caught_up' }
  | { type: 'conversation_changed'; group: string }
  | { type: 'message'; group: string; message: MessageView; new: boolean }
  | { type: 'marks_changed'; group: string }
  | { type: 'linked'; user: string }
  | { type: 'history_progress'; messages: number; total: number; done: boolean }
  | { type: 'devices_changed' }
  | ({ type: 'warning' } & Warning)
  | { type: 'operation_failed'; group: string; error: UserError }
  | { type: 'device_revoked' };
export type Query =
  { type: 'account' } | { type: 'conversations' } | { type: 'devices' } | { type: 'safety_number'; user: string };
export interface Answers {
  account: AccountView | null;
  conversations: ConversationView[];
  devices: DeviceView[];
  safety_number: SafetyNumber | null;
}
