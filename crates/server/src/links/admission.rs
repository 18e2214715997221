//! An existing device's word that a new one may be registered.

use crate::{Context, Failure, Row, Tx};
use chancery_wire::{Code, Refusal};
use rusqlite::params;
use sha2::{Digest, Sha256};

/// Uses up the admission of this credential by an active device of this user; refused when there is none.
pub fn use_admission(tx: &Tx<'_>, context: Context<'_>, user: Row, credential: &[u8]) -> Result<(), Failure> {
    let hash: [u8; 32] = Sha256::digest(credential).into();
    let used = tx
        .prepare_cached(
            "UPDATE links SET admits = NULL WHERE admits = ? AND expires_at_ms > ? AND device_id IN
             (SELECT id FROM devices WHERE user_id = ? AND revoked_at_ms IS NULL)",
        )?
        .execute(params![hash, context.now_ms, user])?;
    if used == 0 {
        return Err(Refusal::new(Code::Forbidden, "no device of the user has admitted this one; link it again").into());
    }
    Ok(())
}
