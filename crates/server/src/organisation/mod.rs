//! The organisation's signed objects: root key, manifest, policy.
//!
//! **Invariant:** what is in force was signed by the pinned root (manifest) or by a policy key of the manifest (policy), and
//! versions only rise.

mod initialise;
mod publish;

pub use initialise::initialise;
pub use publish::{publish_manifest, publish_policy};

use crate::{Relay, RelayFault};
use chancery_mls::Trust;
use chancery_wire::{
    api::organisation::Organisation as Answer,
    signed::{Manifest, Policy, PublicKey, Signed, Unverified},
};
use rusqlite::Connection;
use std::sync::Arc;

/// What is in force.
#[derive(Clone)]
pub struct Organisation {
    /// The root key.
    pub root_key: PublicKey,
    /// The manifest.
    pub manifest: Signed<Manifest>,
    /// The policy. It was verified when it came; a manifest that came later may no longer name the key that signed it.
    pub policy: Policy,
    /// Its exact bytes.
    pub policy_bytes: Vec<u8>,
    /// Verifies credentials against the manifest.
    pub trust: Arc<Trust>,
}

impl Organisation {
    fn new(root_key: PublicKey, manifest: Signed<Manifest>, policy: Policy, policy_bytes: Vec<u8>) -> Self {
        let trust = Arc::new(Trust::new((*manifest).clone()));
        Self { root_key, manifest, policy, policy_bytes, trust }
    }
}

/// Reads and verifies what is in force.
pub fn load(db: &Connection) -> Result<Organisation, RelayFault> {
    let (root, manifest, policy): (Vec<u8>, Vec<u8>, Vec<u8>) = db
        .prepare("SELECT root_key, manifest, policy FROM organisation")?
        .query_row((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let root_key: PublicKey =
        root.try_into().map_err(|_| RelayFault::new("the store's root key doesn't have 32 bytes"))?;
    let manifest = Signed::<Manifest>::verify(&manifest, &root_key).map_err(RelayFault::new)?;
    let parsed = Unverified::<Policy>::parse(&policy).map_err(RelayFault::new)?.peek().clone();
    Ok(Organisation::new(root_key, manifest, parsed, policy))
}

/// The signed objects, for anybody.
pub fn get(relay: &Relay) -> Answer {
    let organisation = relay.organisation();
    Answer {
        root_key: organisation.root_key.to_vec().into(),
        manifest: organisation.manifest.bytes().to_vec().into(),
        policy: organisation.policy_bytes.clone().into(),
    }
}
