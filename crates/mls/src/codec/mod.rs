//! How state is stored: CBOR (RFC 8949) that keeps field names, with byte sequences as byte strings.
//!
//! OpenMLS derives serde for most of its byte vectors as sequences of numbers. Written as CBOR arrays they take about 1.9 bytes per
//! byte; written as byte strings they take one. So the writer here looks at each sequence and writes it as a byte string when
//! all of it is `u8`. The reader is ciborium, which hands byte strings to whoever expects a sequence.
//!
//! **Invariant:** the format is self-describing, so that fields may be added by a later OpenMLS; `tests/it/golden.rs` pins it.

mod bytes;
mod write;

use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

/// Why a value was not written or read.
#[derive(Debug, Error)]
#[error("{0}")]
pub(crate) struct CodecError(String);

impl serde::ser::Error for CodecError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// Writes a value.
pub(crate) fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CodecError> {
    let mut out = Vec::new();
    value.serialize(write::Writer(&mut out))?;
    Ok(out)
}

/// Reads a value; what follows it is an error.
pub(crate) fn from_slice<T: DeserializeOwned>(mut bytes: &[u8]) -> Result<T, CodecError> {
    let value = ciborium::from_reader(&mut bytes).map_err(|error| CodecError(error.to_string()))?;
    if bytes.is_empty() { Ok(value) } else { Err(CodecError("bytes follow the value".into())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Choice {
        Unit,
        New(Vec<u8>),
        Tuple(u8, String),
        Struct { a: i64, b: Option<u8> },
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Everything {
        bytes: Vec<u8>,
        empty: Vec<u8>,
        array: [u8; 32],
        numbers: Vec<u32>,
        nested: Vec<Vec<u8>>,
        mixed: (u8, String, u8),
        choices: Vec<Choice>,
        map: BTreeMap<String, u64>,
        none: Option<String>,
        some: Option<Box<u32>>,
        truth: bool,
        negative: i32,
        large: u64,
        character: char,
    }

    fn everything() -> Everything {
        Everything {
            bytes: vec![7; 300],
            empty: vec![],
            array: [9; 32],
            numbers: vec![1, 70_000],
            nested: vec![vec![1, 2], vec![]],
            mixed: (1, "two".into(), 3),
            choices: vec![
                Choice::Unit,
                Choice::New(vec![1]),
                Choice::Tuple(4, "x".into()),
                Choice::Struct { a: -5, b: Some(6) },
            ],
            map: [("k".to_owned(), u64::MAX)].into(),
            none: None,
            some: Some(Box::new(5)),
            truth: true,
            negative: -1_000_000,
            large: u64::MAX,
            character: 'ß',
        }
    }

    #[test]
    fn values_survive_the_codec() {
        let bytes = to_vec(&everything()).unwrap();
        assert_eq!(from_slice::<Everything>(&bytes).unwrap(), everything());
    }

    #[test]
    fn byte_sequences_take_one_byte_per_byte() {
        assert_eq!(to_vec(&vec![200_u8; 100]).unwrap().len(), 102);
    }

    #[test]
    fn fields_of_a_later_version_are_skipped() {
        #[derive(Serialize)]
        struct Later {
            a: u8,
            b: Vec<u8>,
        }
        #[derive(Debug, PartialEq, Deserialize)]
        struct Now {
            a: u8,
        }
        let bytes = to_vec(&Later { a: 1, b: vec![2, 3] }).unwrap();
        assert_eq!(from_slice::<Now>(&bytes).unwrap(), Now { a: 1 });
    }

    #[test]
    fn trailing_bytes_are_refused() {
        let mut bytes = to_vec(&1_u8).unwrap();
        bytes.push(0);
        assert!(from_slice::<u8>(&bytes).is_err());
    }
}
