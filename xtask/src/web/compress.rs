//! Brotli beside every file that shrinks by it: the relay sends that to browsers that take it.

use anyhow::{Context, Result};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

/// Smaller files aren't worth a second one, in bytes.
const WORTH_BYTES: usize = 512;
/// Highest quality: it is done once.
const QUALITY: u32 = 11;
/// Window, in powers of two.
const WINDOW_BITS: u32 = 24;
/// What is compressed already.
const COMPRESSED: [&str; 6] = ["png", "jpg", "webp", "woff2", "br", "ico"];

/// Compresses what is in a folder; tells nothing when it is done.
pub fn folder(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            self::folder(&path)?;
        } else if !path.extension().is_some_and(|extension| COMPRESSED.iter().any(|known| extension == *known)) {
            file(&path)?;
        }
    }
    Ok(())
}

fn file(path: &Path) -> Result<()> {
    let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    if bytes.len() < WORTH_BYTES {
        return Ok(());
    }
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 64 * 1024, QUALITY, WINDOW_BITS);
    writer.write_all(&bytes).context("compressing")?;
    let compressed = writer.into_inner();
    if compressed.len() < bytes.len() {
        let mut name = path.as_os_str().to_owned();
        name.push(".br");
        fs::write(PathBuf::from(name), compressed).with_context(|| format!("compressing {}", path.display()))?;
    }
    Ok(())
}
