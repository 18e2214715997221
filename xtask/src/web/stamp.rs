//! Whether the app has to be built: a hash over everything that it is made of.

use crate::process::{command, output, root};
use anyhow::{Context, Result};
use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
};

/// What the app is made of.
const SOURCES: [&str; 17] = [
    "Cargo.lock",
    "Cargo.toml",
    "crates/core",
    "crates/mls",
    "crates/store",
    "crates/wasm",
    "crates/wire",
    "rust-toolchain.toml",
    "web/index.html",
    "web/lingui.config.ts",
    "web/package-lock.json",
    "web/package.json",
    "web/public",
    "web/scripts",
    "web/src",
    "web/vite.config.ts",
    "xtask",
];

/// A hash of all sources; another one when anything changed.
pub fn of_sources(dev: bool) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    dev.hash(&mut hasher);
    let mut rustc = command("rustc");
    rustc.arg("--version");
    output(rustc)?.hash(&mut hasher);
    for source in SOURCES {
        let mut files = Vec::new();
        list(&root().join(source), &mut files)?;
        files.sort();
        for file in files {
            file.strip_prefix(root()).unwrap_or(&file).hash(&mut hasher);
            fs::read(&file).with_context(|| format!("reading {}", file.display()))?.hash(&mut hasher);
        }
    }
    Ok(format!("{:016x}\n", hasher.finish()))
}

fn list(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    // What the build makes itself, and tests.
    if path.ends_with("web/src/engine/wasm") || path.ends_with("tests") || path.ends_with("target") {
        return Ok(());
    }
    if path.is_file() {
        files.push(path.to_owned());
    } else if path.is_dir() {
        for entry in fs::read_dir(path).with_context(|| format!("reading {}", path.display()))? {
            list(&entry?.path(), files)?;
        }
    }
    Ok(())
}
