//! Publishes a new version of the manifest or the policy.

use super::Organisation;
use crate::{
    Context, Failure, Relay, Tx,
    delivery::inbox::{self, Kind},
};
use chancery_wire::{
    Code, Refusal,
    signed::{Manifest, Policy, Signed},
};
use rusqlite::params;
use std::sync::Arc;

/// Puts a policy in force. The same bytes again succeed.
pub fn publish_policy(relay: &Relay, tx: &Tx<'_>, context: Context<'_>, bytes: &[u8]) -> Result<(), Failure> {
    let current = tx.organisation(relay);
    if bytes == current.policy_bytes {
        return Ok(());
    }
    let policy =
        current.manifest.policy_keys.iter().find_map(|key| Signed::<Policy>::verify(bytes, key).ok()).ok_or_else(
            || Refusal::new(Code::CertificateInvalid, "the policy isn't signed by a policy key of the manifest"),
        )?;
    check(&policy.domain, policy.version, &current, current.policy.version)?;
    tx.execute("UPDATE organisation SET policy = ?", params![bytes])?;
    tx.put_organisation(Arc::new(Organisation {
        policy: (*policy).clone(),
        policy_bytes: bytes.to_vec(),
        ..(*current).clone()
    }));
    tell_everybody(tx, context)
}

/// Puts a manifest in force. The same bytes again succeed. Enrolment keys that it no longer names stop counting at once.
pub fn publish_manifest(relay: &Relay, tx: &Tx<'_>, context: Context<'_>, bytes: &[u8]) -> Result<(), Failure> {
    let current = tx.organisation(relay);
    if bytes == current.manifest.bytes() {
        return Ok(());
    }
    let manifest = Signed::<Manifest>::verify(bytes, &current.root_key)
        .map_err(|error| Refusal::new(Code::CertificateInvalid, error.to_string()))?;
    check(&manifest.domain, manifest.version, &current, current.manifest.version)?;
    if manifest.relay_key != relay.relay_key.verifying_key().to_bytes() {
        return Err(Refusal::new(Code::CertificateInvalid, "the manifest names another relay's key").into());
    }
    tx.execute("UPDATE organisation SET manifest = ?", params![bytes])?;
    let next = Organisation::new(current.root_key, manifest, current.policy.clone(), current.policy_bytes.clone());
    tx.put_organisation(Arc::new(next));
    tell_everybody(tx, context)
}

fn check(
    domain: &chancery_wire::Domain,
    version: u64,
    current: &Organisation,
    current_version: u64,
) -> Result<(), Refusal> {
    if *domain != current.manifest.domain {
        return Err(Refusal::new(Code::CertificateInvalid, "the object is of another organisation"));
    }
    if version <= current_version {
        return Err(Code::StaleVersion.into());
    }
    Ok(())
}

fn tell_everybody(tx: &Tx<'_>, context: Context<'_>) -> Result<(), Failure> {
    let mut statement = tx.prepare_cached("SELECT id FROM devices WHERE revoked_at_ms IS NULL")?;
    let devices = statement.query_map((), |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    for device in devices {
        inbox::notify(tx, device, Kind::OrganisationChanged, context.now_ms)?;
    }
    Ok(())
}
