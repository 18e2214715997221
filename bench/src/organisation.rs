//! An organisation with members: signs invitations as its enrolment key would, and joins first devices through the API.

use crate::{api::Api, memory_store::MemoryStore};
use anyhow::{Context, Result};
use chancery_mls::{Device, Trust, VerifiedKeyPackage};
use chancery_wire::{
    DeviceId, Domain, UserId,
    api::{Request, devices::KeyPackages, enrolment},
    link::{InvitationLink, invitation_key, relay_origin},
    signed::{
        Credential, DeviceCertificate, Invitation, Kind, Manifest, Policy, PublicKey, Signed, Suite, UserCertificate,
        root_fingerprint,
    },
};
use ed25519_dalek::SigningKey;
use rand::{RngCore, rngs::OsRng};
use std::{
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

/// Calls under way at once while members join.
const JOINS_AT_ONCE: usize = 16;
/// Certificates hold this long, in seconds: longer than any measurement.
const LIFETIME_SECONDS: u64 = 7 * 24 * 3600;

/// Seconds since 1970.
pub fn now_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// An organisation with the keys that act for it.
pub struct Organisation {
    enrolment: SigningKey,
    relay: SigningKey,
    root: PublicKey,
    manifest: Signed<Manifest>,
    policy: Signed<Policy>,
}

/// A user with one device.
#[derive(Clone)]
pub struct Member {
    /// Its number, which also chooses its address.
    pub n: usize,
    /// The user.
    pub user: UserId,
    /// The device.
    pub device: DeviceId,
    /// The device's key.
    pub key: SigningKey,
    /// The chain of certificates.
    pub credential: Vec<u8>,
    invitation: Vec<u8>,
}

fn random_key() -> SigningKey {
    let mut seed = [0; 32];
    OsRng.fill_bytes(&mut seed);
    SigningKey::from_bytes(&seed)
}

impl Organisation {
    /// A new one.
    pub fn new() -> Self {
        let [root, enrolment, policy, relay] = [(); 4].map(|()| random_key());
        let public = |key: &SigningKey| key.verifying_key().to_bytes();
        let domain: Domain = "localhost".parse().expect("a valid domain");
        let manifest = Manifest {
            domain: domain.clone(),
            name: "Benchmark".to_owned(),
            version: 1,
            enrolment_keys: vec![public(&enrolment)],
            policy_keys: vec![public(&policy)],
            relay_key: public(&relay),
            issued_at: now_seconds(),
        };
        Self {
            enrolment,
            relay,
            root: public(&root),
            manifest: Signed::sign(manifest, &root),
            policy: Signed::sign(Policy::initial(domain, now_seconds()), &policy),
        }
    }

    /// Makes the data folder of its relay.
    pub fn initialise(&self, folder: &Path) -> Result<()> {
        chancery_server::initialise(folder, &self.relay, &self.root, self.manifest.bytes(), self.policy.bytes())
            .context("making the relay's data folder")
    }

    /// The domain.
    pub fn domain(&self) -> &Domain {
        &self.manifest.domain
    }

    /// A trust with an empty cache.
    pub fn trust(&self) -> Trust {
        Trust::new((*self.manifest).clone())
    }

    /// Certificates for member number `n`; the relay doesn't know it yet.
    pub fn member(&self, n: usize) -> Result<Member> {
        let now = now_seconds();
        let user = UserId::new(&format!("user{n}"), self.domain())?;
        let device = DeviceId::random(&mut OsRng);
        let mut seed = [0; 16];
        OsRng.fill_bytes(&mut seed);
        let (invitation_key, identity, key) = (invitation_key(&seed), random_key(), random_key());
        let invitation = self.invitation(user.clone(), &format!("User {n}"), &invitation_key);
        let certificate = Signed::sign(
            UserCertificate { user: user.clone(), identity_key: identity.verifying_key().to_bytes(), issued_at: now },
            &invitation_key,
        );
        let device_certificate = Signed::sign(
            DeviceCertificate {
                user: user.clone(),
                device,
                label: "benchmark".to_owned(),
                key: key.verifying_key().to_bytes(),
                issued_at: now,
                expires_at: now + LIFETIME_SECONDS,
            },
            &identity,
        );
        let credential = Credential {
            invitation: invitation.bytes().to_vec(),
            user: certificate.bytes().to_vec(),
            device: device_certificate.bytes().to_vec(),
        };
        Ok(Member { n, user, device, key, credential: credential.to_vec(), invitation: invitation.bytes().to_vec() })
    }

    /// Registers an invitation and returns its link, for a whole client.
    pub async fn invite(&self, relay: &str, local: &str) -> Result<InvitationLink> {
        let mut seed = [0; 16];
        OsRng.fill_bytes(&mut seed);
        let invitation = self.invitation(UserId::new(local, self.domain())?, local, &invitation_key(&seed));
        let body = enrolment::Invite { invitation: invitation.bytes().to_vec().into() };
        Api::new(relay, 0)?.call(Request::Invite { body }).await?;
        Ok(InvitationLink { relay: relay_origin(relay)?, root_fingerprint: root_fingerprint(&self.root), seed })
    }

    fn invitation(&self, user: UserId, name: &str, key: &SigningKey) -> Signed<Invitation> {
        let now = now_seconds();
        Signed::sign(
            Invitation {
                user,
                name: name.to_owned(),
                kind: Kind::Member,
                key: key.verifying_key().to_bytes(),
                issued_at: now,
                expires_at: now + LIFETIME_SECONDS,
            },
            &self.enrolment,
        )
    }

    /// Lets members join at the relay, several at once.
    pub async fn join(&self, origin: &str, members: &[Member]) -> Result<()> {
        let mut tasks = tokio::task::JoinSet::new();
        for worker in 0..JOINS_AT_ONCE {
            let mine: Vec<Member> = members.iter().skip(worker).step_by(JOINS_AT_ONCE).cloned().collect();
            let origin = origin.to_owned();
            let trust = self.trust();
            tasks.spawn(async move {
                // Each address has its own allowance.
                let apis = (0..8).map(|i| Api::new(&origin, worker * 8 + i)).collect::<Result<Vec<_>>>()?;
                for (i, member) in mine.iter().enumerate() {
                    let key_packages = member.last_resort_key_packages(&trust)?;
                    let api = &apis[i % apis.len()];
                    let body = enrolment::Invite { invitation: member.invitation.clone().into() };
                    api.call(Request::Invite { body }).await?;
                    let body = enrolment::Join { credential: member.credential.clone().into(), key_packages };
                    api.call(Request::Join { body }).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.context("a joining task panicked")??;
        }
        Ok(())
    }
}

impl Member {
    /// For MLS.
    pub fn device(&self, trust: &Trust) -> Result<Device> {
        Ok(Device::new(self.key.clone(), self.credential.clone(), trust)?)
    }

    /// A key package for one group; its private half is in `store`.
    pub fn key_package(&self, store: &MemoryStore, trust: &Trust, suite: Suite) -> Result<VerifiedKeyPackage> {
        let now = now_seconds();
        let packages = self.device(trust)?.make_key_packages(store, suite, 1, false, now)?;
        let bytes = packages.first().context("no key package was made")?;
        Ok(VerifiedKeyPackage::verify(bytes, trust, now)?)
    }

    /// What a device has at the relay at least. Nobody claims these, so their private halves aren't kept.
    fn last_resort_key_packages(&self, trust: &Trust) -> Result<KeyPackages> {
        let device = self.device(trust)?;
        let mut last_resort = Vec::new();
        for suite in Suite::ALL {
            for bytes in device.make_key_packages(&MemoryStore::default(), suite, 1, true, now_seconds())? {
                last_resort.push(bytes.into());
            }
        }
        Ok(KeyPackages { ordinary: Vec::new(), last_resort })
    }

    /// A session at the relay.
    pub async fn api(&self, origin: &str) -> Result<Api> {
        let mut api = Api::new(origin, self.n)?;
        api.sign_in(&self.user.domain(), &self.user, self.device, &self.key).await?;
        Ok(api)
    }
}
