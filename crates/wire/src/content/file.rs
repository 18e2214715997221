//! An attached file as a part of a message: where its ciphertext is, and its key.

use super::{
    Disposition, Extensions, External, HASH_SHA256, NestedPart, Part,
    extensions::{MEDIA, WAVEFORM},
};
use crate::file_cipher::{ENC_ALG, FileKey};
use minicbor::{Decoder, Encoder, data::Type};
use std::{collections::BTreeMap, fmt};

/// Longest name of a file, in bytes.
pub const MAX_FILE_NAME_BYTES: usize = 255;
/// Largest thumbnail, in bytes.
pub const MAX_THUMBNAIL_BYTES: usize = 48 * 1024;

/// Samples of a waveform.
pub const MAX_WAVEFORM_SAMPLES: usize = 64;

/// An attached file.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(as = "super::file_json::FileJson"))]
pub struct FileInfo {
    /// Its name. As read from a message it is a plain name: no path, no control or direction characters.
    pub name: String,
    /// Media type of the plaintext.
    pub media_type: String,
    /// Size of the plaintext, in bytes.
    pub size: u64,
    /// Where the ciphertext is.
    pub url: String,
    /// Key and nonce prefix.
    pub key: FileKey,
    /// SHA-256 of the ciphertext.
    pub content_hash: [u8; 32],
    /// When the ciphertext is deleted, in seconds since 1970; `None` for never.
    pub expires_at: Option<u32>,
    /// A small picture of it.
    pub thumbnail: Option<Thumbnail>,
    /// Width of a picture or video, in pixels.
    pub width: Option<u32>,
    /// Height of a picture or video, in pixels.
    pub height: Option<u32>,
    /// Duration of sound or video, in milliseconds.
    pub duration_ms: Option<u64>,
    /// Loudness over the time of a voice note: at most [`MAX_WAVEFORM_SAMPLES`], 0 silence, 255 the loudest.
    pub waveform: Option<Vec<u8>>,
}

/// A small picture of a file, in the message itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// Its media type, usually `image/jpeg`.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Width, height and duration.
pub(super) type Measures = (Option<u32>, Option<u32>, Option<u64>);

impl FileInfo {
    /// The file's part, and its preview's.
    pub(super) fn parts(&self) -> Vec<NestedPart> {
        let kind = self.media_type.split('/').next().unwrap_or_default();
        let disposition =
            if matches!(kind, "image" | "video" | "audio") { Disposition::INLINE } else { Disposition::ATTACHMENT };
        let external = External {
            content_type: self.media_type.clone(),
            url: self.url.clone(),
            expires: self.expires_at.unwrap_or(0),
            size: self.size,
            enc_alg: ENC_ALG,
            key: self.key.key.to_vec(),
            nonce: self.key.nonce.to_vec(),
            aad: Vec::new(),
            hash_alg: HASH_SHA256,
            content_hash: self.content_hash.to_vec(),
            description: String::new(),
            filename: self.name.clone(),
        };
        let preview = self.thumbnail.iter().map(|thumbnail| {
            NestedPart::new(
                Disposition::PREVIEW,
                Part::Single { content_type: thumbnail.media_type.clone(), content: thumbnail.bytes.clone() },
            )
        });
        std::iter::once(NestedPart::new(disposition, Part::External(external))).chain(preview).collect()
    }

    /// The file of a part, when it is encrypted as Chancery does it.
    pub(super) fn of(
        external: &External,
        (width, height, duration_ms): Measures,
        waveform: Option<Vec<u8>>,
    ) -> Option<Self> {
        if external.enc_alg != ENC_ALG || external.hash_alg != HASH_SHA256 || !external.aad.is_empty() {
            return None;
        }
        Some(Self {
            name: plain_name(&external.filename),
            media_type: external.content_type.clone(),
            size: external.size,
            url: external.url.clone(),
            key: FileKey::from_slices(&external.key, &external.nonce)?,
            content_hash: external.content_hash.as_slice().try_into().ok()?,
            expires_at: Some(external.expires).filter(|&time| time != 0),
            thumbnail: None,
            width,
            height,
            duration_ms,
            waveform,
        })
    }

    pub(super) fn measures(&self) -> Option<Measures> {
        let measures = (self.width, self.height, self.duration_ms);
        (measures != (None, None, None)).then_some(measures)
    }
}

/// A file name that neither leaves the folder it is saved to nor looks like another one.
fn plain_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = |c: &char| {
        !c.is_control() && !matches!(*c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut plain = String::new();
    for c in name.chars().filter(shown) {
        if plain.len() + c.len_utf8() > MAX_FILE_NAME_BYTES {
            break;
        }
        plain.push(c);
    }
    // A leading dot would hide the file, a trailing one is lost on some systems, and a name of dots is a folder.
    let plain = plain.trim_matches([' ', '.']);
    if plain.is_empty() { "file".to_owned() } else { plain.to_owned() }
}

/// Writes the measures of the parts with these indexes.
pub(super) fn set_measures(extensions: &mut Extensions, all: &BTreeMap<u32, Measures>) {
    if all.is_empty() {
        return;
    }
    extensions.put(MEDIA, |e| write_measures(e, all).expect("writing to a Vec can't fail"));
}

fn write_measures(
    e: &mut Encoder<Vec<u8>>,
    all: &BTreeMap<u32, Measures>,
) -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
    // The order of the numbers is the order of their encodings (RFC 8949 section 4.2.1).
    e.map(all.len() as u64)?;
    for (index, (width, height, duration_ms)) in all {
        e.u32(*index)?.array(3)?.encode(width)?.encode(height)?.encode(duration_ms)?;
    }
    Ok(())
}

/// The measures of all parts, by index. What isn't understood is left out.
pub(super) fn measures(extensions: &Extensions) -> BTreeMap<u32, Measures> {
    let read = |value: &[u8]| -> Result<BTreeMap<u32, Measures>, minicbor::decode::Error> {
        let mut d = Decoder::new(value);
        let mut all = BTreeMap::new();
        for _ in 0..d.map()?.unwrap_or(0) {
            let index = d.u32()?;
            if d.datatype()? == Type::Array && d.array()? == Some(3) {
                all.insert(index, (d.decode()?, d.decode()?, d.decode()?));
            } else {
                return Err(minicbor::decode::Error::message("measures"));
            }
        }
        Ok(all)
    };
    extensions.get(MEDIA).and_then(|value| read(value).ok()).unwrap_or_default()
}

/// Writes the waveforms of the parts with these indexes.
pub(super) fn set_waveforms(extensions: &mut Extensions, all: &BTreeMap<u32, Vec<u8>>) {
    if all.is_empty() {
        return;
    }
    extensions.put(WAVEFORM, |e| {
        e.map(all.len() as u64).expect("writing to a Vec can't fail");
        for (index, samples) in all {
            e.u32(*index).and_then(|e| e.bytes(samples)).expect("writing to a Vec can't fail");
        }
    });
}

/// The waveforms of all parts, by index. What isn't understood is left out.
pub(super) fn waveforms(extensions: &Extensions) -> BTreeMap<u32, Vec<u8>> {
    let read = |value: &[u8]| -> Result<BTreeMap<u32, Vec<u8>>, minicbor::decode::Error> {
        let mut d = Decoder::new(value);
        let mut all = BTreeMap::new();
        for _ in 0..d.map()?.unwrap_or(0) {
            let (index, samples) = (d.u32()?, d.bytes()?);
            if (1..=MAX_WAVEFORM_SAMPLES).contains(&samples.len()) {
                all.insert(index, samples.to_vec());
            }
        }
        Ok(all)
    };
    extensions.get(WAVEFORM).and_then(|value| read(value).ok()).unwrap_or_default()
}

impl fmt::Debug for FileInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileInfo({} bytes)", self.size)
    }
}

impl fmt::Debug for Thumbnail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumbnail({} bytes)", self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_from_a_message_stays_in_its_folder() {
        for (name, plain) in [
            ("report.pdf", "report.pdf"),
            ("../../.ssh/authorized_keys", "authorized_keys"),
            (r"C:\Users\x\evil.exe", "evil.exe"),
            ("..", "file"),
            ("", "file"),
            ("a/", "file"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("two\nlines", "twolines"),
            ("Übersicht 日本.txt", "Übersicht 日本.txt"),
        ] {
            assert_eq!(plain_name(name), plain, "{name:?}");
        }
        assert!(plain_name(&"ä".repeat(1000)).len() <= MAX_FILE_NAME_BYTES);
    }
}
