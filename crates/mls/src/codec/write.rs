//! Writes serde's data model as CBOR, in the way ciborium reads it.

use super::{CodecError, bytes::as_byte};
use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const FALSE: u8 = 0xF4;
const TRUE: u8 = 0xF5;
const NULL: u8 = 0xF6;

/// The head of a data item (RFC 8949 section 3).
fn head(out: &mut Vec<u8>, major: u8, n: u64) {
    let major = major << 5;
    match n {
        0..=23 => out.push(major | n as u8),
        24..=0xFF => out.extend([major | 24, n as u8]),
        0x100..=0xFFFF => {
            out.push(major | 25);
            out.extend((n as u16).to_be_bytes());
        }
        0x1_0000..=0xFFFF_FFFF => {
            out.push(major | 26);
            out.extend((n as u32).to_be_bytes());
        }
        _ => {
            out.push(major | 27);
            out.extend(n.to_be_bytes());
        }
    }
}

pub(super) struct Writer<'a>(pub(super) &'a mut Vec<u8>);

/// A data item whose head was written with the length that its owner announced, and is corrected at the end if that was wrong. So what
/// is nested is written once, where it belongs, however deep.
struct Open<'a> {
    out: &'a mut Vec<u8>,
    /// Where the head stands.
    start: usize,
    /// Where what follows the head begins.
    content: usize,
    announced: u64,
}

impl<'a> Open<'a> {
    fn new(out: &'a mut Vec<u8>, major: u8, announced: u64) -> Self {
        let start = out.len();
        head(out, major, announced);
        let content = out.len();
        Self { out, start, content, announced }
    }

    /// Puts another head in place of the one that is there.
    fn set_head(&mut self, major: u8, n: u64) {
        let mut new = Vec::with_capacity(9);
        head(&mut new, major, n);
        let content = self.start + new.len();
        self.out.splice(self.start..self.content, new);
        (self.content, self.announced) = (content, n);
    }
}

/// A sequence that is being written: a byte string as long as every element is a byte.
pub(super) struct Sequence<'a> {
    open: Open<'a>,
    only_bytes: bool,
    count: u64,
}

impl<'a> Sequence<'a> {
    fn new(out: &'a mut Vec<u8>, len: Option<usize>) -> Self {
        Self { open: Open::new(out, BYTES, len.unwrap_or(0) as u64), only_bytes: true, count: 0 }
    }

    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CodecError> {
        self.count += 1;
        if self.only_bytes {
            if let Some(byte) = as_byte(value) {
                self.open.out.push(byte);
                return Ok(());
            }
            self.only_bytes = false;
            let bytes = self.open.out.split_off(self.open.content);
            self.open.set_head(ARRAY, self.open.announced);
            for byte in bytes {
                head(self.open.out, UNSIGNED, byte.into());
            }
        }
        value.serialize(Writer(self.open.out))
    }

    fn finish(mut self) -> Result<(), CodecError> {
        // Nothing at all is an empty array: it could have been one of anything.
        let major = if self.only_bytes && self.count > 0 { BYTES } else { ARRAY };
        if self.count != self.open.announced || self.count == 0 {
            self.open.set_head(major, self.count);
        }
        Ok(())
    }
}

/// A map or struct that is being written.
pub(super) struct Entries<'a> {
    open: Open<'a>,
    count: u64,
}

impl<'a> Entries<'a> {
    fn new(out: &'a mut Vec<u8>, len: Option<usize>) -> Self {
        Self { open: Open::new(out, MAP, len.unwrap_or(0) as u64), count: 0 }
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), CodecError> {
        self.count += 1;
        name.serialize(Writer(self.open.out))?;
        value.serialize(Writer(self.open.out))
    }

    fn finish(mut self) -> Result<(), CodecError> {
        if self.count != self.open.announced {
            self.open.set_head(MAP, self.count);
        }
        Ok(())
    }
}

macro_rules! integers {
    ($($method:ident: $type:ty;)*) => {
        $(fn $method(self, v: $type) -> Result<(), CodecError> {
            self.serialize_i64(v.into())
        })*
    };
}

macro_rules! unsigned {
    ($($method:ident: $type:ty;)*) => {
        $(fn $method(self, v: $type) -> Result<(), CodecError> {
            self.serialize_u64(v.into())
        })*
    };
}

impl<'a> Serializer for Writer<'a> {
    type Ok = ();
    type Error = CodecError;
    type SerializeSeq = Sequence<'a>;
    type SerializeTuple = Sequence<'a>;
    type SerializeTupleStruct = Sequence<'a>;
    type SerializeTupleVariant = Sequence<'a>;
    type SerializeMap = Entries<'a>;
    type SerializeStruct = Entries<'a>;
    type SerializeStructVariant = Entries<'a>;

    fn is_human_readable(&self) -> bool {
        false
    }

    integers! { serialize_i8: i8; serialize_i16: i16; serialize_i32: i32; }
    unsigned! { serialize_u8: u8; serialize_u16: u16; serialize_u32: u32; }

    fn serialize_bool(self, v: bool) -> Result<(), CodecError> {
        self.0.push(if v { TRUE } else { FALSE });
        Ok(())
    }

    fn serialize_i64(self, v: i64) -> Result<(), CodecError> {
        match u64::try_from(v) {
            Ok(v) => head(self.0, UNSIGNED, v),
            // -1 - v, which can't overflow for a negative v.
            Err(_) => head(self.0, NEGATIVE, !v as u64),
        }
        Ok(())
    }

    fn serialize_u64(self, v: u64) -> Result<(), CodecError> {
        head(self.0, UNSIGNED, v);
        Ok(())
    }

    fn serialize_f32(self, _: f32) -> Result<(), CodecError> {
        Err(CodecError::custom("state holds no floating-point numbers"))
    }

    fn serialize_f64(self, _: f64) -> Result<(), CodecError> {
        Err(CodecError::custom("state holds no floating-point numbers"))
    }

    fn serialize_char(self, v: char) -> Result<(), CodecError> {
        self.serialize_str(v.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, v: &str) -> Result<(), CodecError> {
        head(self.0, TEXT, v.len() as u64);
        self.0.extend(v.as_bytes());
        Ok(())
    }

    fn serialize_bytes(self, v: &[u8]) -> Result<(), CodecError> {
        head(self.0, BYTES, v.len() as u64);
        self.0.extend(v);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), CodecError> {
        self.0.push(NULL);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), CodecError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), CodecError> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), CodecError> {
        self.serialize_none()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), CodecError> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), CodecError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), CodecError> {
        head(self.0, MAP, 1);
        variant.serialize(Writer(self.0))?;
        value.serialize(Writer(self.0))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Sequence<'a>, CodecError> {
        Ok(Sequence::new(self.0, len))
    }

    fn serialize_tuple(self, len: usize) -> Result<Sequence<'a>, CodecError> {
        Ok(Sequence::new(self.0, Some(len)))
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Sequence<'a>, CodecError> {
        Ok(Sequence::new(self.0, Some(len)))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Sequence<'a>, CodecError> {
        head(self.0, MAP, 1);
        variant.serialize(Writer(self.0))?;
        Ok(Sequence::new(self.0, Some(len)))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Entries<'a>, CodecError> {
        Ok(Entries::new(self.0, len))
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Entries<'a>, CodecError> {
        Ok(Entries::new(self.0, Some(len)))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Entries<'a>, CodecError> {
        head(self.0, MAP, 1);
        variant.serialize(Writer(self.0))?;
        Ok(Entries::new(self.0, Some(len)))
    }
}

macro_rules! sequence {
    ($($trait:ident::$method:ident),*) => {
        $(impl $trait for Sequence<'_> {
            type Ok = ();
            type Error = CodecError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CodecError> {
                self.push(value)
            }

            fn end(self) -> Result<(), CodecError> {
                self.finish()
            }
        })*
    };
}

sequence!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

macro_rules! entries {
    ($($trait:ident),*) => {
        $(impl $trait for Entries<'_> {
            type Ok = ();
            type Error = CodecError;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), CodecError> {
                self.field(name, value)
            }

            fn end(self) -> Result<(), CodecError> {
                self.finish()
            }
        })*
    };
}

entries!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Entries<'_> {
    type Ok = ();
    type Error = CodecError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), CodecError> {
        self.count += 1;
        key.serialize(Writer(self.open.out))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CodecError> {
        value.serialize(Writer(self.open.out))
    }

    fn end(self) -> Result<(), CodecError> {
        self.finish()
    }
}
