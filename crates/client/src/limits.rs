//! Every limit of the driver, with its unit in its name.

/// Frames and answers that wait for the engine. A frame has 256 KiB as a rule, so this bounds memory as well.
pub const NETWORK_QUEUE_JOBS: usize = 64;
/// Commands and queries that wait for the engine.
pub const PEOPLE_QUEUE_JOBS: usize = 256;
/// Inputs in one transaction.
pub const BATCH_INPUTS: usize = 64;
/// A transaction takes no more inputs after this, in milliseconds, so that queries don't wait long.
pub const BATCH_MILLIS: u64 = 150;
/// Frames that wait to be sent.
pub const OUTGOING_FRAMES: usize = 4096;
/// A connection that takes no frame for this long is closed, in seconds.
pub const SEND_STALL_SECONDS: u64 = 20;
/// Events that a slow listener may fall behind before it is told that it missed some.
pub const EVENT_QUEUE: usize = 16 * 1024;
/// API calls under way at a time.
pub const CALLS_AT_A_TIME: usize = 6;
/// Time to connect, TLS included, in seconds.
pub const CONNECT_SECONDS: u64 = 15;
/// Time for one API call, in seconds: a commit with its welcome may have 16 MiB.
pub const CALL_SECONDS: u64 = 120;
/// Largest answer to an API call, in bytes: the tree of 1000 leaves with post-quantum keys has 2.6 MB before base64.
pub const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;
/// A ping goes out this often, in seconds.
pub const PING_SECONDS: u64 = 25;
/// A connection over which nothing came for this long is dead, in seconds.
pub const SILENCE_SECONDS: u64 = 65;
/// A sent message that gets no reply for so long shows that the connection or the relay is dead, in seconds.
pub const REPLY_SECONDS: u64 = 60;
/// Read buffer of the WebSocket, in bytes: the larger one pays when 10,000 messages come.
pub const READ_BUFFER_BYTES: usize = 32 * 1024;
/// A session token is renewed this long before its end, in seconds.
pub const SESSION_MARGIN_SECONDS: u64 = 60;
/// First wait before connecting again, in milliseconds.
pub const RETRY_FIRST_MILLIS: u64 = 500;
/// Longest wait before connecting again, in milliseconds.
pub const RETRY_LONGEST_MILLIS: u64 = 60_000;
/// The engine looks at the clock at least this often while a wake-up is due, in seconds: clocks jump.
pub const CLOCK_CHECK_SECONDS: u64 = 60;
/// Attempts of one file transfer in a row that bring nothing on, before it gives up.
pub const TRANSFER_ATTEMPTS: u32 = 8;
/// Time without a byte after which a file request is cut and tried again, in seconds.
pub const TRANSFER_SILENCE_SECONDS: u64 = 30;
/// Time for sending one part of a file, in seconds: 8 MiB at 128 kbit/s.
pub const UPLOAD_PART_SECONDS: u64 = 600;
/// Room that a download leaves free on the disk, in bytes.
pub const DISK_RESERVE_BYTES: u64 = 64 * 1024 * 1024;
/// Names tried beside an existing file: `report (1).pdf` and so on.
pub const NAME_ATTEMPTS: u32 = 1000;
