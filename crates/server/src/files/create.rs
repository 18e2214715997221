//! A new file.

use super::{Database, Host, store};
use crate::{Failure, relay::Caller};
use chancery_wire::{Code, FileId, Refusal, api::files::FileCreated, file_cipher::ciphertext_len};

/// Makes a file of `size` bytes of ciphertext, when policy, quota and disk allow it.
pub(super) async fn create<H: Host>(host: &H, caller: &Caller, size: u64) -> Result<FileCreated, Failure> {
    let policy = host.policy();
    if size == 0 {
        return Err(
            Refusal::new(Code::InvalidRequest, "Upload-Length: a file has at least one byte of ciphertext").into()
        );
    }
    // The limit is one of plaintext: the largest plaintext has to fit with its padding and tags.
    if size > ciphertext_len(policy.file_max_bytes) {
        let text = format!("policy limits a file to {} bytes", policy.file_max_bytes);
        return Err(Refusal::new(Code::TooLarge, text).into());
    }
    let (file, created_at_ms): (FileId, u64) = (host.random_file_id(), host.now_ms());
    let expires_at = created_at_ms / 1000 + policy.file_days * 24 * 3600;
    let new = store::NewFile { id: file, owner: caller.user_row, size, expires_at, created_at_ms };
    let files = host.files();
    let disk = files.disk.clone();
    let room = super::disk::blocking(move || disk.room()).await?;
    files.database.write(move |db| store::create(db, &new, policy.file_quota_bytes, room)).await?;
    Ok(FileCreated { file, expires_at })
}
