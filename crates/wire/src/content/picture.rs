//! Small pictures in messages: which formats they may have, told from their bytes and never from what a sender says.

/// The media type of a JPEG, PNG or WebP by its first bytes; `None` for anything else.
pub fn picture_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_bytes_say_what_a_picture_is() {
        assert_eq!(picture_type(&[0xff, 0xd8, 0xff, 0xe0]), Some("image/jpeg"));
        assert_eq!(picture_type(b"\x89PNG\r\n\x1a\n...."), Some("image/png"));
        assert_eq!(picture_type(b"RIFF\x10\0\0\0WEBPVP8 "), Some("image/webp"));
        for other in [&b""[..], b"<svg xmlns=", b"GIF89a", b"RIFF\x10\0\0\0WAVE", b"\xff\xd8", b"<html>"] {
            assert_eq!(picture_type(other), None, "{other:?}");
        }
    }
}
