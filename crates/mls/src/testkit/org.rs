//! A whole organisation with all of its keys.

use crate::{Device, Trust};
use chancery_wire::{
    DeviceId, Domain, UserId,
    limits::{DEVICE_CERTIFICATE_LIFETIME_SECONDS, INVITATION_LIFETIME_SECONDS},
    signed::{Credential, DeviceCertificate, Invitation, Kind, Manifest, PublicKey, Signed, UserCertificate},
};
use ed25519_dalek::SigningKey;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rand_core::{CryptoRngCore, RngCore};
use std::{cell::RefCell, collections::BTreeMap};

/// The time in tests, in seconds since 1970. Far from the machine's clock, so that whoever reads that one is found out.
const NOW_SECONDS: u64 = 2_500_000_000;

/// A user with the keys that only their devices know.
#[derive(Clone)]
pub struct TestUser {
    /// The user.
    pub id: UserId,
    /// What they are.
    pub kind: Kind,
    /// Bytes of the signed [`Invitation`].
    pub invitation: Vec<u8>,
    /// Bytes of the signed [`UserCertificate`].
    pub certificate: Vec<u8>,
    /// The identity key.
    pub identity: SigningKey,
}

/// A device's key and credential, before it is a [`Device`].
#[derive(Clone)]
pub struct TestDevice {
    /// The device.
    pub id: DeviceId,
    /// Its signature key.
    pub key: SigningKey,
    /// Its credential.
    pub credential: Credential,
}

/// An organisation.
pub struct TestOrg {
    /// Its domain.
    pub domain: Domain,
    /// The root key.
    pub root: SigningKey,
    /// The enrolment key.
    pub enrolment: SigningKey,
    /// The policy key.
    pub policy: SigningKey,
    /// The relay's external-sender key.
    pub relay: SigningKey,
    users: RefCell<BTreeMap<UserId, TestUser>>,
    rng: RefCell<ChaCha20Rng>,
}

impl TestOrg {
    /// A new one; the same domain gives the same keys.
    pub fn new(domain: &str) -> Self {
        let mut seed = [0; 32];
        for (byte, text) in seed.iter_mut().zip(domain.bytes().cycle()) {
            *byte = text;
        }
        let mut rng = ChaCha20Rng::from_seed(seed);
        let mut key = || signing_key(&mut rng);
        let (root, enrolment, policy, relay) = (key(), key(), key(), key());
        Self {
            domain: domain.parse().expect("a test names a valid domain"),
            root,
            enrolment,
            policy,
            relay,
            users: RefCell::default(),
            rng: RefCell::new(rng),
        }
    }

    /// The time in tests, in seconds since 1970.
    pub fn now(&self) -> u64 {
        NOW_SECONDS
    }

    /// The manifest, version 1.
    pub fn manifest(&self) -> Manifest {
        let public = |key: &SigningKey| key.verifying_key().to_bytes();
        Manifest {
            domain: self.domain.clone(),
            name: "Test".into(),
            version: 1,
            enrolment_keys: vec![public(&self.enrolment)],
            policy_keys: vec![public(&self.policy)],
            relay_key: public(&self.relay),
            issued_at: NOW_SECONDS,
        }
    }

    /// The manifest as the root signs it.
    pub fn signed_manifest(&self) -> Vec<u8> {
        Signed::sign(self.manifest(), &self.root).bytes().to_vec()
    }

    /// Trust in this organisation, with an empty cache.
    pub fn trust(&self) -> Trust {
        Trust::new(self.manifest())
    }

    /// The id of a user of this organisation.
    pub fn user_id(&self, local: &str) -> UserId {
        UserId::new(local, &self.domain).expect("a test names a valid user")
    }

    /// Random bytes that are the same in each run.
    pub fn rng(&self) -> ChaCha20Rng {
        let mut seed = [0; 32];
        self.rng.borrow_mut().fill_bytes(&mut seed);
        ChaCha20Rng::from_seed(seed)
    }

    /// A user, enrolled as a member of the organisation when not known yet.
    pub fn user(&self, local: &str) -> TestUser {
        self.user_of_kind(local, Kind::Member)
    }

    /// A user, enrolled as this kind when not known yet.
    pub fn user_of_kind(&self, local: &str, kind: Kind) -> TestUser {
        let id = self.user_id(local);
        if let Some(user) = self.users.borrow().get(&id) {
            return user.clone();
        }
        let user = self.enrol(&id, kind);
        self.users.borrow_mut().insert(id, user.clone());
        user
    }

    /// Enrols a user anew, with new keys, without remembering it.
    pub fn enrol(&self, id: &UserId, kind: Kind) -> TestUser {
        let (invitation_key, identity) = (self.key(), self.key());
        let invitation = Invitation {
            user: id.clone(),
            name: id.local().to_owned(),
            kind,
            key: invitation_key.verifying_key().to_bytes(),
            issued_at: NOW_SECONDS,
            expires_at: NOW_SECONDS + INVITATION_LIFETIME_SECONDS,
        };
        let certificate = UserCertificate {
            user: id.clone(),
            identity_key: identity.verifying_key().to_bytes(),
            issued_at: NOW_SECONDS,
        };
        TestUser {
            id: id.clone(),
            kind,
            invitation: Signed::sign(invitation, &self.enrolment).bytes().to_vec(),
            certificate: Signed::sign(certificate, &invitation_key).bytes().to_vec(),
            identity,
        }
    }

    /// A new key.
    pub fn key(&self) -> SigningKey {
        signing_key(&mut *self.rng.borrow_mut())
    }

    /// A new device of a user: its key and credential.
    pub fn raw_device(&self, user: &TestUser, label: &str) -> TestDevice {
        let id = DeviceId::random(&mut *self.rng.borrow_mut());
        let key = self.key();
        let credential = self.certify(user, &id, key.verifying_key().to_bytes(), label, NOW_SECONDS);
        TestDevice { id, key, credential }
    }

    /// A credential of this device, certified by the user's identity key from `issued_at` on.
    pub fn certify(
        &self,
        user: &TestUser,
        device: &DeviceId,
        key: PublicKey,
        label: &str,
        issued_at: u64,
    ) -> Credential {
        let certificate = DeviceCertificate {
            user: user.id.clone(),
            device: *device,
            label: label.to_owned(),
            key,
            issued_at,
            expires_at: issued_at + DEVICE_CERTIFICATE_LIFETIME_SECONDS,
        };
        Credential {
            invitation: user.invitation.clone(),
            user: user.certificate.clone(),
            device: Signed::sign(certificate, &user.identity).bytes().to_vec(),
        }
    }

    /// A new device of a user, who is enrolled when not known yet.
    pub fn device(&self, local: &str, label: &str) -> Device {
        self.device_of_kind(local, label, Kind::Member)
    }

    /// A new device of a user of this kind.
    pub fn device_of_kind(&self, local: &str, label: &str, kind: Kind) -> Device {
        let raw = self.raw_device(&self.user_of_kind(local, kind), label);
        Device::new(raw.key, raw.credential.to_vec(), &self.trust()).expect("what the organisation certifies is valid")
    }
}

fn signing_key(rng: &mut impl CryptoRngCore) -> SigningKey {
    SigningKey::generate(rng)
}
