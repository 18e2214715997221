//! Files: ciphertext under a random id, uploaded in parts that can be resumed (the core of tus 1.0), fetched by range, deleted
//! when their time is over. The calls are described in [`chancery_wire::api::files`].
//!
//! A file is `<data>/files/<first two digits>/<id>` and a row in the table `files`. A part is written, flushed to the disk, and
//! then recorded in the row. A row comes before its bytes and outlives them.
//!
//! **Invariant:** what an upload was told it has (`Upload-Offset`) is on the disk; after a crash the upload goes on there
//! (`a_killed_upload_goes_on_where_it_was_recorded`).
//! **Invariant:** memory doesn't depend on the size of a file.
//! **Invariant:** only bytes of rows that aren't deleted stay: bytes without such a row are removed by [`sweep`].

mod append;
mod create;
mod delete;
mod disk;
mod fetch;
mod offset;
mod range;
mod routes;
mod slots;
mod store;
mod sweep;

pub use routes::routes;
pub use store::Database;
pub use sweep::{Swept, sweep};

use crate::{Failure, RelayFault, metrics::Metrics, relay::Caller};
use axum::{http::HeaderMap, response::Response};
use chancery_wire::{FileId, Refusal, signed::Policy};
use disk::Disk;
use slots::Slots;
use std::{path::Path, sync::Arc};
use tokio::sync::Semaphore;

/// An upload that isn't finished so long after it was begun is given up, in milliseconds: 7 days.
const UNFINISHED_LIFETIME_MS: u64 = 7 * 24 * 3600 * 1000;
/// So long after its end the relay still knows that there was a file, in seconds: 30 days.
const TOMBSTONE_LIFETIME_SECONDS: u64 = 30 * 24 * 3600;
/// Files of one user, deleted ones not counted: small files cost a row and an inode that no quota of bytes sees.
const MAX_FILES_PER_USER: u64 = 100_000;

/// What the routes need from the server around them.
pub trait Host: Clone + Send + Sync + 'static {
    /// How its store is reached.
    type Database: Database;

    /// The files.
    fn files(&self) -> &Files<Self::Database>;
    /// The device whose session a request carries.
    fn authenticate(&self, headers: &HeaderMap) -> Result<Arc<Caller>, Refusal>;
    /// The policy in force.
    fn policy(&self) -> Policy;
    /// Milliseconds since 1970.
    fn now_ms(&self) -> u64;
    /// A random id.
    fn random_file_id(&self) -> FileId;
    /// A file was passed over in a sweep because of this.
    fn passed_over(&self, failure: &Failure);
    /// The answer that says why there is none.
    fn refuse(&self, failure: Failure, operation: &'static str) -> Response;
}

/// The files of one relay.
pub struct Files<D> {
    database: D,
    disk: Disk,
    slots: Slots,
    uploads: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

impl<D: Database> Files<D> {
    /// Files below `data_dir`, of which uploads leave `disk_reserve_bytes` free; `uploads` at a time.
    pub fn open(
        database: D,
        data_dir: &Path,
        disk_reserve_bytes: u64,
        uploads: u32,
        metrics: Arc<Metrics>,
    ) -> Result<Self, RelayFault> {
        Ok(Self {
            database,
            disk: Disk::open(data_dir, disk_reserve_bytes).map_err(RelayFault::new)?,
            slots: Slots::default(),
            uploads: Arc::new(Semaphore::new(uploads as usize)),
            metrics,
        })
    }
}
