/** Every limit of the engine, with its unit in its name. */

/** API calls under way at a time. */
export const CALLS_AT_A_TIME = 6;
/** Time for one API call: a commit with its welcome may have 16 MiB. */
export const CALL_MILLIS = 120_000;
/** Largest answer to an API call. */
export const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
/** Time to open the WebSocket. */
export const CONNECT_MILLIS = 15_000;
/** First wait before connecting again; doubled with each failure, half of it random. */
export const RETRY_FIRST_MILLIS = 500;
/** Longest wait before connecting again. */
export const RETRY_LONGEST_MILLIS = 60_000;
/** An open WebSocket is looked at this often. */
export const LOOK_MILLIS = 5_000;
/** At every so many looks a sign of life is asked for. */
export const LOOKS_PER_PING = 3;
/** A WebSocket over which nothing came for so many looks is dead: two looks, at least, after the question. */
export const SILENT_LOOKS = 5;
/** A sent message without a reply for so long shows that the connection is dead. */
export const REPLY_MILLIS = 60_000;
/** A session token is renewed this long before its end. */
export const SESSION_MARGIN_SECONDS = 60;
/** Inputs in one hand-over to the core. */
export const BATCH_INPUTS = 64;
/** Frames that wait for the core; beyond them the connection is closed and read again from the log. */
export const MAX_WAITING_FRAMES = 4096;
/** The clock is looked at least this often while a wake-up is due: clocks jump. */
export const CLOCK_CHECK_MILLIS = 60_000;
/** Bytes of one upload request: fewest, of the first one, and most. */
export const UPLOAD_PART_BYTES = { least: 64 * 1024, first: 256 * 1024, most: 4 * 1024 * 1024 } as const;
/** An upload request should take between these: progress moves, and little is sent again after a cut. */
export const UPLOAD_PART_MILLIS = { least: 500, most: 2000 } as const;
/** Bytes asked for in one download request. */
export const DOWNLOAD_PART_BYTES = 4 * 1024 * 1024;
/** Time for one part of a file. */
export const PART_MILLIS = 600_000;
/** A transfer's progress is told at most this often. */
export const PROGRESS_MILLIS = 200;
/** Attempts of one transfer in a row that bring nothing on, before it waits for the person. */
export const TRANSFER_ATTEMPTS = 8;
/** Ciphertext of received files that is kept on this device. */
export const FILE_CACHE_BYTES = 512 * 1024 * 1024;
/** Largest answer to a media request of the service worker. */
export const MEDIA_PART_BYTES = 1024 * 1024;
/** How long a lease lasts when nobody chose. */
export const DEFAULT_LEASE_HOURS = 8;
/** A lease that is in use is looked at this often: whether it is over, and what time it is. */
export const LEASE_CHECK_MILLIS = 60_000;
/** Clocks are put right by so much; one that goes back further was set back, and ends a lease. */
export const CLOCK_BACK_MILLIS = 300_000;
/** Longest lease. */
export const LONGEST_LEASE_HOURS = 31 * 24;
/** Shortest PIN. */
export const MIN_PIN_CHARS = 6;
/** Wrong PINs without a wait. */
export const FREE_ATTEMPTS = 4;
/** Waits after further ones; the last one repeats. */
export const ATTEMPT_WAITS_SECONDS = [30, 60, 300, 900, 3600] as const;
/** Requests of a tab that wait for an owner of the store. */
export const MAX_WAITING_REQUESTS = 1000;
