//! Key packages: made, and verified when they come from outside.
//!
//! The time in which a key package may be used stands in an extension of ours, and the MLS lifetime of its leaf is unlimited. OpenMLS checks
//! lifetimes against the machine's clock each time it processes an Add, so an absent member could never process one whose
//! key package has expired since. What counts is that it was valid when it was added, which [`VerifiedKeyPackage::verify`] checks.
//!
//! **Invariant:** no leaf with a lifetime of its own is added anywhere: what OpenMLS asks the clock for has one answer, at any time.

use crate::{
    Device, MlsError, MlsStore, Trust,
    context::{self, KEY_PACKAGE_TIME_EXTENSION},
    device::Ed25519Signer,
    group_data::GROUP_DATA_EXTENSION,
    leaf,
    message::{bytes_of, exact},
    storage::{Provider, crypto},
};
use chancery_wire::{
    limits::KEY_PACKAGE_LIFETIME_SECONDS,
    signed::{CREDENTIAL_TYPE, Suite, VerifiedDevice},
};
use minicbor::{Decode, Encode};
use openmls::prelude::{
    CredentialType, Extension, ExtensionType, Extensions, KeyPackage, KeyPackageIn, Lifetime, ProtocolVersion,
    UnknownExtension,
};

/// Largest key package, in bytes: a hybrid one with three large certificates.
pub const MAX_KEY_PACKAGE_BYTES: usize = 64 * 1024;

/// A key package is valid from this long before it was made, in seconds, because clocks differ.
pub(crate) const BACKDATED_SECONDS: u64 = 24 * 3600;

/// A leaf's lifetime is unlimited when it begins with 0 and ends at this time or later, in seconds since 1970: in the year 36812. (Ours
/// end with 2^64-1, which not every library can say.)
const UNLIMITED_SECONDS: u64 = 1 << 40;

/// Said of a key package whose time hasn't come, or is over.
pub(crate) const NOT_NOW: &str = "the key package isn't valid at this time";

/// Longest time between a key package's beginning and end, in seconds.
const MAX_LIFETIME_SECONDS: u64 = KEY_PACKAGE_LIFETIME_SECONDS + 2 * BACKDATED_SECONDS;

/// When a key package may be used, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct UsableTime {
    #[n(0)]
    pub(crate) not_before: u64,
    #[n(1)]
    pub(crate) not_after: u64,
}

/// A key package whose credential was verified.
#[derive(Debug, Clone)]
pub struct VerifiedKeyPackage {
    /// Whose it is.
    pub owner: VerifiedDevice,
    /// Its suite.
    pub suite: Suite,
    /// Whether it is a last-resort one.
    pub last_resort: bool,
    /// Until when it may be used, in seconds since 1970: never longer than its owner's certificate.
    pub not_after: u64,
    /// The MLS KeyPackage.
    pub bytes: Vec<u8>,
}

/// The lifetime of our leaves.
pub(crate) fn unlimited() -> Lifetime {
    Lifetime::init(0, u64::MAX)
}

impl Device {
    /// Makes key packages and stores their private halves. Lifetime from `now_seconds` minus a day.
    pub fn make_key_packages(
        &self,
        store: &dyn MlsStore,
        suite: Suite,
        count: usize,
        last_resort: bool,
        now_seconds: u64,
    ) -> Result<Vec<Vec<u8>>, MlsError> {
        let provider = Provider::new(store);
        let time = UsableTime {
            not_before: now_seconds.saturating_sub(BACKDATED_SECONDS),
            not_after: now_seconds.saturating_add(KEY_PACKAGE_LIFETIME_SECONDS),
        };
        let time = minicbor::to_vec(time).expect("writing to a Vec can't fail");
        let time = Extensions::single(Extension::Unknown(KEY_PACKAGE_TIME_EXTENSION, UnknownExtension(time)))
            .map_err(|error| MlsError::Internal(error.to_string()))?;
        (0..count)
            .map(|_| {
                let mut builder = KeyPackage::builder()
                    .key_package_lifetime(unlimited())
                    .leaf_node_capabilities(context::capabilities())
                    .key_package_extensions(time.clone());
                if last_resort {
                    builder = builder.mark_as_last_resort();
                }
                let signer: &Ed25519Signer = self.signer();
                let bundle = builder
                    .build(context::ciphersuite(suite), &provider, signer, self.credential_with_key())
                    .map_err(|error| MlsError::Internal(format!("making a key package: {error}")))?;
                bytes_of(bundle.key_package())
            })
            .collect()
    }
}

impl VerifiedKeyPackage {
    /// Verifies a key package from outside: signature, lifetime, capabilities (both suites' basics, our credential and
    /// extension types), chain, and that the leaf's key is the certified device key.
    ///
    /// The time is that of our extension, checked against `now_seconds`.
    pub fn verify(bytes: &[u8], trust: &Trust, now_seconds: u64) -> Result<Self, MlsError> {
        let (key_package, owner) = read(bytes, trust, Some(now_seconds))?;
        let time = usable_time(&key_package)?;
        if time.not_after.saturating_sub(time.not_before) > MAX_LIFETIME_SECONDS {
            return Err(MlsError::Mismatch("the key package's lifetime is longer than allowed"));
        }
        if now_seconds < time.not_before || now_seconds > time.not_after {
            return Err(MlsError::Mismatch(NOT_NOW));
        }
        let owner_expires_at = owner.expires_at;
        Ok(Self {
            owner,
            suite: context::suite(key_package.ciphersuite())?,
            last_resort: key_package.last_resort(),
            not_after: time.not_after.min(owner_expires_at),
            bytes: bytes.to_vec(),
        })
    }
}

pub(crate) fn usable_time(key_package: &KeyPackage) -> Result<UsableTime, MlsError> {
    let extension = key_package
        .extensions()
        .unknown(KEY_PACKAGE_TIME_EXTENSION)
        .ok_or(MlsError::Mismatch("the key package doesn't say when it may be used (extension 0xF0C3)"))?;
    minicbor::decode(&extension.0).map_err(|error| MlsError::Malformed(format!("the key package's time: {error}")))
}

/// Refuses a leaf that some clock would find too old, or not yet valid.
pub(crate) fn check_unlimited(key_package: &KeyPackage) -> Result<(), MlsError> {
    let lifetime = key_package.life_time();
    if lifetime.not_before() == 0 && lifetime.not_after() >= UNLIMITED_SECONDS {
        Ok(())
    } else {
        Err(MlsError::Mismatch("the lifetime in a key package's leaf has to be unlimited (from 0 to 2^40 or later)"))
    }
}

/// Parses and verifies all but its lifetime.
pub(crate) fn read(
    bytes: &[u8],
    trust: &Trust,
    now_seconds: Option<u64>,
) -> Result<(KeyPackage, VerifiedDevice), MlsError> {
    let key_package = exact::<KeyPackageIn>(bytes, MAX_KEY_PACKAGE_BYTES, "key package")?
        .validate(crypto(), ProtocolVersion::Mls10)
        .map_err(|error| MlsError::Refused(error.to_string()))?;
    context::suite(key_package.ciphersuite())?;
    check_unlimited(&key_package)?;
    let node = key_package.leaf_node();
    let capabilities = node.capabilities();
    let ours = CredentialType::Other(CREDENTIAL_TYPE);
    if !capabilities.ciphersuites().contains(&key_package.ciphersuite().into())
        || ![ours, CredentialType::Basic].iter().all(|one| capabilities.credentials().contains(one))
        || !capabilities.extensions().contains(&ExtensionType::Unknown(GROUP_DATA_EXTENSION))
    {
        return Err(MlsError::Mismatch("the key package lacks a capability that groups need"));
    }
    let owner = leaf::verify(trust, node.credential(), node.signature_key().as_slice(), now_seconds)?;
    Ok((key_package, owner))
}
