//! Every limit that client and relay share, with its unit in its name.

/// Largest log item (an encrypted message, a proposal or a commit), in bytes. A commit that re-keys an unfilled
/// post-quantum tree of 1000 leaves has about 1.2 MB.
pub const MAX_ITEM_BYTES: usize = 4 * 1024 * 1024;
/// Largest encrypted application message, in bytes. Larger content travels as a file.
pub const MAX_APPLICATION_BYTES: usize = 256 * 1024;
/// Largest message content before encryption, in bytes.
pub const MAX_CONTENT_BYTES: usize = 192 * 1024;
/// Longest text of a message, in characters (code points): four bytes each leave room in [`MAX_CONTENT_BYTES`] for what mentions are
/// written out as. Longer text travels as a file.
pub const MAX_TEXT_CHARS: usize = 40_000;
/// Longest draft that is kept, in bytes: a text that is being shortened may be longer than what can be sent.
pub const MAX_DRAFT_BYTES: usize = 512 * 1024;
/// Largest body of one API request, in bytes (a commit with its welcome, in base64).
pub const MAX_REQUEST_BYTES: usize = 16 * 1024 * 1024;
/// GroupInfo and tree of a new group, in bytes: one leaf, and the roles of those who will be added.
pub const MAX_NEW_GROUP_BYTES: usize = 256 * 1024;
/// Largest frame from a client, in bytes.
pub const MAX_CLIENT_FRAME_BYTES: usize = MAX_APPLICATION_BYTES + 4096;
/// Largest frame from the relay, in bytes.
pub const MAX_SERVER_FRAME_BYTES: usize = MAX_ITEM_BYTES + 64 * 1024;
/// The relay puts items into one frame up to this many bytes (one larger item travels alone).
pub const ITEMS_FRAME_BYTES: usize = 256 * 1024;
/// Largest body of a signal, in bytes.
pub const MAX_SIGNAL_BYTES: usize = 256;
/// Signals that one connection may send at once; after that one per [`SIGNAL_INTERVAL_MS`]. Further ones are dropped.
pub const SIGNAL_BURST: u32 = 8;
/// Time after which a connection may send one signal more, in milliseconds.
pub const SIGNAL_INTERVAL_MS: u64 = 1000;
/// Groups named in one `Follow` frame.
pub const MAX_FOLLOW_GROUPS: usize = 1000;
/// Items in one page of a group's log over HTTP.
pub const MAX_LOG_PAGE_ITEMS: u32 = 500;
/// Members (leaves, i.e. devices) of a group.
pub const MAX_GROUP_LEAVES: usize = 2000;
/// Devices of a user.
pub const MAX_DEVICES_PER_USER: usize = 16;
/// An application message may be encrypted in an epoch at most this many before the current one.
pub const MAX_PAST_EPOCHS_ACCEPTED: u64 = 4;
/// Clients keep the secrets of this many past epochs, more than the relay accepts.
pub const PAST_EPOCHS_KEPT: usize = 6;
/// Ordinary key packages kept at the relay per device and suite.
pub const KEY_PACKAGE_STOCK: usize = 20;
/// A device uploads more when fewer than this are left.
pub const KEY_PACKAGE_LOW: usize = 8;
/// Lifetime of a key package, in seconds: longer than the log's horizon, so that an absent member can still be added.
pub const KEY_PACKAGE_LIFETIME_SECONDS: u64 = 90 * 24 * 3600;
/// Lifetime of a device certificate, in seconds. A device renews its own when half of it is over.
pub const DEVICE_CERTIFICATE_LIFETIME_SECONDS: u64 = 2 * 365 * 24 * 3600;
/// By how much two clocks may differ, in seconds, before a certificate counts as not yet or no longer valid. Relay and clients use
/// the same: their verdicts on a log item have to be equal.
pub const CLOCK_TOLERANCE_SECONDS: u64 = 24 * 3600;
/// The time of a group's log doesn't fall while the last item's is at most this far ahead of the relay's clock, in milliseconds: it
/// stands still. Beyond that the relay's clock was wrong, and the log returns to the right time, visibly.
pub const LOG_TIME_STANDS_MS: u64 = CLOCK_TOLERANCE_SECONDS * 1000;
/// Lifetime of an invitation when its maker says nothing else, in seconds.
pub const INVITATION_LIFETIME_SECONDS: u64 = 7 * 24 * 3600;
/// A device link that nobody approves ends after this, in seconds.
pub const LINK_LIFETIME_SECONDS: u64 = 10 * 60;
/// An approved link stays open for the history this long, in seconds.
pub const LINK_HISTORY_LIFETIME_SECONDS: u64 = 24 * 3600;
/// Largest message in a link rendezvous, in bytes.
pub const MAX_LINK_MESSAGE_BYTES: usize = 1024 * 1024;
/// Messages in a link rendezvous.
pub const MAX_LINK_MESSAGES: u32 = 4096;
/// An authentication challenge lives this long, in seconds.
pub const CHALLENGE_LIFETIME_SECONDS: u64 = 60;
/// A session token lives this long, in seconds.
pub const SESSION_LIFETIME_SECONDS: u64 = 3600;
/// Largest file (plaintext), in bytes: 2 GiB.
pub const MAX_FILE_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Bytes of one upload request; larger files go up in several.
pub const MAX_UPLOAD_PART_BYTES: usize = 8 * 1024 * 1024;
/// Longest name of a person, group or device, in bytes of UTF-8.
pub const MAX_NAME_BYTES: usize = 128;
