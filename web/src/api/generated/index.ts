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
 * Who can read a conversation, and what holds for it.
 */
export type Audience = { 
/**
 * People of the organisation.
 */
members: number, 
/**
 * People from outside.
 */
outsiders: Array<MemberView>, 
/**
 * Programs.
 */
bots: Array<MemberView>, 
/**
 * Recorders of the organisation.
 */
recorders: Array<MemberView>, 
/**
 * Devices of all of them.
 */
devices: number, 
/**
 * New messages are deleted after this many seconds.
 */
message_seconds: number | null, 
/**
 * The organisation's policy.
 */
policy: Policy | null, };

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
 * Has a thumbnail, to be asked for by [`crate::Query::Thumbnail`].
 */
thumbnail: boolean, 
/**
 * Width of a picture or video, in pixels.
 */
width: number | null, 
/**
 * Height of a picture or video, in pixels.
 */
height: number | null, 
/**
 * Duration of sound or video, in milliseconds.
 */
duration_ms: number | null, 
/**
 * A voice note's loudness over time: up to 64 samples from 0 to 255.
 */
waveform: Array<number> | null, 
/**
 * When the relay deletes the file, in seconds since 1970.
 */
expires_at: number | null, } | { "type": "location", 
/**
 * Latitude (WGS 84), in 10⁻⁷ degrees.
 */
latitude_e7: number, 
/**
 * Longitude (WGS 84), in 10⁻⁷ degrees.
 */
longitude_e7: number, 
/**
 * Radius within which it is, in metres.
 */
accuracy_m: number | null, 
/**
 * What it is called; may be empty.
 */
name: string, } | { "type": "contact", 
/**
 * Display name.
 */
name: string, 
/**
 * Who it is in an organisation.
 */
user: UserId | null, 
/**
 * E-mail addresses.
 */
emails: Array<string>, 
/**
 * Telephone numbers.
 */
phones: Array<string>, } | { "type": "deleted" } | { "type": "note", 
/**
 * Stable word: `created`, `added`, `removed`, `left`, `role`, `renamed`, `picture`, `disappearing`, `group_link`, `join_asked`,
 * `join_let_in`, `join_refused`, `rejoined`, or a warning's code.
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
history: boolean, } | { "type": "cancel_link", 
/**
 * Its rendezvous.
 */
link: LinkId, } | { "type": "remove_device", 
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
name: string, } | { "type": "set_purpose", 
/**
 * Which.
 */
group: GroupId, 
/**
 * What for; may be empty.
 */
purpose: string, } | { "type": "set_group_link", 
/**
 * Which.
 */
group: GroupId, 
/**
 * A new one, or none.
 */
on: boolean, } | { "type": "join_by_link", 
/**
 * The link.
 */
link: string, } | { "type": "leave", 
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
up_to?: MessageId | null, } | { "type": "resend", 
/**
 * Which.
 */
message: MessageId, } | { "type": "repair", 
/**
 * Which.
 */
group: GroupId, 
/**
 * The people who are in it now, as they were shown to the person, who agrees.
 */
agreed?: Array<UserId> | null, } | { "type": "verify_contact", 
/**
 * Whom.
 */
user: UserId, } | { "type": "find_users", 
/**
 * Part of a name or id.
 */
query: string, } | { "type": "set_picture", 
/**
 * A JPEG, PNG or WebP of at most 24 KiB.
 */
picture?: Base64 | null, } | { "type": "set_group_picture", 
/**
 * Which.
 */
group: GroupId, 
/**
 * A JPEG, PNG or WebP of at most 24 KiB.
 */
picture?: Base64 | null, } | { "type": "set_disappearing", 
/**
 * Where.
 */
group: GroupId, 
/**
 * After so many seconds they are deleted everywhere; `None`: they stay.
 */
seconds?: number | null, } | { "type": "pin", 
/**
 * Which.
 */
group: GroupId, 
/**
 * Or no more.
 */
on: boolean, } | { "type": "mute", 
/**
 * Which.
 */
group: GroupId, 
/**
 * Until then, in milliseconds since 1970; `None`: not any more.
 */
until_ms?: number | null, } | { "type": "archive", 
/**
 * Which.
 */
group: GroupId, 
/**
 * Or fetch it back.
 */
on: boolean, } | { "type": "mark_unread", 
/**
 * Which.
 */
group: GroupId, } | { "type": "save_draft", 
/**
 * Where.
 */
group: GroupId, 
/**
 * The text.
 */
text: string, 
/**
 * What it replies to.
 */
reply_to?: MessageId | null, } | { "type": "star", 
/**
 * Which.
 */
message: MessageId, 
/**
 * Or no more.
 */
on: boolean, } | { "type": "typing", 
/**
 * Where.
 */
group: GroupId, 
/**
 * Typing, or no more.
 */
on: boolean, } | { "type": "list_people", 
/**
 * After this one.
 */
after?: UserId | null, } | { "type": "refresh_devices" } | { "type": "get_push_key" } | { "type": "set_push", 
/**
 * What the browser's push service gave.
 */
subscription?: Subscription | null, };

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
group: GroupId, } | { "type": "repair_asks", 
/**
 * Everybody who is in it.
 */
people: Array<PersonNow>, } | { "type": "queued", 
/**
 * The message.
 */
message: MessageId, } | { "type": "people", 
/**
 * Who.
 */
people: Array<PersonView>, } | { "type": "push_key", 
/**
 * An uncompressed point of P-256: `applicationServerKey`.
 */
key: Base64, };

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
waiting: number, 
/**
 * Messages that wait for the person's word, because others are in the conversation now than when they were written.
 */
held: number, 
/**
 * It goes on only when the person has it repaired, by [`crate::Command::Repair`].
 */
needs_repair: boolean, 
/**
 * Hash of its picture (the other person's in a 1:1), to be asked for by [`crate::Query::Picture`].
 */
picture: string | null, 
/**
 * The other one of a 1:1.
 */
peer: UserId | null, 
/**
 * One's own role; absent when not in it.
 */
role: Role | null, 
/**
 * Members.
 */
members: number, 
/**
 * The last message, for a line in the list.
 */
last: PreviewView | null, 
/**
 * New messages are deleted after this many seconds.
 */
message_seconds: number | null, 
/**
 * When it was pinned, in milliseconds since 1970.
 */
pinned_at_ms: number | null, 
/**
 * Muted until then, in milliseconds since 1970.
 */
muted_until_ms: number | null, 
/**
 * Put away.
 */
archived: boolean, 
/**
 * Marked as unread by the person.
 */
marked_unread: boolean, 
/**
 * What was written and not sent.
 */
draft: DraftView | null, };

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
last_seen_day: number | null, 
/**
 * It was removed and is cut off, and the relay is still taking it out of groups; so far it is.
 */
removing: RemovingView | null, };

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
reply_to?: MessageId | null, } | { "type": "location", 
/**
 * Latitude (WGS 84), in 10⁻⁷ degrees.
 */
latitude_e7: number, 
/**
 * Longitude (WGS 84), in 10⁻⁷ degrees.
 */
longitude_e7: number, 
/**
 * Radius within which it is, in metres.
 */
accuracy_m?: number | null, 
/**
 * What it is called; may be empty.
 */
name: string, } | { "type": "contact", 
/**
 * Display name.
 */
name: string, 
/**
 * Who it is here.
 */
user?: UserId | null, 
/**
 * E-mail addresses.
 */
emails: Array<string>, 
/**
 * Telephone numbers.
 */
phones: Array<string>, };

/**
 * What was written and not sent.
 */
export type DraftView = { 
/**
 * The text.
 */
text: string, 
/**
 * What it replies to.
 */
reply_to: MessageId | null, };

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
group: GroupId, } | { "type": "message_gone", 
/**
 * Where.
 */
group: GroupId, 
/**
 * Which.
 */
message: MessageId, } | { "type": "person_changed", 
/**
 * Whose.
 */
user: UserId, } | { "type": "typing", 
/**
 * Where.
 */
group: GroupId, 
/**
 * Who.
 */
user: UserId, 
/**
 * Typing, or no more.
 */
on: boolean, } | { "type": "linked", 
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
content_hash: Base64, expires_at?: number | null, thumbnail?: FileThumbnail | null, width?: number | null, height?: number | null, duration_ms?: number | null, 
/**
 * Up to 64 samples from 0 to 255.
 */
waveform?: Array<number> | null, };

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
 * What came of a link into a group.
 */
export type JoinLinkState = "new" | "queued" | "asked" | "refused" | "not_sent" | "member";

/**
 * A link into a group that was opened.
 */
export type JoinLinkView = { 
/**
 * The group.
 */
group: GroupId, 
/**
 * The admin who is asked.
 */
admin: UserId, 
/**
 * Their display name; their id when they aren't known here.
 */
admin_name: string, 
/**
 * What came of it so far.
 */
state: JoinLinkState, };

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
 * On the device that approved it: the new device, once the relay has listed it; before that nobody knows whether it comes.
 */
arrived: boolean, 
/**
 * The approval is being taken back.
 */
ending: boolean, 
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
read_seq: number, 
/**
 * Hash of the user's picture.
 */
picture: string | null, 
/**
 * The person has compared safety numbers, and the key is still the same.
 */
verified: boolean, };

/**
 *Id of a message, derived from its content (draft-ietf-mimi-content, section 3.3).
 */
export type MessageId = string;

/**
 * What became of a message.
 */
export type MessageInfo = { 
/**
 * The message.
 */
message: MessageView, 
/**
 * Everybody but the sender; as far as they are members now.
 */
receipts: Array<ReceiptView>, 
/**
 * The conversation is small enough for receipts: without them nothing is known of delivery.
 */
has_receipts: boolean, };

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
export type MessageState = "waiting" | "sent" | "delivered" | "read" | "held" | "failed" | "received";

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
mentions: Array<UserId>, 
/**
 * It mentions everybody, from somebody who may.
 */
mentions_everyone: boolean, 
/**
 * It was starred on this device.
 */
starred: boolean, 
/**
 * When it is deleted everywhere, in milliseconds since 1970.
 */
expires_at_ms: number | null, 
/**
 * Display names of people who were added by others after it was written, while it wasn't sent.
 */
newcomers: Array<string>, 
/**
 * State.
 */
state: MessageState, 
/**
 * What the owner of this device changed about it and what isn't sent yet; the message is shown as it will be.
 */
pending: Array<PendingView>, };

/**
 * What a change does.
 */
export type PendingKind = "edit" | "delete" | "reaction";

/**
 * A change of a message that waits to be sent, or was refused.
 */
export type PendingView = { 
/**
 * The message that makes it: [`crate::Command::Resend`] tries it once more, deleting it gives it up.
 */
change: MessageId, 
/**
 * What it does.
 */
kind: PendingKind, 
/**
 * Why it was refused; `None` while it waits.
 */
failed: string | null, };

/**
 * Somebody who is in a conversation that is to be gone on with.
 */
export type PersonNow = { 
/**
 * Who.
 */
user: UserId, 
/**
 * Display name.
 */
name: string, 
/**
 * This device didn't see them come.
 */
is_new: boolean, };

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
kind: Kind, 
/**
 * Hash of the user's picture, when this device has it.
 */
picture: string | null, };

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
 * The longest life that members may give disappearing messages, in seconds; `None`: as long as they like.
 */
message_max_seconds: number | null, 
/**
 * When it was signed, in seconds since 1970.
 */
issued_at: number, };

/**
 * What a line stands for.
 */
export type PreviewKind = "text" | "photo" | "video" | "voice" | "audio" | "file" | "location" | "contact" | "deleted" | "unknown";

/**
 * One line of a message.
 */
export type PreviewView = { 
/**
 * The message.
 */
message: MessageId, 
/**
 * Sender.
 */
sender: UserId, 
/**
 * Sender's display name.
 */
sender_name: string, 
/**
 * What it is.
 */
kind: PreviewKind, 
/**
 * One line: of the text or caption (Markdown), or the name of the file, place or contact. May be empty.
 */
text: string, 
/**
 * A picture of it can be asked for by [`crate::Query::Thumbnail`].
 */
thumbnail: boolean, 
/**
 * What became of it.
 */
state: MessageState, };

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
message: MessageId, } | { "type": "picture", 
/**
 * Of this person.
 */
user?: UserId | null, 
/**
 * Of this group.
 */
group?: GroupId | null, } | { "type": "starred", 
/**
 * Only here.
 */
group?: GroupId | null, 
/**
 * At most this many.
 */
limit: number, } | { "type": "message_info", 
/**
 * Which.
 */
message: MessageId, } | { "type": "audience", 
/**
 * Which.
 */
group: GroupId, } | { "type": "search", 
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
limit: number, } | { "type": "waiting", } | { "type": "policy", } | { "type": "group_link", 
/**
 * Which.
 */
group: GroupId, } | { "type": "join_link", 
/**
 * The link.
 */
link: string, } | { "type": "links", };

/**
 * What became of a message with one member.
 */
export type ReceiptView = { 
/**
 * Who.
 */
user: UserId, 
/**
 * Display name.
 */
name: string, 
/**
 * Hash of the user's picture.
 */
picture: string | null, 
/**
 * It is on a device of theirs.
 */
delivered: boolean, 
/**
 * Since when, in milliseconds since 1970, by the relay's clock; `None`: not, or not known any more.
 */
delivered_at_ms: number | null, 
/**
 * They have read it.
 */
read: boolean, 
/**
 * When, as for `delivered_at_ms`.
 */
read_at_ms: number | null, };

/**
 * How far the removal of a device is, in groups.
 */
export type RemovingView = { 
/**
 * Groups that it is out of, or proposed for removal in.
 */
done: number, 
/**
 * Groups that it was in when it was removed.
 */
total: number, };

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
 * Where the calling device is woken; replaces what it said before. `POST /v1/push/subscription`
 */
export type Subscription = { 
/**
 * The push resource's URL, of at most 2048 bytes. Whoever knows it can address the device, so it is never printed.
 */
endpoint: string, 
/**
 * The browser's public key, 65 bytes (RFC 8291 section 2.1).
 */
p256dh: Base64, 
/**
 * The browser's authentication secret, 16 bytes (RFC 8291 section 2.1).
 */
auth: Base64, };

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
 * Something is wrong, or a person should look. One about a conversation is also kept there as a note, `refused_welcome` and `storage_full` excepted:
 * they are about no conversation.
 */
export type Warning = { 
/**
 * Stable: `history_mismatch`, `log_gap`, `relay_rolled_back`, `forged_sender`, `damaged`, `behind_horizon`, `identity_changed`,
 * `untrusted_organisation`, `untrusted_device`, `refused_welcome`, `replacement_refused`, `message_held`, `device_linked`,
 * `log_time`, `certificate_not_renewed`, `storage_full`.
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
  group_link: string | null;
  join_link: JoinLinkView | null;
  links: Array<LinkView>;
};
