//! Whether a tool is there, and what kind of machine this is.

use super::{NODE_AT_LEAST, PYTHON_AT_LEAST, Tool, WASM_TARGET};
use crate::process::{command, output, succeeds};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

/// Where Chromium is found when `CHROMIUM` doesn't say.
const CHROMIUM_PATHS: [&str; 5] = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// A tool that isn't there, or not as it has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Missing {
    pub tool: Tool,
    /// What is there instead, in words.
    pub found: Option<String>,
}

/// What decides who may install what.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Machine {
    pub ci: bool,
    pub root: bool,
    /// `sudo` asks for no password.
    pub sudo: bool,
    pub apt: bool,
    /// apt has a Node.js that is new enough.
    pub apt_has_node: bool,
    pub rustup: bool,
    pub mac: bool,
}

/// Those that aren't there.
pub(super) fn missing(needs: &[Tool]) -> Vec<Missing> {
    needs.iter().filter_map(|tool| look(*tool).err().map(|found| Missing { tool: *tool, found })).collect()
}

/// `Err` with what is there instead.
fn look(tool: Tool) -> Result<(), Option<String>> {
    let there = |there: bool| if there { Ok(()) } else { Err(None) };
    match tool {
        Tool::Compiler => there(runs("cc", "--version")),
        Tool::Make => there(runs("make", "--version")),
        Tool::Perl => there(runs("perl", "-v")),
        Tool::Clang => clang(),
        Tool::Node => node(),
        Tool::WasmTarget => there(wasm_target()),
        Tool::Chromium => match chromium() {
            Ok(found) => there(found.is_some()),
            Err(error) => Err(Some(error.to_string())),
        },
        Tool::Python => python(),
    }
}

fn runs(program: &str, argument: &str) -> bool {
    let mut command = command(program);
    command.arg(argument);
    succeeds(command)
}

fn asked(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = command(program);
    command.args(arguments);
    output(command).ok()
}

/// Apple's has no WebAssembly.
fn clang() -> Result<(), Option<String>> {
    match asked("clang", &["--print-targets"]) {
        Some(targets) if targets.contains("wasm32") => Ok(()),
        Some(_) => Err(Some("the clang here has no WebAssembly".to_owned())),
        None => Err(None),
    }
}

fn node() -> Result<(), Option<String>> {
    let Some(text) = asked("node", &["--version"]) else { return Err(None) };
    if version(text.trim().trim_start_matches('v')).is_none_or(|version| version < NODE_AT_LEAST) {
        return Err(Some(format!("the Node.js here is {}", text.trim())));
    }
    match in_path(if cfg!(windows) { "npm.cmd" } else { "npm" }) {
        true => Ok(()),
        false => Err(Some("the Node.js here has no npm".to_owned())),
    }
}

fn wasm_target() -> bool {
    asked("rustc", &["--print", "target-libdir", "--target", WASM_TARGET])
        .is_some_and(|dir| Path::new(dir.trim()).is_dir())
}

/// Debian has `venv` in a package of its own; without it the module is there, and what it needs isn't.
fn python() -> Result<(), Option<String>> {
    let script = "import sys; print('%d.%d' % sys.version_info[:2])";
    let Some(text) = asked("python3", &["-c", script]) else { return Err(None) };
    if version(text.trim()).is_none_or(|version| version < PYTHON_AT_LEAST) {
        return Err(Some(format!("the Python here is {}", text.trim())));
    }
    match asked("python3", &["-c", "import venv, ensurepip"]) {
        Some(_) => Ok(()),
        None => Err(Some("the Python here has no venv".to_owned())),
    }
}

/// `CHROMIUM` says where it is; otherwise it is looked for.
pub(super) fn chromium() -> Result<Option<PathBuf>> {
    if let Some(path) = std::env::var_os("CHROMIUM") {
        let path = PathBuf::from(path);
        if !path.is_file() {
            bail!("CHROMIUM is {}, which is no file", path.display());
        }
        return Ok(Some(path));
    }
    Ok(CHROMIUM_PATHS.iter().map(PathBuf::from).find(|path| path.is_file()))
}

fn in_path(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

/// What decides about installing what is missing.
pub(super) fn machine(missing: &[Missing]) -> Machine {
    let ci = super::in_ci();
    let apt = runs("apt-get", "--version");
    let root = is_root();
    let lacks = |tool| missing.iter().any(|missing| missing.tool == tool);
    Machine {
        ci,
        root,
        sudo: ci && !root && {
            let mut sudo = command("sudo");
            sudo.args(["-n", "true"]);
            succeeds(sudo)
        },
        apt,
        apt_has_node: apt
            && lacks(Tool::Node)
            && asked("apt-cache", &["policy", "nodejs"])
                .and_then(|text| candidate(&text))
                .is_some_and(|version| version >= NODE_AT_LEAST),
        rustup: lacks(Tool::WasmTarget) && runs("rustup", "--version"),
        mac: cfg!(target_os = "macos"),
    }
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

/// The version that apt would install, from what `apt-cache policy` prints.
fn candidate(policy: &str) -> Option<(u32, u32)> {
    policy.lines().find_map(|line| version(line.trim().strip_prefix("Candidate: ")?))
}

/// `20.19.4` is (20, 19).
fn version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(version("20.19.4"), Some((20, 19)));
        assert_eq!(version("3.11"), Some((3, 11)));
        assert_eq!(version("20"), None);
        assert_eq!(candidate("nodejs:\n  Installed: (none)\n  Candidate: 20.19.2+dfsg-1\n"), Some((20, 19)));
        assert_eq!(candidate("nodejs:\n  Installed: (none)\n  Candidate: (none)\n"), None);
    }
}
