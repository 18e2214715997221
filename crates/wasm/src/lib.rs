//! Browser skin of the client core: the store on OPFS, JSON in and out, file chunks. It decides nothing; it holds the keys.
//!
//! ```text
//! worker.ts --- inputs ---> Client.handle --- one transaction ---> store (OPFS)
//!           <-- effects --- frames, calls, results, events
//! ```
//!
//! **Invariant:** what the core wants done leaves only after its transaction committed, as in the native driver.
//! **Invariant:** a command that is given again under the same key (its answer was lost with the tab that owned the store) is
//! carried out once.
//! **Invariant:** keys of files and of the account never leave this module; JavaScript gets ciphertext, plaintext of the files it asks
//! for, and the store's key while it is being wrapped.

mod driver;
mod files;
#[cfg(target_family = "wasm")]
mod skin;

pub use driver::{Driver, Effect, Fatal, Incoming, Standing};
pub use files::{FileChunks, NewUpload, UploadState};
