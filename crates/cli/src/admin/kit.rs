//! The recovery kit: the organisation's root key, encrypted with a phrase of 24 words that only paper remembers.
//!
//! The phrase is 256 random bits in BIP-39 words. Argon2id makes a key of it, XChaCha20-Poly1305 seals the root key's seed
//! under it; domain, root public key and Argon2's cost are authenticated along. The file is text, so that it can be printed.

use argon2::{Algorithm, Argon2, Params, Version};
use bip39::{Language, Mnemonic};
use chacha20poly1305::{
    Key, XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use chancery_wire::{Base64, Domain, signed::root_fingerprint};
use ed25519_dalek::SigningKey;
use minicbor::{Decode, Encode};
use rand_core::RngCore;
use thiserror::Error;
use zeroize::Zeroizing;

const BEGIN: &str = "-----BEGIN CHANCERY ROOT KEY-----";
const END: &str = "-----END CHANCERY ROOT KEY-----";
/// Words of the phrase.
const WORDS: usize = 24;
/// Argon2id memory, in KiB.
const MEMORY_KIB: u32 = 64 * 1024;
/// Argon2id passes.
const PASSES: u32 = 3;
/// A kit that asks for more memory than this is refused, in KiB.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;
/// A kit that asks for more passes than this is refused.
const MAX_PASSES: u32 = 64;
/// Largest kit file, in bytes.
const MAX_KIT_BYTES: usize = 64 * 1024;
/// Characters per line of the sealed block.
const LINE_CHARACTERS: usize = 64;

/// Why a kit doesn't open.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KitError {
    /// No kit in the file.
    #[error("This is no recovery kit, or it is damaged: it has to hold the lines from {BEGIN} to {END}.")]
    Malformed,
    /// Made by a newer version.
    #[error("The kit is of version {0}; use a newer version of Chancery.")]
    Version(u32),
    /// Not 24 words of the list.
    #[error("The phrase has {WORDS} English words from the list; check the spelling of each and their order.")]
    Phrase,
    /// The words are words, but of another kit.
    #[error("The phrase doesn't open this kit: it belongs to another kit, or the file was altered.")]
    Wrong,
}

/// A kit, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Kit {
    #[n(0)]
    version: u32,
    /// The organisation's domain.
    #[n(1)]
    pub domain: Domain,
    /// The root public key.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub root_key: [u8; 32],
    #[n(3)]
    memory_kib: u32,
    #[n(4)]
    passes: u32,
    #[cbor(n(5), with = "minicbor::bytes")]
    salt: [u8; 16],
    #[cbor(n(6), with = "minicbor::bytes")]
    nonce: [u8; 24],
    #[cbor(n(7), with = "minicbor::bytes")]
    sealed: Vec<u8>,
}

/// The phrase of 256 bits of entropy.
pub fn phrase_from_entropy(entropy: &[u8; 32]) -> Zeroizing<String> {
    let mnemonic = Mnemonic::from_entropy_in(Language::English, entropy).expect("32 bytes are a valid length");
    Zeroizing::new(words_of(&mnemonic).join(" "))
}

fn words_of(mnemonic: &Mnemonic) -> Vec<&'static str> {
    mnemonic.words().collect()
}

/// The phrase as a numbered block for paper.
pub fn words(phrase: &str) -> String {
    let cells: Vec<String> =
        phrase.split(' ').enumerate().map(|(n, word)| format!("{:>2}. {word:<10}", n + 1)).collect();
    cells.chunks(4).map(|row| format!("    {}", row.concat().trim_end())).collect::<Vec<_>>().join("\n")
}

impl Kit {
    const VERSION: u32 = 1;

    /// Seals the root key.
    pub fn seal(domain: &Domain, root: &SigningKey, phrase: &str, rng: &mut dyn RngCore) -> Result<Self, KitError> {
        let mut kit = Self {
            version: Self::VERSION,
            domain: domain.clone(),
            root_key: root.verifying_key().to_bytes(),
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            salt: [0; 16],
            nonce: [0; 24],
            sealed: Vec::new(),
        };
        rng.fill_bytes(&mut kit.salt);
        rng.fill_bytes(&mut kit.nonce);
        let seed = Zeroizing::new(root.to_bytes());
        let payload = Payload { msg: &*seed, aad: &kit.authenticated() };
        kit.sealed =
            kit.cipher(phrase)?.encrypt(XNonce::from_slice(&kit.nonce), payload).expect("32 bytes always encrypt");
        Ok(kit)
    }

    /// Opens it; the key inside has been compared with the public key outside.
    pub fn open(&self, phrase: &str) -> Result<SigningKey, KitError> {
        let payload = Payload { msg: &self.sealed, aad: &self.authenticated() };
        let seed = self.cipher(phrase)?.decrypt(XNonce::from_slice(&self.nonce), payload).map(Zeroizing::new);
        let seed = seed.map_err(|_| KitError::Wrong)?;
        let key = SigningKey::from_bytes(seed.as_slice().try_into().map_err(|_| KitError::Wrong)?);
        if key.verifying_key().to_bytes() == self.root_key { Ok(key) } else { Err(KitError::Wrong) }
    }

    fn authenticated(&self) -> Vec<u8> {
        minicbor::to_vec(Self { sealed: Vec::new(), ..self.clone() }).expect("writing to a Vec can't fail")
    }

    fn cipher(&self, phrase: &str) -> Result<XChaCha20Poly1305, KitError> {
        // Parsing checks the words and their checksum, and makes any spelling with other blanks or capitals the same.
        let normal = Zeroizing::new(phrase.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" "));
        let mnemonic = Mnemonic::parse_in_normalized(Language::English, &normal).map_err(|_| KitError::Phrase)?;
        if mnemonic.word_count() != WORDS {
            return Err(KitError::Phrase);
        }
        let entropy = Zeroizing::new(mnemonic.to_entropy());
        let params = Params::new(self.memory_kib, self.passes, 1, Some(32)).map_err(|_| KitError::Malformed)?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(&entropy, &self.salt, &mut *key)
            .map_err(|_| KitError::Malformed)?;
        Ok(XChaCha20Poly1305::new(Key::from_slice(&*key)))
    }

    /// The file's text.
    pub fn to_text(&self, name: &str, day: &str) -> String {
        let block = Base64::encode(&minicbor::to_vec(self).expect("writing to a Vec can't fail"));
        let lines: Vec<&str> = block
            .as_bytes()
            .chunks(LINE_CHARACTERS)
            .map(|line| std::str::from_utf8(line).expect("base64 is ASCII"))
            .collect();
        format!(
            "Chancery recovery kit\n\n\
             Organisation:  {} ({})\n\
             Root key:      {}\n\
             Made:          {day}\n\n\
             The block below is the organisation's root key, encrypted with a phrase of {WORDS} words that was shown\n\
             once when the organisation was made. With both, the organisation's other keys can be replaced; without\n\
             them, nobody can. Keep this file and the phrase offline, and apart from each other.\n\
             `chancery recovery check FILE` tells whether file and phrase still fit.\n\n\
             {BEGIN}\n{}\n{END}\n",
            crate::output::plain(name),
            self.domain,
            fingerprint_text(&root_fingerprint(&self.root_key)),
            lines.join("\n"),
        )
    }

    /// Reads a kit's text.
    pub fn from_text(text: &str) -> Result<Self, KitError> {
        if text.len() > MAX_KIT_BYTES {
            return Err(KitError::Malformed);
        }
        let (_, rest) = text.split_once(BEGIN).ok_or(KitError::Malformed)?;
        let (block, _) = rest.split_once(END).ok_or(KitError::Malformed)?;
        let block: String = block.split_whitespace().collect();
        let bytes = Base64::decode(&block).ok_or(KitError::Malformed)?;
        let kit: Self = minicbor::decode(&bytes).map_err(|_| KitError::Malformed)?;
        if kit.version != Self::VERSION {
            return Err(KitError::Version(kit.version));
        }
        // The cost is read before anything is authenticated: a made-up kit must not exhaust the machine.
        if kit.memory_kib > MAX_MEMORY_KIB || kit.passes > MAX_PASSES {
            return Err(KitError::Malformed);
        }
        Ok(kit)
    }
}

/// A fingerprint in groups of four digits.
pub fn fingerprint_text(fingerprint: &[u8; 32]) -> String {
    fingerprint.chunks(2).map(|pair| format!("{:02x}{:02x}", pair[0], pair[1])).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::OsRng;

    fn sealed() -> (Kit, SigningKey, Zeroizing<String>) {
        let root = SigningKey::from_bytes(&[3; 32]);
        let phrase = phrase_from_entropy(&[9; 32]);
        (Kit::seal(&"example.org".parse().unwrap(), &root, &phrase, &mut OsRng).unwrap(), root, phrase)
    }

    #[test]
    fn file_and_phrase_give_the_root_key_back() {
        let (kit, root, phrase) = sealed();
        let text = kit.to_text("Example Ltd", "2026-11-22");
        let read = Kit::from_text(&text).unwrap();
        assert_eq!(read, kit);
        assert_eq!(read.open(&phrase).unwrap().to_bytes(), root.to_bytes());
        let spelled = format!("  {}\n", phrase.to_uppercase().replace(' ', "\n  "));
        assert_eq!(read.open(&spelled).unwrap().to_bytes(), root.to_bytes());
        assert!(!text.contains(&Base64::encode(&root.to_bytes())));
    }

    #[test]
    fn another_phrase_or_an_altered_kit_does_not_open() {
        let (kit, _, phrase) = sealed();
        assert_eq!(kit.open(&phrase_from_entropy(&[8; 32])), Err(KitError::Wrong));
        assert_eq!(kit.open("one two three"), Err(KitError::Phrase));
        assert_eq!(kit.open(&phrase.replacen(' ', "x ", 1)), Err(KitError::Phrase));
        let other_domain = Kit { domain: "example.com".parse().unwrap(), ..kit.clone() };
        assert_eq!(other_domain.open(&phrase), Err(KitError::Wrong));
        let other_key = Kit { root_key: [1; 32], ..kit };
        assert_eq!(other_key.open(&phrase), Err(KitError::Wrong));
    }

    #[test]
    fn a_kit_that_asks_for_the_whole_memory_is_refused() {
        let (kit, ..) = sealed();
        for greedy in [Kit { memory_kib: u32::MAX, ..kit.clone() }, Kit { passes: u32::MAX, ..kit.clone() }] {
            assert_eq!(Kit::from_text(&greedy.to_text("x", "y")), Err(KitError::Malformed));
        }
        let newer = Kit { version: 2, ..kit };
        assert_eq!(Kit::from_text(&newer.to_text("x", "y")), Err(KitError::Version(2)));
        assert_eq!(Kit::from_text("nothing here"), Err(KitError::Malformed));
    }

    #[test]
    fn the_phrase_is_shown_in_numbered_rows() {
        let shown = words(&phrase_from_entropy(&[0; 32]));
        assert_eq!(shown.lines().count(), 6);
        assert!(shown.starts_with("     1. abandon") && shown.ends_with("24. art"), "{shown}");
    }
}
