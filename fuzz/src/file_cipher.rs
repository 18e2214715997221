use chancery_wire::file_cipher::{FileCipher, FileKey, Layout};

/// 8 bytes of plaintext size, 4 of the chunk, 8 of an offset, then data.
pub fn run(bytes: &[u8]) {
    let Some((head, data)) = bytes.split_at_checked(20) else { return };
    let number = |range: std::ops::Range<usize>| head[range].iter().fold(0u64, |n, byte| n << 8 | u64::from(*byte));
    let (plain_len, chunk, offset) = (number(0..8) >> (head[0] % 64), number(8..12) as u32, number(12..20));
    let key = FileKey { key: [1; 32], nonce: [2; 7] };
    let Ok(cipher) = FileCipher::new(&key, plain_len) else { return };
    assert!(cipher.decrypt_chunk(chunk, data).is_err(), "nobody forges a chunk");
    layout(cipher.layout(), chunk, offset);
    // A small file of this data, with one byte changed.
    let cipher = FileCipher::new(&key, data.len() as u64).expect("a fuzzer's input is small");
    let chunk = chunk % cipher.layout().chunks();
    let range = cipher.layout().plain_range(chunk);
    let plain = &data[range.start as usize..range.end as usize];
    let mut encrypted = cipher.encrypt_chunk(chunk, plain).expect("this is the chunk's plaintext");
    let expected = cipher.layout().cipher_range(chunk);
    assert_eq!(encrypted.len() as u64, expected.end - expected.start);
    assert_eq!(cipher.decrypt_chunk(chunk, &encrypted).expect("it was just encrypted"), plain);
    let at = offset as usize % encrypted.len();
    encrypted[at] ^= 1 << (head[19] % 8);
    assert!(cipher.decrypt_chunk(chunk, &encrypted).is_err());
}

fn layout(layout: &Layout, chunk: u32, offset: u64) {
    if let Some((chunk, within)) = layout.find_plain(offset) {
        assert_eq!(layout.plain_range(chunk).start + within as u64, offset);
        assert!(layout.plain_range(chunk).contains(&offset));
    }
    if let Some((chunk, within)) = layout.find_cipher(offset) {
        assert_eq!(layout.cipher_range(chunk).start + within as u64, offset);
    }
    assert_eq!(layout.cipher_range(chunk).is_empty(), chunk >= layout.chunks());
}
