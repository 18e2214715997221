//! An organisation: its keys, and the invitations it hands out.

use chancery_wire::{
    Domain, UserId,
    link::{InvitationLink, invitation_key, relay_origin},
    signed::{Invitation, Kind, Manifest, Policy, Signed, Suite, root_fingerprint},
};
use ed25519_dalek::SigningKey;
use rand::{Rng, RngCore};

/// The address in the simulation's links.
pub const RELAY: &str = "http://localhost:8008";

/// Keys and signed objects.
pub struct SimOrganisation {
    /// Root key.
    pub root: SigningKey,
    /// Enrolment key.
    pub enrolment: SigningKey,
    /// Policy key.
    pub policy_key: SigningKey,
    /// The relay's external-sender key.
    pub relay_key: SigningKey,
    /// Its domain.
    pub domain: Domain,
    /// Manifest.
    pub manifest: Signed<Manifest>,
    /// Policy.
    pub policy: Signed<Policy>,
}

fn key(rng: &mut impl RngCore) -> SigningKey {
    let mut seed = [0; 32];
    rng.fill_bytes(&mut seed);
    SigningKey::from_bytes(&seed)
}

impl SimOrganisation {
    /// A new one, whose groups use `suite`.
    pub fn new(rng: &mut impl RngCore, suite: Suite, now_seconds: u64) -> Self {
        let (root, enrolment, policy_key, relay_key) = (key(rng), key(rng), key(rng), key(rng));
        let domain: Domain = "sim.example".parse().expect("a domain");
        let manifest = Manifest {
            domain: domain.clone(),
            name: "Simulated".into(),
            version: 1,
            enrolment_keys: vec![enrolment.verifying_key().to_bytes()],
            policy_keys: vec![policy_key.verifying_key().to_bytes()],
            relay_key: relay_key.verifying_key().to_bytes(),
            issued_at: now_seconds,
        };
        let policy = Policy { suite, ..Policy::initial(domain.clone(), now_seconds) };
        let manifest = Signed::sign(manifest, &root);
        let policy = Signed::sign(policy, &policy_key);
        Self { root, enrolment, policy_key, relay_key, domain, manifest, policy }
    }

    /// An invitation for `local@domain`, and its link.
    pub fn invite(
        &self,
        rng: &mut impl Rng,
        local: &str,
        name: &str,
        now_seconds: u64,
    ) -> (Signed<Invitation>, String) {
        let mut seed = [0; 16];
        rng.fill_bytes(&mut seed);
        let invitation = Invitation {
            user: UserId::new(local, &self.domain).expect("a valid local part"),
            name: name.to_owned(),
            kind: Kind::Member,
            key: invitation_key(&seed).verifying_key().to_bytes(),
            issued_at: now_seconds,
            expires_at: now_seconds + 7 * 24 * 3600,
        };
        let link = InvitationLink {
            relay: relay_origin(RELAY).expect("a valid origin"),
            root_fingerprint: root_fingerprint(self.root.verifying_key().as_bytes()),
            seed,
        };
        (Signed::sign(invitation, &self.enrolment), link.to_text())
    }
}
