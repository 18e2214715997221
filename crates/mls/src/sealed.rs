//! Sealing to a new device while linking: HPKE (RFC 9180) in base mode with the suite's KEM.

use crate::{MlsError, context, storage::crypto};
use chancery_wire::{limits::MAX_LINK_MESSAGE_BYTES, signed::Suite};
use minicbor::{Decode, Encode};
use openmls_traits::{crypto::OpenMlsCrypto, random::OpenMlsRand, types::HpkeCiphertext};
use zeroize::Zeroizing;

/// Bytes of key material that a key pair is derived from.
const KEY_MATERIAL_BYTES: usize = 64;

/// Largest sealed object, in bytes.
const MAX_SEALED_BYTES: usize = MAX_LINK_MESSAGE_BYTES + 4096;

/// What [`seal`] makes.
#[derive(Encode, Decode)]
#[cbor(array)]
struct Sealed {
    #[cbor(n(0), with = "minicbor::bytes")]
    encapsulated: Vec<u8>,
    #[cbor(n(1), with = "minicbor::bytes")]
    ciphertext: Vec<u8>,
}

/// An HPKE key pair.
pub struct SealingKey {
    /// Private key.
    pub private: Zeroizing<Vec<u8>>,
    /// Public key.
    pub public: Vec<u8>,
}

/// Makes a key pair for the suite's KEM.
pub fn generate(suite: Suite) -> Result<SealingKey, MlsError> {
    let fault = |what: &str| MlsError::Internal(format!("making a sealing key: {what}"));
    let material = Zeroizing::new(crypto().random_vec(KEY_MATERIAL_BYTES).map_err(|_| fault("no randomness"))?);
    let pair = crypto()
        .derive_hpke_keypair(context::ciphersuite(suite).hpke_config(), &material)
        .map_err(|error| fault(&error.to_string()))?;
    Ok(SealingKey { private: Zeroizing::new(pair.private.to_vec()), public: pair.public })
}

/// Seals. `info` enters the key schedule: who doesn't know it can neither seal nor open.
pub fn seal(suite: Suite, public: &[u8], info: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, MlsError> {
    let config = context::ciphersuite(suite).hpke_config();
    let sealed = crypto()
        .hpke_seal(config, public, info, &[], plaintext)
        .map_err(|error| MlsError::Refused(format!("sealing: {error}")))?;
    let sealed = Sealed { encapsulated: sealed.kem_output.into(), ciphertext: sealed.ciphertext.into() };
    Ok(minicbor::to_vec(&sealed).expect("writing to a Vec can't fail"))
}

/// Opens.
pub fn open(suite: Suite, private: &[u8], info: &[u8], sealed: &[u8]) -> Result<Vec<u8>, MlsError> {
    if sealed.len() > MAX_SEALED_BYTES {
        return Err(MlsError::Malformed(format!("a sealed object of more than {MAX_SEALED_BYTES} bytes")));
    }
    let sealed: Sealed =
        minicbor::decode(sealed).map_err(|error| MlsError::Malformed(format!("sealed object: {error}")))?;
    let input = HpkeCiphertext { kem_output: sealed.encapsulated.into(), ciphertext: sealed.ciphertext.into() };
    crypto()
        .hpke_open(context::ciphersuite(suite).hpke_config(), &input, private, info, &[])
        .map_err(|_| MlsError::Refused("the sealed object doesn't open".into()))
}
