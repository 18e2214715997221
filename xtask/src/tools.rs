//! What has to be on the machine, and what is installed when it isn't.

use crate::process::{cargo, command, output, run, succeeds};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;

/// The browser's target.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The vendored OpenSSL and SQLite are C: they need a compiler, perl and make. Says so before a long build fails.
pub fn check_for_building() -> Result<()> {
    let missing: Vec<&str> = [("gcc", "cc", "--version"), ("make", "make", "--version"), ("perl", "perl", "-v")]
        .into_iter()
        .filter(|(_, program, version)| {
            let mut command = command(program);
            command.arg(version);
            !succeeds(command)
        })
        .map(|(package, ..)| package)
        .collect();
    if !missing.is_empty() {
        let missing = missing.join(" ");
        bail!(
            "building needs {missing}, which this machine lacks. Install it, e.g. `sudo apt-get install {missing}` \
             (Debian, Ubuntu) or `xcode-select --install` (macOS), then repeat"
        );
    }
    Ok(())
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

/// Makes sure that the browser's target is there.
pub fn ensure_wasm_target() -> Result<()> {
    let mut sysroot = command("rustc");
    sysroot.args(["--print", "target-libdir", "--target", WASM_TARGET]);
    let dir = output(sysroot)?;
    if std::path::Path::new(dir.trim()).is_dir() {
        return Ok(());
    }
    println!("The target {WASM_TARGET} is missing: installing it with rustup.");
    let mut rustup = command("rustup");
    rustup.args(["target", "add", WASM_TARGET]);
    run(rustup).context(format!(
        "the browser check needs the compiler's target {WASM_TARGET}. Run `rustup target add {WASM_TARGET}` with a network \
         connection; without rustup, install your distribution's package for it (Debian: libstd-rust-dev-wasm32)"
    ))
}

/// Where Chromium is found when `CHROMIUM` doesn't say.
const CHROMIUM_PATHS: [&str; 5] = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// The browser of the browser tests; CI installs it where apt is there.
pub fn ensure_chromium() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("CHROMIUM") {
        let path = PathBuf::from(path);
        if !path.is_file() {
            bail!("CHROMIUM is {}, which is no file", path.display());
        }
        return Ok(path);
    }
    if let Some(found) = chromium() {
        return Ok(found);
    }
    if in_ci() {
        println!("Installing Chromium.");
        for args in [&["update"][..], &["install", "--yes", "--no-install-recommends", "chromium"]] {
            let mut apt = command("apt-get");
            apt.args(["-qq"]).args(args).env("DEBIAN_FRONTEND", "noninteractive");
            if let Err(error) = run(apt) {
                println!("{error:#}");
            }
        }
    }
    chromium().context(
        "the browser tests need Chromium, which this machine lacks. Install it, e.g. `sudo apt-get install chromium` (Debian, \
         Ubuntu), or set CHROMIUM to the program of Chromium or Chrome, then repeat",
    )
}

fn chromium() -> Option<PathBuf> {
    CHROMIUM_PATHS.iter().map(PathBuf::from).find(|path| path.is_file())
}
