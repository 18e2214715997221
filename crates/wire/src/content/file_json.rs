//! A file's place and key in JSON: how they go between the client core and what transfers files.

use super::{FileInfo, Thumbnail};
use crate::{base64::Base64, file_cipher::FileKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The fields, bytes as base64url without padding.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "FileInfo", optional_fields = nullable))]
pub(super) struct FileJson {
    name: String,
    media_type: String,
    size: u64,
    url: String,
    /// 32 bytes.
    key: Base64,
    /// 7 bytes.
    nonce: Base64,
    /// 32 bytes.
    content_hash: Base64,
    expires_at: Option<u32>,
    thumbnail: Option<ThumbnailJson>,
    width: Option<u32>,
    height: Option<u32>,
    duration_ms: Option<u64>,
    /// Up to 64 samples from 0 to 255.
    waveform: Option<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "FileThumbnail"))]
struct ThumbnailJson {
    media_type: String,
    bytes: Base64,
}

impl Serialize for FileInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let thumbnail = self.thumbnail.as_ref().map(|thumbnail| ThumbnailJson {
            media_type: thumbnail.media_type.clone(),
            bytes: thumbnail.bytes.clone().into(),
        });
        let json = FileJson {
            name: self.name.clone(),
            media_type: self.media_type.clone(),
            size: self.size,
            url: self.url.clone(),
            key: self.key.key.to_vec().into(),
            nonce: self.key.nonce.to_vec().into(),
            content_hash: self.content_hash.to_vec().into(),
            expires_at: self.expires_at,
            thumbnail,
            width: self.width,
            height: self.height,
            duration_ms: self.duration_ms,
            waveform: self.waveform.clone(),
        };
        json.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for FileInfo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = FileJson::deserialize(deserializer)?;
        let key = FileKey::from_slices(&json.key.0, &json.nonce.0)
            .ok_or_else(|| D::Error::custom("a file's key has 32 bytes and its nonce 7"))?;
        let hash = json.content_hash.0.as_slice().try_into().map_err(|_| D::Error::custom("a hash has 32 bytes"))?;
        Ok(Self {
            name: json.name,
            media_type: json.media_type,
            size: json.size,
            url: json.url,
            key,
            content_hash: hash,
            expires_at: json.expires_at,
            thumbnail: json
                .thumbnail
                .map(|thumbnail| Thumbnail { media_type: thumbnail.media_type, bytes: thumbnail.bytes.0 }),
            width: json.width,
            height: json.height,
            duration_ms: json.duration_ms,
            waveform: json.waveform,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_survives_json_and_short_keys_are_refused() {
        let file = FileInfo {
            name: "a.jpg".into(),
            media_type: "image/jpeg".into(),
            size: 3,
            url: "https://relay.example.org/v1/files/00".into(),
            key: FileKey { key: [1; 32], nonce: [2; 7] },
            content_hash: [3; 32],
            expires_at: Some(4),
            thumbnail: Some(Thumbnail { media_type: "image/jpeg".into(), bytes: vec![0xff, 0xd8] }),
            width: Some(5),
            height: None,
            duration_ms: Some(6),
            waveform: Some(vec![0, 255]),
        };
        let json = serde_json::to_string(&file).unwrap();
        assert!(serde_json::from_str::<FileInfo>(&json).unwrap() == file, "{json}");
        let mut short: serde_json::Value = serde_json::from_str(&json).unwrap();
        short["nonce"] = "AA".into();
        assert!(serde_json::from_value::<FileInfo>(short).is_err());
    }
}
