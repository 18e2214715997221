//! The primitives of both suites for mls-rs, which brings HPKE and everything of MLS itself. X-Wing isn't in its own providers.

use aes_gcm::{
    Aes128Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hkdf::Hkdf;
use mls_rs::{
    CipherSuite, CipherSuiteProvider, CryptoProvider,
    crypto::{HpkeCiphertext, HpkePsk, HpkePublicKey, HpkeSecretKey, SignaturePublicKey, SignatureSecretKey},
    error::IntoAnyError,
};
use mls_rs_crypto_hpke::{
    context::{ContextR, ContextS},
    dhkem::DhKem,
    hpke::{Hpke, HpkeError},
};
use mls_rs_crypto_traits::{AeadType, DhType, KdfType, KemResult, KemType, SamplingMethod};
use sha2::{Digest, Sha256};
use shake::{ExtendableOutput, Shake256, Update, XofReader};
use x_wing::{Decapsulate, Decapsulator, KeyExport, TryKeyInit};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

/// A primitive failed.
#[derive(Debug)]
pub struct Failed;

impl IntoAnyError for Failed {}

impl From<HpkeError> for Failed {
    fn from(_: HpkeError) -> Self {
        Self
    }
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::getrandom(&mut bytes).unwrap();
    bytes
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Failed> {
    bytes.try_into().map_err(|_| Failed)
}

/// HKDF with SHA-256.
#[derive(Clone)]
pub struct Kdf;

impl KdfType for Kdf {
    type Error = Failed;

    fn kdf_id(&self) -> u16 {
        1
    }

    fn expand(&self, prk: &[u8], info: &[u8], len: usize) -> Result<Vec<u8>, Failed> {
        let mut okm = vec![0; len];
        let hkdf = Hkdf::<Sha256>::from_prk(prk).map_err(|_| Failed)?;
        hkdf.expand(info, &mut okm).map_err(|_| Failed)?;
        Ok(okm)
    }

    fn extract(&self, salt: &[u8], ikm: &[u8]) -> Result<Vec<u8>, Failed> {
        Ok(Hkdf::<Sha256>::extract(Some(salt), ikm).0.to_vec())
    }

    fn extract_size(&self) -> usize {
        32
    }
}

/// AES-128-GCM.
#[derive(Clone)]
pub struct Gcm;

impl AeadType for Gcm {
    type Error = Failed;

    fn aead_id(&self) -> u16 {
        1
    }

    fn seal(&self, key: &[u8], data: &[u8], aad: Option<&[u8]>, nonce: &[u8]) -> Result<Vec<u8>, Failed> {
        let cipher = Aes128Gcm::new_from_slice(key).map_err(|_| Failed)?;
        let payload = Payload { msg: data, aad: aad.unwrap_or_default() };
        cipher.encrypt(Nonce::from_slice(&fixed::<12>(nonce)?), payload).map_err(|_| Failed)
    }

    fn open(&self, key: &[u8], data: &[u8], aad: Option<&[u8]>, nonce: &[u8]) -> Result<Vec<u8>, Failed> {
        let cipher = Aes128Gcm::new_from_slice(key).map_err(|_| Failed)?;
        let payload = Payload { msg: data, aad: aad.unwrap_or_default() };
        cipher.decrypt(Nonce::from_slice(&fixed::<12>(nonce)?), payload).map_err(|_| Failed)
    }

    fn key_size(&self) -> usize {
        16
    }

    fn nonce_size(&self) -> usize {
        12
    }
}

/// X25519.
#[derive(Clone)]
pub struct X25519;

impl DhType for X25519 {
    type Error = Failed;

    fn dh(&self, secret: &HpkeSecretKey, public: &HpkePublicKey) -> Result<Vec<u8>, Failed> {
        let shared = StaticSecret::from(fixed(secret)?).diffie_hellman(&PublicKey::from(fixed::<32>(public)?));
        if shared.was_contributory() { Ok(shared.as_bytes().to_vec()) } else { Err(Failed) }
    }

    fn generate(&self) -> Result<(HpkeSecretKey, HpkePublicKey), Failed> {
        let secret = random::<32>().to_vec().into();
        let public = self.to_public(&secret)?;
        Ok((secret, public))
    }

    fn to_public(&self, secret: &HpkeSecretKey) -> Result<HpkePublicKey, Failed> {
        Ok(PublicKey::from(&StaticSecret::from(fixed(secret)?)).as_bytes().to_vec().into())
    }

    fn bitmask_for_rejection_sampling(&self) -> SamplingMethod {
        SamplingMethod::HpkeWithoutBitmask
    }

    fn secret_key_size(&self) -> usize {
        32
    }

    fn public_key_size(&self) -> usize {
        32
    }

    fn public_key_validate(&self, key: &HpkePublicKey) -> Result<(), Failed> {
        fixed::<32>(key).map(|_| ())
    }
}

/// The KEM of a suite.
#[derive(Clone)]
pub enum Kem {
    Classical(DhKem<X25519, Kdf>),
    Hybrid,
}

impl KemType for Kem {
    type Error = Failed;

    fn kem_id(&self) -> u16 {
        match self {
            Self::Classical(kem) => kem.kem_id(),
            Self::Hybrid => 0x647A,
        }
    }

    fn generate_deterministic(&self, seed: &[u8]) -> Result<(HpkeSecretKey, HpkePublicKey), Failed> {
        match self {
            Self::Classical(kem) => kem.generate_deterministic(seed).map_err(|_| Failed),
            Self::Hybrid => {
                let key = x_wing::DecapsulationKey::from(fixed::<32>(seed)?);
                let public = key.encapsulation_key().to_bytes();
                Ok((seed.to_vec().into(), public.as_slice().to_vec().into()))
            }
        }
    }

    fn generate(&self) -> Result<(HpkeSecretKey, HpkePublicKey), Failed> {
        match self {
            Self::Classical(kem) => kem.generate().map_err(|_| Failed),
            Self::Hybrid => self.generate_deterministic(&random::<32>()),
        }
    }

    fn public_key_validate(&self, key: &HpkePublicKey) -> Result<(), Failed> {
        match self {
            Self::Classical(kem) => kem.public_key_validate(key).map_err(|_| Failed),
            Self::Hybrid => x_wing::EncapsulationKey::new_from_slice(key).map(|_| ()).map_err(|_| Failed),
        }
    }

    fn encap(&self, remote: &HpkePublicKey) -> Result<KemResult, Failed> {
        match self {
            Self::Classical(kem) => kem.encap(remote).map_err(|_| Failed),
            Self::Hybrid => {
                let key = x_wing::EncapsulationKey::new_from_slice(remote).map_err(|_| Failed)?;
                let (encapsulated, shared) = key.encapsulate_deterministic(&random::<64>().into());
                Ok(KemResult::new(shared.as_slice().to_vec(), encapsulated.as_slice().to_vec()))
            }
        }
    }

    fn decap(&self, encapsulated: &[u8], secret: &HpkeSecretKey, public: &HpkePublicKey) -> Result<Vec<u8>, Failed> {
        match self {
            Self::Classical(kem) => kem.decap(encapsulated, secret, public).map_err(|_| Failed),
            Self::Hybrid => {
                let key = x_wing::DecapsulationKey::from(fixed::<32>(secret)?);
                let encapsulated = x_wing::Ciphertext::try_from(encapsulated).map_err(|_| Failed)?;
                Ok(key.decapsulate(&encapsulated).as_slice().to_vec())
            }
        }
    }

    fn seed_length_for_derive(&self) -> usize {
        32
    }
}

/// A suite's primitives.
#[derive(Clone)]
pub struct Primitives {
    suite: CipherSuite,
    kem: Kem,
    hpke: Hpke<Kem, Kdf, Gcm>,
}

/// Gives mls-rs the suites 0x0001 and 0x004F.
#[derive(Clone)]
pub struct Provider;

impl CryptoProvider for Provider {
    type CipherSuiteProvider = Primitives;

    fn supported_cipher_suites(&self) -> Vec<CipherSuite> {
        vec![CipherSuite::new(0x004F), CipherSuite::CURVE25519_AES128]
    }

    fn cipher_suite_provider(&self, suite: CipherSuite) -> Option<Primitives> {
        let kem = match suite.raw_value() {
            0x0001 => Kem::Classical(DhKem::new(X25519, Kdf, 0x0020, 32)),
            0x004F => Kem::Hybrid,
            _ => return None,
        };
        Some(Primitives { suite, kem: kem.clone(), hpke: Hpke::new(kem, Kdf, Some(Gcm)) })
    }
}

impl CipherSuiteProvider for Primitives {
    type Error = Failed;
    type HpkeContextS = ContextS<Kdf, Gcm>;
    type HpkeContextR = ContextR<Kdf, Gcm>;

    fn cipher_suite(&self) -> CipherSuite {
        self.suite
    }

    fn hash(&self, data: &[u8]) -> Result<Vec<u8>, Failed> {
        Ok(Sha256::digest(data).to_vec())
    }

    fn mac(&self, key: &[u8], data: &[u8]) -> Result<Vec<u8>, Failed> {
        // HKDF-Extract is HMAC with the salt as its key (RFC 5869 section 2.2).
        Kdf.extract(key, data)
    }

    fn aead_seal(&self, key: &[u8], data: &[u8], aad: Option<&[u8]>, nonce: &[u8]) -> Result<Vec<u8>, Failed> {
        Gcm.seal(key, data, aad, nonce)
    }

    fn aead_open(
        &self,
        key: &[u8],
        data: &[u8],
        aad: Option<&[u8]>,
        nonce: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Failed> {
        Gcm.open(key, data, aad, nonce).map(Zeroizing::new)
    }

    fn aead_key_size(&self) -> usize {
        Gcm.key_size()
    }

    fn aead_nonce_size(&self) -> usize {
        Gcm.nonce_size()
    }

    fn kdf_extract(&self, salt: &[u8], ikm: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failed> {
        Kdf.extract(salt, ikm).map(Zeroizing::new)
    }

    fn kdf_expand(&self, prk: &[u8], info: &[u8], len: usize) -> Result<Zeroizing<Vec<u8>>, Failed> {
        Kdf.expand(prk, info, len).map(Zeroizing::new)
    }

    fn kdf_extract_size(&self) -> usize {
        Kdf.extract_size()
    }

    fn hpke_seal(
        &self,
        remote: &HpkePublicKey,
        info: &[u8],
        aad: Option<&[u8]>,
        data: &[u8],
    ) -> Result<HpkeCiphertext, Failed> {
        Ok(self.hpke.seal(remote, info, None, aad, data)?)
    }

    fn hpke_seal_psk(
        &self,
        remote: &HpkePublicKey,
        info: &[u8],
        aad: Option<&[u8]>,
        data: &[u8],
        psk: HpkePsk<'_>,
    ) -> Result<HpkeCiphertext, Failed> {
        Ok(self.hpke.seal(remote, info, Some(psk), aad, data)?)
    }

    fn hpke_open(
        &self,
        ciphertext: &HpkeCiphertext,
        secret: &HpkeSecretKey,
        public: &HpkePublicKey,
        info: &[u8],
        aad: Option<&[u8]>,
    ) -> Result<Zeroizing<Vec<u8>>, Failed> {
        Ok(Zeroizing::new(self.hpke.open(ciphertext, secret, public, info, None, aad)?.to_vec()))
    }

    fn hpke_open_psk(
        &self,
        ciphertext: &HpkeCiphertext,
        secret: &HpkeSecretKey,
        public: &HpkePublicKey,
        info: &[u8],
        aad: Option<&[u8]>,
        psk: HpkePsk<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, Failed> {
        Ok(Zeroizing::new(self.hpke.open(ciphertext, secret, public, info, Some(psk), aad)?.to_vec()))
    }

    fn hpke_setup_s(&self, remote: &HpkePublicKey, info: &[u8]) -> Result<(Vec<u8>, ContextS<Kdf, Gcm>), Failed> {
        Ok(self.hpke.setup_sender(remote, info, None)?)
    }

    fn hpke_setup_r(
        &self,
        encapsulated: &[u8],
        secret: &HpkeSecretKey,
        public: &HpkePublicKey,
        info: &[u8],
    ) -> Result<ContextR<Kdf, Gcm>, Failed> {
        Ok(self.hpke.setup_receiver(encapsulated, secret, public, info, None)?)
    }

    fn kem_derive(&self, ikm: &[u8]) -> Result<(HpkeSecretKey, HpkePublicKey), Failed> {
        match self.kem {
            Kem::Classical(_) => Ok(self.hpke.derive(ikm)?),
            Kem::Hybrid => {
                let mut seed = [0; 32];
                Shake256::default().chain(ikm).finalize_xof().read(&mut seed);
                self.kem.generate_deterministic(&seed)
            }
        }
    }

    fn kem_generate(&self) -> Result<(HpkeSecretKey, HpkePublicKey), Failed> {
        self.kem.generate()
    }

    fn kem_public_key_validate(&self, key: &HpkePublicKey) -> Result<(), Failed> {
        self.kem.public_key_validate(key)
    }

    fn random_bytes(&self, out: &mut [u8]) -> Result<(), Failed> {
        getrandom::getrandom(out).map_err(|_| Failed)
    }

    fn signature_key_generate(&self) -> Result<(SignatureSecretKey, SignaturePublicKey), Failed> {
        let secret = SignatureSecretKey::from(SigningKey::from_bytes(&random()).to_keypair_bytes().to_vec());
        let public = self.signature_key_derive_public(&secret)?;
        Ok((secret, public))
    }

    fn signature_key_derive_public(&self, secret: &SignatureSecretKey) -> Result<SignaturePublicKey, Failed> {
        let key = SigningKey::from_keypair_bytes(&fixed(secret)?).map_err(|_| Failed)?;
        Ok(key.verifying_key().to_bytes().to_vec().into())
    }

    fn sign(&self, secret: &SignatureSecretKey, data: &[u8]) -> Result<Vec<u8>, Failed> {
        let key = SigningKey::from_keypair_bytes(&fixed(secret)?).map_err(|_| Failed)?;
        Ok(key.sign(data).to_bytes().to_vec())
    }

    fn verify(&self, public: &SignaturePublicKey, signature: &[u8], data: &[u8]) -> Result<(), Failed> {
        let key = VerifyingKey::from_bytes(&fixed(public)?).map_err(|_| Failed)?;
        key.verify_strict(data, &Signature::from_bytes(&fixed(signature)?)).map_err(|_| Failed)
    }
}
