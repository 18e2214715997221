//! Files: encryption in chunks, and the records of uploads under way. The ciphertext is staged on OPFS by the worker, so that an
//! upload goes on after the page was closed, and what waits on the disk is encrypted.

mod chunks;
mod record;
mod uploads;

pub use chunks::FileChunks;
pub use uploads::{NewUpload, UploadState};
