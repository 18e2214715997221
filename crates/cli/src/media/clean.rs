//! A photo without what its camera wrote into it: place, time, device, preview pictures. The pixels stay byte for byte.
//!
//! **Invariant:** of what [`clean`] gives back nothing was kept that isn't needed to draw the picture, but Exif's orientation.

use std::{fs, io, path::Path};

/// Larger pictures aren't read into memory, in bytes.
const MAX_PICTURE_BYTES: u64 = 256 * 1024 * 1024;

/// What became of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Cleaned {
    /// It is no picture, film or sound: it goes as it is.
    Document,
    /// The same picture without its data.
    Removed(Vec<u8>),
    /// A medium whose data this program can't take out.
    Kept,
}

/// Looks at a file of this media type.
pub fn clean(path: &Path, media_type: &str) -> io::Result<Cleaned> {
    if !["image/", "video/", "audio/"].iter().any(|family| media_type.starts_with(family)) {
        return Ok(Cleaned::Document);
    }
    if fs::metadata(path)?.len() > MAX_PICTURE_BYTES {
        return Ok(Cleaned::Kept);
    }
    let bytes = fs::read(path)?;
    let without = match bytes.as_slice() {
        [0xff, 0xd8, 0xff, ..] => jpeg(&bytes),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => png(&bytes),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp(&bytes),
        _ => None,
    };
    Ok(without.map_or(Cleaned::Kept, Cleaned::Removed))
}

fn be16(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}

/// JFIF, colour profile and Adobe's colour transform decide how the pixels look; no other application segment does.
fn is_needed(marker: u8, body: &[u8]) -> bool {
    match marker {
        0xe0 => body.starts_with(b"JFIF"),
        0xe2 => body.starts_with(b"ICC_PROFILE"),
        0xee => body.starts_with(b"Adobe"),
        0xe1..=0xef | 0xfe => false,
        _ => true,
    }
}

fn jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut kept = Vec::with_capacity(bytes.len());
    let mut orientation = 1;
    let mut has_scan = false;
    let mut at = 2;
    while bytes.get(at) == Some(&0xff) {
        let marker = *bytes.get(at + 1)?;
        if marker == 0xff {
            at += 1;
            continue;
        }
        if marker == 0xd9 {
            kept.extend_from_slice(&bytes[at..at + 2]);
            break;
        }
        let mut end = at + 2 + be16(bytes, at + 2)?;
        let body = bytes.get(at + 4..end)?;
        if marker == 0xe1 && body.starts_with(b"Exif\0\0") {
            orientation = exif_orientation(&body[6..]).unwrap_or(1);
        }
        if marker == 0xda {
            has_scan = true;
            end = scan_end(bytes, end);
        }
        if is_needed(marker, body) {
            kept.extend_from_slice(&bytes[at..end]);
        }
        at = end;
    }
    let mut whole = bytes[..2].to_vec();
    if orientation != 1 {
        whole.extend_from_slice(b"\xff\xe1\x00\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0");
        whole.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0]);
    }
    whole.extend(kept);
    has_scan.then_some(whole)
}

/// Pixels end at a marker that neither is a stuffed byte nor starts them anew.
fn scan_end(bytes: &[u8], from: usize) -> usize {
    let is_end = |at: &usize| bytes[*at] == 0xff && !matches!(bytes.get(at + 1), Some(0 | 0xd0..=0xd7));
    (from..bytes.len()).find(is_end).unwrap_or(bytes.len())
}

fn exif_orientation(tiff: &[u8]) -> Option<u8> {
    let little = tiff.starts_with(b"II");
    let u16_at = |at: usize| {
        let pair: [u8; 2] = tiff.get(at..at + 2)?.try_into().ok()?;
        Some(usize::from(if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }))
    };
    let offset: [u8; 4] = tiff.get(4..8)?.try_into().ok()?;
    let ifd = usize::try_from(if little { u32::from_le_bytes(offset) } else { u32::from_be_bytes(offset) }).ok()?;
    let entry = (0..u16_at(ifd)?).map(|n| ifd + 2 + n * 12).find(|at| u16_at(*at) == Some(0x0112))?;
    u16_at(entry + 8).and_then(|value| u8::try_from(value).ok()).filter(|value| (1..=8).contains(value))
}

/// Chunks that decide how a PNG looks and moves.
const PNG_NEEDED: &[&[u8; 4]] = &[
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"bKGD",
    b"pHYs", b"hIST", b"sPLT", b"acTL", b"fcTL", b"fdAT",
];

fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut whole = bytes[..8].to_vec();
    let mut at = 8;
    loop {
        let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?);
        let end = at + 12 + usize::try_from(length).ok()?;
        let chunk = bytes.get(at..end)?;
        if PNG_NEEDED.iter().any(|needed| chunk[4..8] == needed[..]) {
            whole.extend_from_slice(chunk);
        }
        if &chunk[4..8] == b"IEND" {
            return Some(whole);
        }
        at = end;
    }
}

/// Chunks that decide how a WebP looks and moves.
const WEBP_NEEDED: &[&[u8; 4]] = &[b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"];
/// The flags of `VP8X` that announce Exif and XMP.
const WEBP_METADATA_FLAGS: u8 = 0x0c;

fn webp(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut whole = bytes[..12].to_vec();
    let mut at = 12;
    while at + 8 <= bytes.len() {
        let length = usize::try_from(u32::from_le_bytes(bytes[at + 4..at + 8].try_into().ok()?)).ok()?;
        let end = at + 8 + length + length % 2;
        let mut chunk = bytes.get(at..end.min(bytes.len()))?.to_vec();
        if chunk.len() < 8 + length {
            return None;
        }
        if WEBP_NEEDED.iter().any(|needed| chunk[..4] == needed[..]) {
            if chunk.starts_with(b"VP8X") && length > 0 {
                chunk[8] &= !WEBP_METADATA_FLAGS;
            }
            whole.extend(chunk);
        }
        at = end;
    }
    let size = u32::try_from(whole.len() - 8).ok()?;
    whole[4..8].copy_from_slice(&size.to_le_bytes());
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|window| window == part)
    }

    /// Exif with an orientation and a place, XMP, a comment; behind the picture, a film.
    fn photo(orientation: u8) -> Vec<u8> {
        let segment = |marker: u8, body: &[u8]| {
            let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
            [&[0xff, marker][..], &length, body].concat()
        };
        let exif =
            [b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation], b"\0\0GPS 52.52"]
                .concat();
        [
            b"\xff\xd8".to_vec(),
            segment(0xe0, b"JFIF\0"),
            segment(0xe1, &exif),
            segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>"),
            segment(0xe2, b"ICC_PROFILE\0\x01\x01colours"),
            segment(0xfe, b"taken by Ana"),
            segment(0xda, &[1]),
            b"\x12\xff\x00\x34".to_vec(),
            // A table between two scans that looks like the end.
            segment(0xc4, b"\xff\xd9"),
            segment(0xda, &[2]),
            b"\x56\xff\xd9FILM".to_vec(),
        ]
        .concat()
    }

    #[test]
    fn a_photo_keeps_its_pixels_colours_and_orientation_only() {
        let clean = jpeg(&photo(6)).unwrap();
        for part in [b"GPS".as_slice(), b"xmpmeta", b"Ana", b"FILM"] {
            assert!(!holds(&clean, part), "{part:?}");
        }
        for part in [b"JFIF".as_slice(), b"ICC_PROFILE", b"\x12\xff\x00\x34", b"\x56\xff\xd9"] {
            assert!(holds(&clean, part), "{part:?}");
        }
        assert!(holds(&clean, b"\x01\x12\0\x03\0\0\0\x01\0\x06"));
        assert_eq!(jpeg(&clean), Some(clean.clone()));
        assert!(!holds(&jpeg(&photo(1)).unwrap(), b"Exif"));
    }

    #[test]
    fn png_and_webp_lose_everything_but_the_picture() {
        let chunk = |kind: &[u8; 4], body: &[u8]| {
            [&u32::try_from(body.len()).unwrap().to_be_bytes()[..], kind, body, &[9; 4]].concat()
        };
        let file = [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(b"IHDR", &[1]),
            chunk(b"eXIf", b"GPS"),
            chunk(b"tEXt", b"Author Ana"),
            chunk(b"IDAT", &[2]),
            chunk(b"IEND", b""),
            b"behind".to_vec(),
        ]
        .concat();
        let clean = png(&file).unwrap();
        assert!(
            holds(&clean, b"IDAT") && !holds(&clean, b"GPS") && !holds(&clean, b"Ana") && !holds(&clean, b"behind")
        );
        assert_eq!(png(&file[..40]), None);
        let chunk =
            |kind: &[u8; 4], body: &[u8]| [&kind[..], &u32::try_from(body.len()).unwrap().to_le_bytes(), body].concat();
        let parts = [chunk(b"VP8X", &[0x0e, 0]), chunk(b"VP8 ", &[1, 2]), chunk(b"EXIF", b"GPS!")].concat();
        let clean = webp(&[b"RIFF\0\0\0\0WEBP".as_slice(), &parts].concat()).unwrap();
        assert!(!holds(&clean, b"GPS") && clean[20] == 0x02);
        assert_eq!(usize::from(clean[4]), clean.len() - 8);
    }

    #[test]
    fn what_is_not_understood_is_said_to_keep_its_data() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let cleaned = |bytes: &[u8], media_type: &str| {
            fs::write(&path, bytes).unwrap();
            clean(&path, media_type).unwrap()
        };
        assert_eq!(cleaned(b"\0\0\0\x18ftypheic", "image/heic"), Cleaned::Kept);
        assert_eq!(cleaned(b"\xff\xd8\xff\xe1\xff\xff", "image/jpeg"), Cleaned::Kept);
        assert_eq!(cleaned(b"%PDF", "application/pdf"), Cleaned::Document);
        assert!(matches!(cleaned(&photo(6), "image/jpeg"), Cleaned::Removed(_)));
    }
}
