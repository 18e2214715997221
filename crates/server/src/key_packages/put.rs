//! Stores key packages.

use crate::{Failure, Row, Tx};
use chancery_mls::VerifiedKeyPackage;
use chancery_wire::{limits::KEY_PACKAGE_STOCK, signed::Suite};
use rusqlite::params;
use sha2::{Digest, Sha256};

/// Claimed ordinary key packages are remembered, unclaimed ones beyond this many per suite are given up, oldest first.
const MAX_STOCK: usize = 2 * KEY_PACKAGE_STOCK;
/// They are handed out until so long before they end, because whoever claims one still has to use it.
const MARGIN_SECONDS: u64 = 24 * 3600;

/// Stores verified key packages of a device. One that was there before, claimed or not, changes nothing.
pub fn put(tx: &Tx<'_>, device: Row, packages: &[VerifiedKeyPackage]) -> Result<(), Failure> {
    for package in packages {
        let expires_at = i64::try_from(package.not_after.saturating_sub(MARGIN_SECONDS)).unwrap_or(i64::MAX);
        let hash: [u8; 32] = Sha256::digest(&package.bytes).into();
        let inserted = tx
            .prepare_cached(
                "INSERT INTO key_packages (device_id, suite, last_resort, hash, expires_at, body)
                 VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            )?
            .execute(params![device, package.suite.number(), package.last_resort, hash, expires_at, package.bytes])?;
        if package.last_resort && inserted == 1 {
            tx.prepare_cached(
                "DELETE FROM key_packages WHERE device_id = ? AND suite = ? AND last_resort = 1 AND hash != ?",
            )?
            .execute(params![device, package.suite.number(), hash])?;
        }
    }
    for suite in Suite::ALL {
        tx.prepare_cached(
            "DELETE FROM key_packages WHERE id IN (SELECT id FROM key_packages
             WHERE device_id = ? AND suite = ? AND last_resort = 0 AND body IS NOT NULL ORDER BY id DESC LIMIT -1 OFFSET ?)",
        )?
        .execute(params![device, suite.number(), MAX_STOCK])?;
    }
    Ok(())
}
