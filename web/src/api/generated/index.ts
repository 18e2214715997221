// Made from crates/core: `UPDATE=1 cargo nextest run -p chancery-core typescript` writes it again.

/**
 * Who one is on this device.
 */
export type AccountView = { 
/**
 * Who.
 */
user: UserId, 
/**
 * Display name.
 */
name: string, 
/**
 * This device.
 */
device: DeviceId, 
/**
 * This device's label.
 */
label: string, 
/**
 * The organisation's name.
 */
organisation: string, 
/**
 * The relay's address.
 */
relay: string, 
/**
 * SHA-256 of the organisation's root key, in hexadecimal.
 */
root_fingerprint: string, 
/**
 * Version of the policy in force.
 */
policy_version: number, 
/**
 * Hash of one's own picture.
 */
picture: string | null, };

/**
 * Bytes that are written as base64url without padding in JSON.
 */
export type Base64 = string;

/**
 * What a message is.
 */
export type BodyView = { "type": "text", 
/**
 * The text.
 */
text: string, } | { "type": "file", 
/**
 * Name.
 */
name: string, 
/**
 * Media type.
 */
media_type: string, 
/**
 * Bytes.
 */
size: number, 
/**
 * Its id at the relay.
 */
file: FileId | null, 
/**
 * Caption.
 */
caption: string, 
/**
 * Has a thumbnail.
 */
thumbnail: boolean, width: number | null, height: number | null, duration_ms: number | null, waveform: Array<number> | null, expires_at: number | null, } | { "type": "location", latitude_e7: number, longitude_e7: number, accuracy_m: number | null, name: string, } | { "type": "contact", name: string, user: UserId | null, emails: Array<string>, phones: Array<string>, } | { "type": "deleted" } | { "type": "note", 
/**
 * Stable word: `created`, `added`, `removed`, `left`, `role`, `renamed`, `rejoined`, or a warning's code.
 */
code: string, 
/**
 * For people.
 */
text: string, } | { "type": "unknown", 
/**
 * Its content type.
 */
content_type: string, };

/**
 * What a person or program can ask for. Whatever needs the network is queued in the store and carried out when it is there.
 */
export type Command = { "type": "join", 
/**
 * The link.
 */
link: string, 
/**
 * What the person calls this device.
 */
label: string, } | { "type": "start_link", 
/**
 * The relay's address.
 */
relay: string, 
/**
 * What the person calls this device.
 */
label: string, } | { "type": "inspect_link", 
/**
 * The link that the new device shows.
 */
link: string, } | { "type": "approve_link", 
/**
 * The link.
 */
link: string, 
/**
 * Whether to hand over the history.
 */
history: boolean, } | { "type": "remove_device", 
/**
 * Which.
 */
device: DeviceId, } | { "type": "start_direct", 
/**
 * The other one.
 */
user: UserId, } | { "type": "start_group", 
/**
 * Its name.
 */
name: string, 
/**
 * Who is in it besides oneself.
 */
users: Array<UserId>, 
/**
 * Stated purpose; may be empty.
 */
purpose: string, } | { "type": "send", 
/**
 * Where.
 */
group: GroupId, 
/**
 * What.
 */
draft: Draft, } | { "type": "add_users", 
/**
 * Where.
 */
group: GroupId, 
/**
 * Whom.
 */
users: Array<UserId>, } | { "type": "remove_users", 
/**
 * Where.
 */
group: GroupId, 
/**
 * Whom.
 */
users: Array<UserId>, } | { "type": "set_role", 
/**
 * Where.
 */
group: GroupId, 
/**
 * Whose.
 */
user: UserId, 
/**
 * To what.
 */
role: Role, } | { "type": "rename", 
/**
 * Which.
 */
group: GroupId, 
/**
 * To what.
 */
name: string, } | { "type": "leave", 
/**
 * Which.
 */
group: GroupId, } | { "type": "mark_read", 
/**
 * Where.
 */
group: GroupId, 
/**
 * Up to which.
 */
up_to?: MessageId | null, } | { "type": "repair", 
/**
 * Which.
 */
group: GroupId, } | { "type": "verify_contact", 
/**
 * Whom.
 */
user: UserId, } | { "type": "find_users", 
/**
 * Part of a name or id.
 */
query: string, } | { "type": "set_picture", picture?: Base64 | null, } | { "type": "set_group_picture", group: GroupId, picture?: Base64 | null, } | { "type": "set_disappearing", group: GroupId, seconds?: number | null, } | { "type": "pin", group: GroupId, on: boolean, } | { "type": "mute", group: GroupId, until_ms?: number | null, } | { "type": "archive", group: GroupId, on: boolean, } | { "type": "mark_unread", group: GroupId, } | { "type": "save_draft", group: GroupId, text: string, reply_to?: MessageId | null, } | { "type": "star", message: MessageId, on: boolean, } | { "type": "typing", group: GroupId, on: boolean, } | { "type": "list_people", after?: UserId | null, } | { "type": "refresh_devices" };

/**
 * What came of a command.
 */
export type CommandResult = { "type": "done" } | { "type": "joined", 
/**
 * Who one is now.
 */
user: UserId, 
/**
 * Display name.
 */
name: string, 
/**
 * The organisation's name.
 */
organisation: string, } | { "type": "link_started", 
/**
 * The link.
 */
link: string, 
/**
 * Both devices show this.
 */
matching_code: string, } | { "type": "link_inspected", 
/**
 * What the new device calls itself.
 */
label: string, 
/**
 * Both devices show this.
 */
matching_code: string, } | { "type": "conversation", 
/**
 * Its id.
 */
group: GroupId, } | { "type": "queued", 
/**
 * The message.
 */
message: MessageId, } | { "type": "people", 
/**
 * Who.
 */
people: Array<PersonView>, };

/**
 * State of a conversation on this device.
 */
export type ConversationState = "active" | "creating" | "left" | "removed" | "damaged" | "rejoining";

/**
 * A conversation in the list.
 */
export type ConversationView = { 
/**
 * Its id.
 */
group: GroupId, 
/**
 * Kind.
 */
kind: GroupKind, 
/**
 * Name: the group's, or the other person's.
 */
title: string, 
/**
 * State.
 */
state: ConversationState, 
/**
 * MLS suite; absent while history of a group we aren't in.
 */
suite: Suite | null, 
/**
 * MLS epoch.
 */
epoch: number | null, 
/**
 * Stated purpose.
 */
purpose: string, 
/**
 * Unread messages.
 */
unread: number, 
/**
 * Unread messages that mention us.
 */
unread_mentions: number, 
/**
 * One line of the last message.
 */
preview: string, 
/**
 * Time of the last message, in milliseconds since 1970.
 */
last_at_ms: number, 
/**
 * Messages and changes that wait to be sent.
 */
waiting: number, picture: string | null, peer: UserId | null, role: Role | null, members: number, last: PreviewView | null, message_seconds: number | null, pinned_at_ms: number | null, muted_until_ms: number | null, archived: boolean, marked_unread: boolean, draft: DraftView | null, };

export type DraftView = { text: string, reply_to: MessageId | null, };

export type PreviewView = { message: MessageId, sender: UserId, sender_name: string, kind: PreviewKind, text: string, thumbnail: boolean, state: MessageState, };

export type PreviewKind = "text" | "photo" | "video" | "voice" | "audio" | "file" | "location" | "contact" | "deleted" | "unknown";

/**
 *One device of a user.
 */
export type DeviceId = string;

/**
 * A device of one's own.
 */
export type DeviceView = { 
/**
 * Which.
 */
device: DeviceId, 
/**
 * What its owner calls it.
 */
label: string, 
/**
 * The device that runs this.
 */
this: boolean, 
/**
 * When it was registered, in milliseconds since 1970.
 */
added_at_ms: number, 
/**
 * Last connected, in days since 1970.
 */
last_seen_day: number | null, };

/**
 *The domain of an organisation: `example.org`.
 */
export type Domain = string;

/**
 * What to send.
 */
export type Draft = { "type": "text", 
/**
 * The text; `@user@domain` mentions people.
 */
text: string, 
/**
 * What it replies to.
 */
reply_to?: MessageId | null, } | { "type": "edit", 
/**
 * Which.
 */
message: MessageId, 
/**
 * New text.
 */
text: string, } | { "type": "delete", 
/**
 * Which.
 */
message: MessageId, } | { "type": "react", 
/**
 * To which.
 */
message: MessageId, 
/**
 * With what.
 */
emoji: string, 
/**
 * Set or take back.
 */
on: boolean, } | { "type": "forward", 
/**
 * The message.
 */
message: MessageId, } | { "type": "file", 
/**
 * The file.
 */
file: FileInfo, 
/**
 * Caption.
 */
caption: string, 
/**
 * What it replies to.
 */
reply_to?: MessageId | null, } | { "type": "location", latitude_e7: number, longitude_e7: number, accuracy_m?: number | null, name: string, } | { "type": "contact", name: string, user?: UserId | null, emails: Array<string>, phones: Array<string>, };

/**
 * Something a person should see.
 */
export type Event = { "type": "caught_up" } | { "type": "conversation_changed", 
/**
 * Which.
 */
group: GroupId, } | { "type": "message", 
/**
 * Where.
 */
group: GroupId, 
/**
 * What it is now.
 */
message: MessageView, 
/**
 * Whether it is new to this device.
 */
new: boolean, } | { "type": "marks_changed", 
/**
 * Where.
 */
group: GroupId, } | { "type": "message_gone", group: GroupId, message: MessageId, } | { "type": "person_changed", user: UserId, } | { "type": "typing", group: GroupId, user: UserId, on: boolean, } | { "type": "linked", 
/**
 * Who one is.
 */
user: UserId, } | { "type": "history_progress", 
/**
 * Messages imported so far.
 */
messages: number, 
/**
 * All of them, once known.
 */
total: number, 
/**
 * All is here.
 */
done: boolean, } | { "type": "devices_changed" } | { "type": "warning" } & Warning | { "type": "operation_failed", 
/**
 * Where.
 */
group: GroupId, 
/**
 * What and why.
 */
error: UserError, } | { "type": "device_revoked" };

/**
 *A file at the relay; whoever knows it may fetch the ciphertext.
 */
export type FileId = string;

/**
 * An attached file.
 */
export type FileInfo = { name: string, media_type: string, size: number, url: string, 
/**
 * 32 bytes.
 */
key: Base64, 
/**
 * 7 bytes.
 */
nonce: Base64, 
/**
 * 32 bytes.
 */
content_hash: Base64, expires_at?: number | null, thumbnail?: FileThumbnail | null, width?: number | null, height?: number | null, duration_ms?: number | null, };

export type FileThumbnail = { media_type: string, bytes: Base64, };

/**
 * A message that was looked for.
 */
export type FoundMessage = { 
/**
 * Its conversation.
 */
group: GroupId, 
/**
 * The message.
 */
message: MessageView, };

/**
 *A conversation: 32 hexadecimal digits and the domain of the relay that orders it. Its bytes are the MLS group id.
 */
export type GroupId = string;

/**
 * Kind of conversation; never changes.
 */
export type GroupKind = "direct" | "group";

/**
 * What a user is. Who is from outside or no person is seen from the certificate, never from a relay's word.
 */
export type Kind = "member" | "guest" | "bot" | "recorder";

/**
 *A rendezvous for linking a device.
 */
export type LinkId = string;

/**
 * A device link under way.
 */
export type LinkView = { 
/**
 * Its rendezvous.
 */
link: LinkId, 
/**
 * This device is the new one.
 */
new_device: boolean, 
/**
 * When it began, in milliseconds since 1970.
 */
started_at_ms: number, 
/**
 * Messages of the history handed over so far; absent without a history.
 */
messages: number | null, 
/**
 * All of them; 0 while unknown.
 */
total: number, };

/**
 * A member of a conversation.
 */
export type MemberView = { 
/**
 * Who.
 */
user: UserId, 
/**
 * Display name.
 */
name: string, 
/**
 * What the user is; `None` while no device of theirs is in the group.
 */
kind: Kind | null, 
/**
 * Role.
 */
role: Role, 
/**
 * Devices in the group.
 */
devices: number, 
/**
 * Position up to which all is delivered to the user.
 */
delivered_seq: number, 
/**
 * Position up to which the user has read.
 */
read_seq: number, picture: string | null, verified: boolean, };

/**
 *Id of a message, derived from its content (draft-ietf-mimi-content, section 3.3).
 */
export type MessageId = string;

/**
 * A page of a conversation, oldest first.
 */
export type MessagePage = { 
/**
 * The messages, in order; those that wait to be sent come last.
 */
messages: Array<MessageView>, 
/**
 * There are older ones.
 */
older: boolean, 
/**
 * There are newer ones.
 */
newer: boolean, 
/**
 * Position of the conversation's first message or note; 0 while it has none.
 */
first_seq: number, 
/**
 * Position of the conversation's last message or note.
 */
last_seq: number, 
/**
 * The first unread message of the conversation.
 */
first_unread: MessageId | null, };

/**
 * What became of a message.
 */
export type MessageState = "waiting" | "sent" | "delivered" | "read" | "failed" | "received";

/**
 * A message.
 */
export type MessageView = { 
/**
 * Its id.
 */
id: MessageId, 
/**
 * Position in the conversation; 0 while it waits.
 */
seq: number, 
/**
 * Sender; `None` for notes of this device (members came, a warning).
 */
sender: UserId | null, 
/**
 * Sender's display name.
 */
sender_name: string, 
/**
 * When the relay accepted it (or when it was queued), in milliseconds since 1970.
 */
at_ms: number, 
/**
 * What it is.
 */
body: BodyView, 
/**
 * What it replies to.
 */
reply_to: MessageId | null, 
/**
 * A line of what it replies to, when that is on this device.
 */
reply: PreviewView | null, 
/**
 * Forwarded from elsewhere.
 */
forwarded: boolean, 
/**
 * The text was edited.
 */
edited: boolean, 
/**
 * Reactions: emoji and users.
 */
reactions: Array<[string, Array<UserId>]>, 
/**
 * Users that the text mentions.
 */
mentions: Array<UserId>, mentions_everyone: boolean, starred: boolean, expires_at_ms: number | null, 
/**
 * State.
 */
state: MessageState, };

/**
 * A person in the directory.
 */
export type PersonView = { 
/**
 * Who.
 */
user: UserId, 
/**
 * Display name.
 */
name: string, 
/**
 * What the user is.
 */
kind: Kind, picture: string | null, };

export type ReceiptView = { user: UserId, name: string, picture: string | null, delivered: boolean, read: boolean, };

export type MessageInfo = { message: MessageView, receipts: Array<ReceiptView>, has_receipts: boolean, };

export type Audience = { members: number, outsiders: Array<MemberView>, bots: Array<MemberView>, recorders: Array<MemberView>, devices: number, message_seconds: number | null, policy: Policy | null, };

/**
 * A place in a conversation: a position in its log, or a message.
 */
export type Place = number | MessageId;

/**
 * What the organisation has decided.
 */
export type Policy = { 
/**
 * The organisation's domain.
 */
domain: Domain, 
/**
 * Rises with every change.
 */
version: number, 
/**
 * Suite of new groups.
 */
suite: Suite, 
/**
 * Largest file, in bytes.
 */
file_max_bytes: number, 
/**
 * Ciphertext of a file is deleted this many days after its upload.
 */
file_days: number, 
/**
 * All files of one user at the relay, in bytes.
 */
file_quota_bytes: number, 
/**
 * A log item is deleted this many days after it came, read by every device or not.
 */
log_days: number, 
/**
 * When it was signed, in seconds since 1970.
 */
issued_at: number, };

/**
 * A question about what the device holds.
 */
export type Query = { "type": "account", } | { "type": "revoked", } | { "type": "conversations", } | { "type": "conversation", 
/**
 * Which.
 */
group: GroupId, } | { "type": "members", 
/**
 * Of which.
 */
group: GroupId, } | { "type": "messages", 
/**
 * Of which conversation.
 */
group: GroupId, 
/**
 * The page ends before this.
 */
before?: Place | null, 
/**
 * The page begins after this.
 */
after?: Place | null, 
/**
 * The page has this in its middle.
 */
around?: Place | null, 
/**
 * At most this many, and never more than [`query::MAX_PAGE_MESSAGES`].
 */
limit: number, } | { "type": "message", 
/**
 * Which.
 */
message: MessageId, } | { "type": "file", 
/**
 * Of which message.
 */
message: MessageId, } | { "type": "thumbnail", 
/**
 * Of which message.
 */
message: MessageId, } | { "type": "picture", user?: UserId | null, group?: GroupId | null, } | { "type": "starred", group?: GroupId | null, limit: number, } | { "type": "message_info", message: MessageId, } | { "type": "audience", group: GroupId, } | { "type": "search", 
/**
 * Words; the last one may be cut off.
 */
text: string, 
/**
 * Only here.
 */
group?: GroupId | null, 
/**
 * At most this many.
 */
limit: number, } | { "type": "devices", } | { "type": "safety_number", 
/**
 * With whom.
 */
user: UserId, } | { "type": "warnings", 
/**
 * At most this many.
 */
limit: number, } | { "type": "waiting", } | { "type": "policy", } | { "type": "links", };

/**
 * What a user may do in a group.
 */
export type Role = "admin" | "member" | "reader";

/**
 * Numbers that two people compare.
 */
export type SafetyNumber = { 
/**
 * The other one.
 */
user: UserId, 
/**
 * Twelve groups of five digits, the same on both sides.
 */
digits: string, 
/**
 * Compared in person, and the key hasn't changed since.
 */
verified: boolean, };

/**
 * MLS cipher suites that Chancery runs.
 */
export type Suite = "hybrid" | "classical";

/**
 * A small picture of a file.
 */
export type ThumbnailView = { 
/**
 * Media type: one of the formats that a browser shows without running anything.
 */
media_type: string, 
/**
 * Its bytes.
 */
bytes: Base64, };

/**
 * A refusal for people: a stable code and a sentence that says what to do.
 */
export type UserError = { 
/**
 * Stable, e.g. `no_such_conversation`, or a relay's code.
 */
code: string, 
/**
 * For people.
 */
message: string, };

/**
 *A person, guest, bot or recorder: `alice@example.org`.
 */
export type UserId = string;

/**
 * Warnings. Each is also kept as a note in its conversation.
 */
export type Warning = { 
/**
 * Stable: `history_mismatch`, `log_gap`, `relay_rolled_back`, `forged_sender`, `damaged`, `behind_horizon`, `identity_changed`,
 * `untrusted_organisation`, `untrusted_device`, `refused_welcome`.
 */
code: string, 
/**
 * The conversation, if any.
 */
group: GroupId | null, 
/**
 * For people.
 */
message: string, };

/**
 * The answer to each query, by the query's type.
 */
export type Answers = {
  account: AccountView | null;
  revoked: boolean;
  conversations: Array<ConversationView>;
  conversation: ConversationView | null;
  members: Array<MemberView>;
  messages: MessagePage;
  message: FoundMessage | null;
  file: FileInfo | null;
  thumbnail: ThumbnailView | null;
  picture: ThumbnailView | null;
  starred: Array<FoundMessage>;
  message_info: MessageInfo | null;
  audience: Audience | null;
  search: Array<FoundMessage>;
  devices: Array<DeviceView>;
  safety_number: SafetyNumber | null;
  warnings: Array<Warning>;
  waiting: number;
  policy: Policy | null;
  links: Array<LinkView>;
};
