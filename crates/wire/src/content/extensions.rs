//! The extensions of a message: a map whose values are kept as they were encoded, so that those of a newer client survive.

use super::{ContentError, MAX_EXTENSIONS, canonical};
use minicbor::{Decoder, Encoder, data::Type};
use std::{collections::BTreeMap, fmt};

/// Longest name of an extension, in bytes.
const MAX_NAME_BYTES: usize = 255;

/// The name of an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtensionName<'a> {
    /// Positive ones are registered, negative ones private.
    Int(i64),
    /// Private.
    Text(&'a str),
}

impl ExtensionName<'_> {
    fn encoded(self) -> Vec<u8> {
        let mut e = Encoder::new(Vec::new());
        match self {
            Self::Int(number) => e.i64(number),
            Self::Text(text) => e.str(text),
        }
        .expect("writing to a Vec can't fail");
        e.into_writer()
    }
}

const SENDER_URI: ExtensionName<'_> = ExtensionName::Int(1);
const ROOM_URI: ExtensionName<'_> = ExtensionName::Int(2);
/// `true`: the words are somebody else's.
const FORWARDED: ExtensionName<'_> = ExtensionName::Text("chancery:fwd");
/// Measures of attached media: `{part index: [width, height, duration in ms]}`, each `null` when unknown.
pub(super) const MEDIA: ExtensionName<'_> = ExtensionName::Text("chancery:media");
/// Loudness over the time of attached sound: `{part index: bytes}`, 1 to 64 samples, 0 silence, 255 the loudest.
pub(super) const WAVEFORM: ExtensionName<'_> = ExtensionName::Text("chancery:waveform");

/// The extensions of a message.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Extensions {
    /// Encoded name -> encoded value. The order of the map is the one that deterministic encoding asks for.
    entries: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Extensions {
    /// The encoded value of an extension.
    pub fn get(&self, name: ExtensionName<'_>) -> Option<&[u8]> {
        self.entries.get(&name.encoded()).map(Vec::as_slice)
    }

    /// Sets an extension to a value in deterministic CBOR.
    pub fn set(&mut self, name: ExtensionName<'_>, value: Vec<u8>) -> Result<(), ContentError> {
        if let ExtensionName::Text(text) = name
            && !(1..=MAX_NAME_BYTES).contains(&text.len())
        {
            return Err(ContentError::TooLarge { what: "bytes in the name of an extension", limit: MAX_NAME_BYTES });
        }
        canonical::check(&value)?;
        let name = name.encoded();
        if !self.entries.contains_key(&name) && self.entries.len() == MAX_EXTENSIONS {
            return Err(ContentError::TooLarge { what: "extensions", limit: MAX_EXTENSIONS });
        }
        self.entries.insert(name, value);
        Ok(())
    }

    /// Takes an extension away.
    pub fn remove(&mut self, name: ExtensionName<'_>) {
        self.entries.remove(&name.encoded());
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn put(&mut self, name: ExtensionName<'_>, write: impl FnOnce(&mut Encoder<Vec<u8>>)) {
        let mut e = Encoder::new(Vec::new());
        write(&mut e);
        self.entries.insert(name.encoded(), e.into_writer());
    }

    fn text(&self, name: ExtensionName<'_>) -> Option<Option<String>> {
        self.get(name).map(|value| Decoder::new(value).str().ok().map(str::to_owned))
    }

    /// The sender that the content names: `None` when it names none, `Some(None)` when what stands there is no text.
    pub fn sender_uri(&self) -> Option<Option<String>> {
        self.text(SENDER_URI)
    }

    /// The conversation that the content names, in the same way.
    pub fn room_uri(&self) -> Option<Option<String>> {
        self.text(ROOM_URI)
    }

    /// Names sender and conversation in the content.
    pub fn set_uris(&mut self, sender_uri: &str, room_uri: &str) {
        for (name, uri) in [(SENDER_URI, sender_uri), (ROOM_URI, room_uri)] {
            self.put(name, |e| {
                e.str(uri).expect("writing to a Vec can't fail");
            });
        }
    }

    /// Whether the words are somebody else's.
    pub fn is_forwarded(&self) -> bool {
        self.get(FORWARDED).is_some_and(|value| Decoder::new(value).bool().is_ok_and(|is| is))
    }

    /// Says that the words are somebody else's.
    pub fn set_forwarded(&mut self) {
        self.put(FORWARDED, |e| {
            e.bool(true).expect("writing to a Vec can't fail");
        });
    }

    pub(super) fn encode(&self, e: &mut Encoder<Vec<u8>>) {
        e.map(self.entries.len() as u64).expect("writing to a Vec can't fail");
        for (name, value) in &self.entries {
            e.writer_mut().extend_from_slice(name);
            e.writer_mut().extend_from_slice(value);
        }
    }

    /// Reads the map from bytes whose encoding was checked already.
    pub(super) fn decode(d: &mut Decoder<'_>) -> Result<Self, ContentError> {
        let malformed = |_| ContentError::Malformed("its extensions".to_owned());
        let count = d.map().map_err(malformed)?.unwrap_or(u64::MAX);
        if count > MAX_EXTENSIONS as u64 {
            return Err(ContentError::TooLarge { what: "extensions", limit: MAX_EXTENSIONS });
        }
        let input = d.input();
        let mut entries = BTreeMap::new();
        for _ in 0..count {
            let start = d.position();
            match d.datatype().map_err(malformed)? {
                Type::String => {
                    if !(1..=MAX_NAME_BYTES).contains(&d.str().map_err(malformed)?.len()) {
                        return Err(ContentError::Malformed("the name of an extension".to_owned()));
                    }
                }
                Type::U8
                | Type::U16
                | Type::U32
                | Type::U64
                | Type::I8
                | Type::I16
                | Type::I32
                | Type::I64
                | Type::Int => {
                    d.int().map_err(malformed)?;
                }
                _ => return Err(ContentError::Malformed("the name of an extension".to_owned())),
            }
            let middle = d.position();
            d.skip().map_err(malformed)?;
            entries.insert(input[start..middle].to_vec(), input[middle..d.position()].to_vec());
        }
        Ok(Self { entries })
    }
}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} extensions", self.entries.len())
    }
}
