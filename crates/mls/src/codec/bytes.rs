//! Tells whether a value is a single `u8`.

use super::CodecError;
use serde::ser::{Impossible, Serialize, Serializer};

/// The byte that `value` is, if it is one.
pub(super) fn as_byte<T: Serialize + ?Sized>(value: &T) -> Option<u8> {
    value.serialize(Probe).ok()
}

/// Accepts a `u8` and nothing else. The refusal allocates nothing: an empty `String` doesn't.
struct Probe;

const fn no() -> CodecError {
    CodecError(String::new())
}

macro_rules! refuse {
    ($($method:ident($($arg:ty),*);)*) => {
        $(fn $method(self, $(_: $arg),*) -> Result<u8, CodecError> { Err(no()) })*
    };
}

impl Serializer for Probe {
    type Ok = u8;
    type Error = CodecError;
    type SerializeSeq = Impossible<u8, CodecError>;
    type SerializeTuple = Impossible<u8, CodecError>;
    type SerializeTupleStruct = Impossible<u8, CodecError>;
    type SerializeTupleVariant = Impossible<u8, CodecError>;
    type SerializeMap = Impossible<u8, CodecError>;
    type SerializeStruct = Impossible<u8, CodecError>;
    type SerializeStructVariant = Impossible<u8, CodecError>;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_u8(self, v: u8) -> Result<u8, CodecError> {
        Ok(v)
    }

    refuse! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<u8, CodecError> {
        Err(no())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, _: &T) -> Result<u8, CodecError> {
        Err(no())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<u8, CodecError> {
        Err(no())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, CodecError> {
        Err(no())
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, CodecError> {
        Err(no())
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, CodecError> {
        Err(no())
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, CodecError> {
        Err(no())
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, CodecError> {
        Err(no())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, CodecError> {
        Err(no())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, CodecError> {
        Err(no())
    }
}
