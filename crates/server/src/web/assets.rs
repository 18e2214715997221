//! The app's files.

use rust_embed::{EmbeddedFile, RustEmbed};
use std::borrow::Cow;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist/app"]
#[allow_missing = true]
struct Files;

#[cfg(not(debug_assertions))]
fn get(name: &str) -> Option<EmbeddedFile> {
    Files::get(name)
}

/// A debug build serves another folder when `WEB_APP_DIR` names one: the page that the engine's browser tests drive.
#[cfg(debug_assertions)]
fn get(name: &str) -> Option<EmbeddedFile> {
    let Some(folder) = std::env::var_os("WEB_APP_DIR") else { return Files::get(name) };
    rust_embed::utils::read_file_from_fs(&std::path::Path::new(&folder).join(name)).ok()
}

/// How a body is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Brotli,
}

/// One file, with its compressed form beside it, if any.
pub(super) struct Asset {
    name: String,
    file: EmbeddedFile,
    compressed: Option<EmbeddedFile>,
}

impl Asset {
    pub(super) fn find(name: &str) -> Option<Self> {
        // Compressed forms aren't files of their own, and a debug build reads a folder: it must not be left.
        if name.ends_with(".br") || name.split('/').any(|part| part == "..") {
            return None;
        }
        let file = get(name)?;
        Some(Self { name: name.to_owned(), file, compressed: get(&format!("{name}.br")) })
    }

    pub(super) fn body(&self, brotli: bool) -> (Encoding, Vec<u8>) {
        let owned = |file: &EmbeddedFile| Cow::into_owned(file.data.clone());
        match &self.compressed {
            Some(compressed) if brotli => (Encoding::Brotli, owned(compressed)),
            _ => (Encoding::Identity, owned(&self.file)),
        }
    }

    /// Its content's hash, as an entity tag.
    pub(super) fn tag(&self) -> String {
        let hash = self.file.metadata.sha256_hash();
        let hex: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("\"{hex}\"")
    }

    /// Files below `assets/` have their content's hash in their name; the others are asked for again each time.
    pub(super) fn caching(&self) -> &'static str {
        if self.name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" }
    }

    pub(super) fn media_type(&self) -> &'static str {
        match self.name.rsplit('.').next().unwrap_or_default() {
            "html" => "text/html; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "json" => "application/json",
            "webmanifest" => "application/manifest+json",
            "wasm" => "application/wasm",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            "ico" => "image/x-icon",
            "jpg" | "jpeg" => "image/jpeg",
            "webp" => "image/webp",
            "woff2" => "font/woff2",
            "txt" => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        }
    }
}

/// The hash over the app's files that this binary carries, as About shows it; `None` when it carries none.
pub fn bundle_hash() -> Option<String> {
    let about = get("build.json")?;
    let about: serde_json::Value = serde_json::from_slice(&about.data).ok()?;
    about["hash"].as_str().map(str::to_owned)
}
