//! The container in CBOR. The encoding is checked as a whole first ([`canonical`]); after that it is read by shape.

use super::{
    ContentError, Disposition, Expiration, Extensions, External, MAX_PART_DEPTH, MAX_PARTS, MAX_TOPIC_ID_BYTES,
    MimiContent, NestedPart, Part, Semantics, canonical,
};
use crate::{ids::MessageId, limits::MAX_CONTENT_BYTES};
use minicbor::{Decoder, Encoder, data::Type};
use std::convert::Infallible;

type Written = Result<(), minicbor::encode::Error<Infallible>>;

pub(super) fn encode(content: &MimiContent) -> Vec<u8> {
    let mut e = Encoder::new(Vec::new());
    container(&mut e, content).expect("writing to a Vec can't fail");
    e.into_writer()
}

fn container(e: &mut Encoder<Vec<u8>>, content: &MimiContent) -> Written {
    e.array(7)?.bytes(&content.salt)?.encode(content.replaces)?.bytes(&content.topic_id)?;
    match content.expires {
        None => e.null()?,
        Some(Expiration::AfterReading(seconds)) => e.array(2)?.bool(true)?.u32(seconds)?,
        Some(Expiration::At(time)) => e.array(2)?.bool(false)?.u32(time)?,
    };
    e.encode(content.in_reply_to)?;
    content.extensions.encode(e);
    nested_part(e, &content.body)
}

fn nested_part(e: &mut Encoder<Vec<u8>>, nested: &NestedPart) -> Written {
    let fields = match &nested.part {
        Part::Null => 0,
        Part::Single { .. } => 2,
        Part::External(_) => 12,
        Part::Multi { .. } => 2,
        Part::Unknown { items, .. } => items.len() as u64,
    };
    e.array(3 + fields)?.u8(nested.disposition.0)?.str(&nested.language)?;
    match &nested.part {
        Part::Null => e.u8(0)?.ok(),
        Part::Single { content_type, content } => e.u8(1)?.str(content_type)?.bytes(content)?.ok(),
        Part::External(x) => {
            e.u8(2)?.str(&x.content_type)?.str(&x.url)?.u32(x.expires)?.u64(x.size)?.u16(x.enc_alg)?;
            e.bytes(&x.key)?.bytes(&x.nonce)?.bytes(&x.aad)?.u8(x.hash_alg)?.bytes(&x.content_hash)?;
            e.str(&x.description)?.str(&x.filename)?.ok()
        }
        Part::Multi { semantics, parts } => {
            let semantics = match semantics {
                Semantics::ChooseOne => 0,
                Semantics::SingleUnit => 1,
                Semantics::ProcessAll => 2,
            };
            e.u8(3)?.u8(semantics)?.array(parts.len() as u64)?;
            parts.iter().try_for_each(|part| nested_part(e, part))
        }
        Part::Unknown { cardinality, items } => {
            e.u64(*cardinality)?;
            items.iter().for_each(|item| e.writer_mut().extend_from_slice(item));
            Ok(())
        }
    }
}

/// Names the field that is wrong.
trait Field<T> {
    fn of(self, name: &'static str) -> Result<T, ContentError>;
}

impl<T> Field<T> for Result<T, minicbor::decode::Error> {
    fn of(self, name: &'static str) -> Result<T, ContentError> {
        self.map_err(|_| malformed(name))
    }
}

fn malformed(name: &str) -> ContentError {
    ContentError::Malformed(name.to_owned())
}

fn array(d: &mut Decoder<'_>, length: u64, name: &'static str) -> Result<(), ContentError> {
    if d.array().of(name)? == Some(length) { Ok(()) } else { Err(malformed(name)) }
}

pub(super) fn decode(bytes: &[u8]) -> Result<MimiContent, ContentError> {
    if bytes.len() > MAX_CONTENT_BYTES {
        return Err(ContentError::TooLarge { what: "bytes", limit: MAX_CONTENT_BYTES });
    }
    canonical::check(bytes)?;
    let d = &mut Decoder::new(bytes);
    array(d, 7, "it isn't an array of seven fields")?;
    let salt = d.bytes().of("salt")?.try_into().map_err(|_| malformed("salt"))?;
    let replaces = d.decode::<Option<MessageId>>().of("replaces")?;
    let topic_id = d.bytes().of("topicId")?.to_vec();
    if topic_id.len() > MAX_TOPIC_ID_BYTES {
        return Err(ContentError::TooLarge { what: "bytes of topic id", limit: MAX_TOPIC_ID_BYTES });
    }
    let expires = match d.datatype().of("expires")? {
        Type::Null => {
            d.null().of("expires")?;
            None
        }
        _ => {
            array(d, 2, "expires")?;
            let relative = d.bool().of("expires")?;
            let time = d.u32().of("expires")?;
            Some(if relative { Expiration::AfterReading(time) } else { Expiration::At(time) })
        }
    };
    let in_reply_to = d.decode::<Option<MessageId>>().of("inReplyTo")?;
    let extensions = Extensions::decode(d)?;
    let body = Parts { left: MAX_PARTS }.nested(d, 1)?;
    Ok(MimiContent { salt, replaces, topic_id, expires, in_reply_to, extensions, body })
}

struct Parts {
    left: usize,
}

impl Parts {
    fn nested(&mut self, d: &mut Decoder<'_>, depth: usize) -> Result<NestedPart, ContentError> {
        if depth > MAX_PART_DEPTH {
            return Err(ContentError::TooLarge { what: "levels of parts", limit: MAX_PART_DEPTH });
        }
        self.left = self.left.checked_sub(1).ok_or(ContentError::TooLarge { what: "parts", limit: MAX_PARTS })?;
        let length = d.array().of("a part")?.filter(|&length| length >= 3).ok_or_else(|| malformed("a part"))?;
        let disposition = Disposition(d.u8().of("disposition")?);
        let language = d.str().of("language")?.to_owned();
        let part = match (d.u64().of("cardinality")?, length) {
            (0, 3) => Part::Null,
            (1, 5) => Part::Single {
                content_type: d.str().of("contentType")?.to_owned(),
                content: d.bytes().of("content")?.to_vec(),
            },
            (2, 15) => Part::External(external(d)?),
            (3, 5) => self.multi(d, depth)?,
            (0..=3, _) => return Err(malformed("the number of a part's fields")),
            (cardinality, _) => {
                let mut items = Vec::new();
                for _ in 3..length {
                    let start = d.position();
                    d.skip().of("a field of an unknown part")?;
                    items.push(d.input()[start..d.position()].to_vec());
                }
                Part::Unknown { cardinality, items }
            }
        };
        Ok(NestedPart { disposition, language, part })
    }

    fn multi(&mut self, d: &mut Decoder<'_>, depth: usize) -> Result<Part, ContentError> {
        let semantics = match d.u8().of("partSemantics")? {
            0 => Semantics::ChooseOne,
            1 => Semantics::SingleUnit,
            2 => Semantics::ProcessAll,
            _ => return Err(malformed("partSemantics")),
        };
        let count = d.array().of("parts")?.filter(|&count| count >= 2).ok_or_else(|| malformed("parts"))?;
        let mut parts = Vec::new();
        for _ in 0..count {
            parts.push(self.nested(d, depth + 1)?);
        }
        Ok(Part::Multi { semantics, parts })
    }
}

fn external(d: &mut Decoder<'_>) -> Result<External, ContentError> {
    Ok(External {
        content_type: d.str().of("contentType")?.to_owned(),
        url: d.str().of("url")?.to_owned(),
        expires: d.u32().of("expires")?,
        size: d.u64().of("size")?,
        enc_alg: d.u16().of("encAlg")?,
        key: d.bytes().of("key")?.to_vec(),
        nonce: d.bytes().of("nonce")?.to_vec(),
        aad: d.bytes().of("aad")?.to_vec(),
        hash_alg: d.u8().of("hashAlg")?,
        content_hash: d.bytes().of("contentHash")?.to_vec(),
        description: d.str().of("description")?.to_owned(),
        filename: d.str().of("filename")?.to_owned(),
    })
}
