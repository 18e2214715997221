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

/// Writes a value after what is there.
pub(crate) fn append<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> Result<(), CodecError> {
    value.serialize(write::Writer(out))
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

    fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CodecError> {
        let mut out = Vec::new();
        append(&mut out, value)?;
        Ok(out)
    }

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
    fn lengths_that_were_announced_wrongly_or_not_at_all_are_corrected() {
        struct Seq(Option<usize>, Vec<u32>);
        impl Serialize for Seq {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeSeq;
                let mut seq = serializer.serialize_seq(self.0)?;
                // The first ones look like bytes, up to the first that doesn't.
                for n in &self.1 {
                    match u8::try_from(*n) {
                        Ok(byte) => seq.serialize_element(&byte)?,
                        Err(_) => seq.serialize_element(n)?,
                    }
                }
                seq.end()
            }
        }
        struct Map(Option<usize>, Vec<u32>);
        impl Serialize for Map {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(self.0)?;
                self.1.iter().try_for_each(|n| map.serialize_entry(n, &Seq(None, vec![*n, 7])))?;
                map.end()
            }
        }
        let values: Vec<Vec<u32>> = vec![vec![], vec![1, 2], vec![1, 2, 300, 4], vec![300], (0..300).collect()];
        for values in values {
            for announced in [None, Some(0), Some(1), Some(23), Some(24), Some(300), Some(values.len())] {
                let bytes = to_vec(&Seq(announced, values.clone())).unwrap();
                assert_eq!(from_slice::<Vec<u32>>(&bytes).unwrap(), values);
                assert_eq!(bytes, to_vec(&Seq(Some(values.len()), values.clone())).unwrap());
                let bytes = to_vec(&Map(announced, values.clone())).unwrap();
                let map: BTreeMap<u32, Vec<u32>> = values.iter().map(|n| (*n, vec![*n, 7])).collect();
                assert_eq!(from_slice::<BTreeMap<u32, Vec<u32>>>(&bytes).unwrap(), map);
                assert_eq!(bytes, to_vec(&Map(Some(values.len()), values.clone())).unwrap());
            }
        }
        assert_eq!(to_vec(&Vec::<u8>::new()).unwrap(), [0x80]);
        assert_eq!(to_vec(&Seq(Some(4), vec![1, 300])).unwrap(), [0x82, 1, 0x19, 1, 0x2C]);
        assert_eq!(to_vec(&Seq(None, vec![1, 2])).unwrap(), [0x42, 1, 2]);
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
