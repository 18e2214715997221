//! Makes a fresh store an organisation's.

use crate::RelayFault;
use chancery_wire::signed::{Manifest, Policy, PublicKey, Signed};
use rusqlite::{Connection, params};

/// Writes the organisation into a store without one. Refuses objects that don't belong together.
pub fn initialise(db: &Connection, root_key: &PublicKey, manifest: &[u8], policy: &[u8]) -> Result<(), RelayFault> {
    let verified = Signed::<Manifest>::verify(manifest, root_key).map_err(RelayFault::new)?;
    let signed = verified.policy_keys.iter().find_map(|key| Signed::<Policy>::verify(policy, key).ok());
    let Some(signed) = signed else {
        return Err(RelayFault::new("the policy isn't signed by a policy key of the manifest"));
    };
    if signed.domain != verified.domain {
        return Err(RelayFault::new("policy and manifest name different domains"));
    }
    db.execute(
        "INSERT INTO organisation (id, root_key, manifest, policy) VALUES (1, ?, ?, ?)",
        params![root_key, manifest, policy],
    )?;
    Ok(())
}
