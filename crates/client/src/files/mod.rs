//! File transfers: encrypted on the way up, verified on the way down, both resumable, in constant memory.
//!
//! **Invariant:** one key encrypts one plaintext. The hash of every part of ciphertext is stored before the part is sent the first
//! time; when encrypting it again gives another hash, the source was changed and the upload is given up.
//! **Invariant:** an uploaded file is sent as a message exactly once: the transaction that queues the message removes the
//! transfer's record.
//! **Invariant:** nothing appears under its name before every chunk, the hash of the whole and the size were verified, and no
//! existing file is replaced without being told.

mod download;
mod http;
mod name;
mod parts;
mod record;
mod retry;
mod upload;

pub use download::{Destination, Download};
pub use name::safe_name;
pub use record::{PendingUpload, TransferId};
pub use upload::Upload;

use std::sync::Arc;

/// Told of progress: bytes done, and all of them.
pub type Progress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// For callers that don't show any.
pub fn no_progress() -> Progress {
    Arc::new(|_, _| {})
}
