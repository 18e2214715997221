//! What holds for a whole conversation and is content, not group state: how long messages live. The relay never sees it.

use super::canonical;
use minicbor::{Decoder, Encoder, data::Type};

/// Media type of a conversation's settings: a CBOR map of text keys.
pub const SETTINGS_TYPE: &str = "application/vnd.chancery.conversation-settings+cbor";
/// The shortest life of a message that can be set, in seconds.
pub const MIN_MESSAGE_SECONDS: u32 = 5;
/// The longest, in seconds.
pub const MAX_MESSAGE_SECONDS: u32 = 366 * 24 * 3600;

/// Settings of a conversation; the last ones in its order hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConversationSettings {
    /// Messages are deleted this many seconds after they were written; `None`: they stay.
    pub message_seconds: Option<u32>,
}

impl ConversationSettings {
    /// `{"expire": seconds}`, 0 for never.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut e = Encoder::new(Vec::new());
        e.map(1)
            .and_then(|e| e.str("expire"))
            .and_then(|e| e.u32(self.message_seconds.unwrap_or(0)))
            .expect("writing to a Vec can't fail");
        e.into_writer()
    }

    /// Reads settings; keys of a newer version are passed over.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        canonical::check(bytes).ok()?;
        let mut d = Decoder::new(bytes);
        let mut expire = None;
        for _ in 0..d.map().ok()?? {
            let ours = d.datatype().ok()? == Type::String && d.probe().str().ok()? == "expire";
            d.skip().ok()?;
            if ours {
                expire = Some(d.u32().ok()?);
            } else {
                d.skip().ok()?;
            }
        }
        let seconds = expire?;
        let valid = seconds == 0 || (MIN_MESSAGE_SECONDS..=MAX_MESSAGE_SECONDS).contains(&seconds);
        valid.then_some(Self { message_seconds: Some(seconds).filter(|seconds| *seconds != 0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_written_and_absurd_lives_are_refused() {
        for message_seconds in [None, Some(MIN_MESSAGE_SECONDS), Some(MAX_MESSAGE_SECONDS)] {
            let settings = ConversationSettings { message_seconds };
            assert_eq!(ConversationSettings::from_slice(&settings.to_vec()), Some(settings));
        }
        for seconds in [1, MIN_MESSAGE_SECONDS - 1, MAX_MESSAGE_SECONDS + 1, u32::MAX] {
            let settings = ConversationSettings { message_seconds: Some(seconds) };
            assert_eq!(ConversationSettings::from_slice(&settings.to_vec()), None);
        }
        assert_eq!(ConversationSettings::from_slice(&[0xa0]), None);
    }
}
