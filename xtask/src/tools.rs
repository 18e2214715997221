//! What has to be on the machine: asked for at once before anything is built, installed where that can be done, and otherwise named with the one line to type.

mod install;
mod look;
mod plan;

use crate::process::{cargo, succeeds};
use anyhow::{Context, Result, bail};
use plan::Plan;
use std::path::PathBuf;

/// The browser's target.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";
/// Oldest Node.js that Vite runs on.
const NODE_AT_LEAST: (u32, u32) = (20, 19);
/// Oldest Python that the tester of the API runs on.
const PYTHON_AT_LEAST: (u32, u32) = (3, 10);

/// Something that isn't Rust, or isn't there in every Rust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    Compiler,
    Make,
    Perl,
    Clang,
    Node,
    WasmTarget,
    Chromium,
    Python,
}

/// Every build: the vendored OpenSSL and SQLite are C, configured by perl and built by make.
pub const FOR_BUILDING: &[Tool] = &[Tool::Compiler, Tool::Make, Tool::Perl];
/// The app for browsers, besides: its SQLite is compiled by clang, its TypeScript bundled by Node.js.
pub const FOR_THE_APP: &[Tool] = &[Tool::Clang, Tool::Node, Tool::WasmTarget];
/// All tests, besides: a browser, and the public tester of the API.
pub const FOR_TESTING: &[Tool] = &[Tool::Chromium, Tool::Python];

/// How a tool is called and where it comes from.
struct About {
    name: &'static str,
    /// Packages of Debian and Ubuntu.
    debian: &'static [&'static str],
    /// The package of Homebrew; what macOS has in its command-line tools has none.
    homebrew: Option<&'static str>,
}

impl Tool {
    fn about(self) -> About {
        let about = |name, debian, homebrew| About { name, debian, homebrew };
        match self {
            Self::Compiler => about("a C compiler", &["gcc", "libc6-dev"], None),
            Self::Make => about("make", &["make"], None),
            Self::Perl => about("perl", &["perl"], None),
            Self::Clang => about("clang with WebAssembly", &["clang"], Some("llvm")),
            Self::Node => about("Node.js 20.19 or newer with npm", &["nodejs", "npm"], Some("node")),
            Self::WasmTarget => about("Rust's target wasm32-unknown-unknown", &[], None),
            Self::Chromium => about("Chromium", &["chromium"], Some("chromium")),
            Self::Python => about("Python 3.10 or newer with venv", &["python3", "python3-venv"], Some("python")),
        }
    }
}

/// Makes sure that all of these are there. `instead` is what can be done without what is missing.
pub fn ensure(needs: &[&[Tool]], instead: Option<&str>) -> Result<()> {
    let needs: Vec<Tool> = needs.concat();
    let missing = look::missing(&needs);
    if missing.is_empty() {
        return Ok(());
    }
    match plan::plan(&missing, &look::machine(&missing)) {
        Plan::Install(what) => install::install(&what)?,
        Plan::Stop(message) => return stop(&message, instead),
    }
    let missing = look::missing(&needs);
    if missing.is_empty() {
        return Ok(());
    }
    // What apt installed wasn't enough, or couldn't be had: nothing is left but to say so.
    stop(&plan::message(&missing, &look::machine(&missing)), instead)
}

fn stop(message: &str, instead: Option<&str>) -> Result<()> {
    match instead {
        Some(instead) => bail!("{message}\n\n{instead}"),
        None => bail!("{message}"),
    }
}

/// What building Rust and C needs.
pub fn ensure_for_building() -> Result<()> {
    ensure(&[FOR_BUILDING], None)
}

/// Whether CI runs this: then missing tools are installed.
pub fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false" && value != "0")
}

/// Whether `cargo <name>` is there.
pub fn has_cargo_command(name: &str) -> bool {
    let mut command = cargo();
    command.args([name, "--version"]);
    succeeds(command)
}

/// The browser of the browser tests.
pub fn chromium() -> Result<PathBuf> {
    look::chromium()?.context("Chromium isn't there any more")
}
