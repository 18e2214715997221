//! File encryption: what a relay can do to ciphertext is refused.

use chancery_wire::{file_cipher::*, limits::MAX_FILE_BYTES};
use proptest::prelude::*;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

fn key(seed: u64) -> FileKey {
    FileKey::generate(&mut ChaCha8Rng::seed_from_u64(seed))
}

fn plain(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 7 % 251) as u8).collect()
}

fn encrypt(key: &FileKey, plain: &[u8]) -> Vec<u8> {
    let cipher = FileCipher::new(key, plain.len() as u64).unwrap();
    (0..cipher.layout().chunks())
        .flat_map(|chunk| {
            let range = cipher.layout().plain_range(chunk);
            cipher.encrypt_chunk(chunk, &plain[range.start as usize..range.end as usize]).unwrap()
        })
        .collect()
}

/// As a client does it: the layout follows from the size in the message.
fn decrypt(key: &FileKey, plain_len: u64, bytes: &[u8]) -> Result<Vec<u8>, FileCipherError> {
    let cipher = FileCipher::new(key, plain_len)?;
    if bytes.len() as u64 != cipher.layout().ciphertext_len() {
        return Err(FileCipherError::Shape);
    }
    let mut plain = Vec::new();
    for chunk in 0..cipher.layout().chunks() {
        let range = cipher.layout().cipher_range(chunk);
        plain.extend(cipher.decrypt_chunk(chunk, &bytes[range.start as usize..range.end as usize])?);
    }
    Ok(plain)
}

#[test]
fn files_of_every_awkward_size_come_back() {
    for length in [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 131_072, 131_073, 200_000, 1_000_003] {
        let (key, plain) = (key(1), plain(length));
        let bytes = encrypt(&key, &plain);
        assert_eq!(bytes.len() as u64, ciphertext_len(length as u64));
        assert_eq!(decrypt(&key, length as u64, &bytes).unwrap(), plain, "{length}");
    }
}

#[test]
fn the_ciphertext_is_pinned() {
    use sha2::{Digest, Sha256};
    // A change of this hash means that files already uploaded can't be read any more.
    let key = FileKey { key: [1; 32], nonce: [2; 7] };
    let digest: [u8; 32] = Sha256::digest(encrypt(&key, &plain(150_000))).into();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "eb91a497fef830f0b47d5d5a353ac00f520baeceeba01ed808438486b8674aef");
}

#[test]
fn truncated_reordered_swapped_and_extended_files_are_refused() {
    let (key, length) = (key(1), 3 * CHUNK_BYTES - 1000);
    let bytes = encrypt(&key, &plain(length));
    let cipher = FileCipher::new(&key, length as u64).unwrap();
    let chunks = cipher.layout().chunks();
    let part = |chunk: u32| {
        let range = cipher.layout().cipher_range(chunk);
        &bytes[range.start as usize..range.end as usize]
    };
    assert!(chunks >= 3);
    for from in 0..chunks {
        for to in (0..chunks).filter(|&to| to != from) {
            assert!(cipher.decrypt_chunk(to, part(from)).is_err(), "chunk {from} in place of {to}");
        }
    }
    // Cut after a chunk, and told as a shorter file: what is last now wasn't encrypted as last.
    let shorter = 2 * CHUNK_BYTES as u64;
    assert_eq!(padded_len(shorter), shorter);
    let cut = &bytes[..2 * CIPHER_CHUNK_BYTES];
    assert_eq!(decrypt(&key, shorter, cut), Err(FileCipherError::Damaged));
    assert_eq!(decrypt(&key, length as u64, cut), Err(FileCipherError::Shape));
    // The last chunk told as one in the middle.
    let longer = FileCipher::new(&key, 8 * CHUNK_BYTES as u64).unwrap();
    let last = encrypt(&key, &plain(2 * CHUNK_BYTES))[CIPHER_CHUNK_BYTES..].to_vec();
    assert_eq!(longer.decrypt_chunk(1, &last), Err(FileCipherError::Damaged));
    // Bytes at its end.
    assert_eq!(cipher.decrypt_chunk(chunks - 1, &[part(chunks - 1), &[0]].concat()), Err(FileCipherError::Shape));
    assert_eq!(cipher.decrypt_chunk(chunks, part(0)), Err(FileCipherError::Shape));
    // Another file's chunk, and another key.
    let other = FileCipher::new(&FileKey { nonce: [9; 7], ..key.clone() }, length as u64).unwrap();
    assert_eq!(other.decrypt_chunk(0, part(0)), Err(FileCipherError::Damaged));
}

#[test]
fn a_wrong_size_in_the_message_is_refused_even_within_the_step() {
    let key = key(1);
    let bytes = encrypt(&key, &[1; 1000]);
    let step = padded_len(1000);
    assert_eq!(padded_len(995), step);
    assert_eq!(decrypt(&key, 995, &bytes), Err(FileCipherError::Damaged), "the padding isn't zeros");
}

#[test]
fn padding_costs_at_most_an_eighth_and_hides_sizes() {
    let mut length = MIN_PADDED_BYTES;
    while length < MAX_FILE_BYTES {
        for length in [length, length + 1, length * 3 / 2 + 1] {
            let padded = padded_len(length);
            assert!(padded >= length && padded - length <= length * 12 / 100, "{length} -> {padded}");
            assert_eq!(padded_len(padded), padded, "a step is its own step");
        }
        length *= 2;
    }
    assert_eq!(padded_len(0), padded_len(200));
    let steps: std::collections::BTreeSet<u64> = (1_000_000..1_100_000).map(padded_len).collect();
    assert!(steps.len() < 10, "{}", steps.len());
    assert_eq!(padded_len(MAX_FILE_BYTES), MAX_FILE_BYTES);
    assert!(FileCipher::new(&key(1), MAX_FILE_BYTES).is_ok());
    assert_eq!(FileCipher::new(&key(1), MAX_FILE_BYTES + 1).err(), Some(FileCipherError::TooLarge));
    let _ = (padded_len(u64::MAX), ciphertext_len(u64::MAX));
}

#[test]
fn a_transfer_goes_on_at_a_chunk_and_video_plays_from_anywhere() {
    let layout = Layout::new(200_000).unwrap();
    assert_eq!(layout.find_plain(0), Some((0, 0)));
    assert_eq!(layout.find_plain(65_536), Some((1, 0)));
    assert_eq!(layout.find_plain(199_999), Some((3, 3391)));
    assert_eq!(layout.find_plain(200_000), None);
    assert_eq!(layout.find_cipher(65_551), Some((0, 65_551)));
    assert_eq!(layout.find_cipher(65_552), Some((1, 0)));
    assert_eq!(layout.find_cipher(layout.ciphertext_len()), Some((layout.chunks(), 0)));
    assert_eq!(layout.find_cipher(layout.ciphertext_len() + 1), None);
    assert!(layout.cipher_range(layout.chunks()).is_empty() && layout.plain_range(u32::MAX).is_empty());
}

#[test]
fn the_wrong_amount_of_plaintext_is_refused() {
    let cipher = FileCipher::new(&key(1), 100_000).unwrap();
    for (chunk, length) in [(0, CHUNK_BYTES - 1), (1, 100_000 - CHUNK_BYTES + 1), (2, 0)] {
        assert_eq!(cipher.encrypt_chunk(chunk, &vec![0; length]), Err(FileCipherError::Shape));
    }
}

#[test]
fn a_key_does_not_print() {
    assert_eq!(format!("{:?}", FileKey { key: [7; 32], nonce: [7; 7] }), "FileKey");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn chunks_cover_plaintext_and_ciphertext_without_gaps(length in 0..=MAX_FILE_BYTES) {
        let layout = Layout::new(length).unwrap();
        let chunks = layout.chunks();
        for chunk in [0, chunks / 2, chunks.saturating_sub(2)] {
            if chunk + 1 < chunks {
                prop_assert_eq!(layout.plain_range(chunk).end, layout.plain_range(chunk + 1).start);
                prop_assert_eq!(layout.cipher_range(chunk).end, layout.cipher_range(chunk + 1).start);
            }
        }
        prop_assert_eq!(layout.plain_range(chunks - 1).end, length);
        prop_assert_eq!(layout.cipher_range(chunks - 1).end, layout.ciphertext_len());
        prop_assert!(!layout.cipher_range(chunks - 1).is_empty());
    }

    #[test]
    fn any_change_of_the_ciphertext_is_refused(
        length in 0usize..150_000, at in any::<prop::sample::Index>(), bit in 0..8, cut in any::<bool>(),
    ) {
        let key = key(3);
        let mut bytes = encrypt(&key, &plain(length));
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] ^= 1u8 << bit }
        prop_assert!(decrypt(&key, length as u64, &bytes).is_err());
    }

    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000), chunk in any::<u32>(), length in any::<u64>()) {
        if let Ok(cipher) = FileCipher::new(&key(1), length) {
            prop_assert!(cipher.decrypt_chunk(chunk, &bytes).is_err());
        }
    }
}
