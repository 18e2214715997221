//! CBOR, with another library than the relay's.

pub use ciborium::Value;

pub fn encode(value: &Value) -> Vec<u8> {
    let mut encoded = Vec::new();
    ciborium::into_writer(value, &mut encoded).unwrap();
    encoded
}

pub fn decode(bytes: &[u8]) -> Value {
    ciborium::from_reader(bytes).unwrap()
}

pub fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.to_vec())
}

pub fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub fn map(entries: Vec<(Value, Value)>) -> Value {
    Value::Map(entries)
}

pub fn array<const N: usize>(items: [Value; N]) -> Value {
    Value::Array(items.into())
}

pub fn uint(value: &Value) -> u64 {
    value.as_integer().unwrap().try_into().unwrap()
}

/// The number of an alternative, and its fields.
pub fn alternative(value: &Value) -> (u64, &[Value]) {
    let [number, fields] = value.as_array().unwrap().as_slice() else { panic!("{value:?}") };
    (uint(number), fields.as_array().unwrap())
}
