//! The steps of `cargo xtask test`.

use super::count::Count;
use crate::{
    process::{cargo, run},
    tools::{self, WASM_TARGET},
};
use anyhow::{Context, Result};

/// All packages are formatted as rustfmt.toml says.
pub fn format() -> Result<()> {
    let mut command = cargo();
    command.args(["fmt", "--all", "--check"]);
    run(command).context("run `cargo fmt --all`")?;
    // A workspace of its own.
    let mut command = cargo();
    command.args(["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"]);
    run(command).context("run `cargo fmt --manifest-path fuzz/Cargo.toml`")
}

/// Licences, sources and banned crates, by cargo-deny; advisories too when their database can be had.
pub fn dependencies() -> Result<()> {
    if !tools::has_cargo_command("deny") {
        if !tools::in_ci() {
            println!(
                "Skipped: cargo-deny isn't installed. CI runs it; `cargo install --locked cargo-deny` installs it."
            );
            return Ok(());
        }
        println!("Installing cargo-deny.");
        let mut install = cargo();
        install.args(["install", "--locked", "cargo-deny"]);
        run(install)?;
    }
    let mut command = cargo();
    command.args(["deny", "--log-level", "error", "check", "licenses", "bans", "sources"]);
    run(command).context("a dependency is against deny.toml")?;

    let mut fetch = cargo();
    fetch.args(["deny", "--log-level", "off", "fetch", "db"]);
    if !crate::process::succeeds(fetch) {
        println!("Advisories not checked: their database can't be fetched from here.");
        return Ok(());
    }
    let mut command = cargo();
    command.args(["deny", "--log-level", "error", "check", "--disable-fetch", "advisories"]);
    run(command).context("a dependency has a known flaw")
}

/// Clippy without warnings, tests and benchmark included.
pub fn lints() -> Result<()> {
    let mut command = cargo();
    command.args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    run(command)
}

/// All tests.
pub fn tests(count: &mut Count) -> Result<()> {
    let mut command = cargo();
    if tools::has_cargo_command("nextest") {
        command.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
    } else {
        println!("With `cargo install --locked cargo-nextest` this would be faster; going on with cargo test.");
        command.args(["test", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"]);
    }
    // A golden file that differs is a failure here, never rewritten.
    command.env("INSTA_UPDATE", "no").env_remove("UPDATE");
    count.run(command)
}

/// Examples in doc comments, which cargo-nextest doesn't run.
pub fn doc_tests(count: &mut Count) -> Result<()> {
    let mut command = cargo();
    command.args(["test", "--workspace", "--doc"]);
    count.run(command)
}

/// `wire`, `mls` and `core` compile for the browser.
pub fn browser() -> Result<()> {
    tools::ensure_wasm_target()?;
    let mut command = cargo();
    command.args(["check", "--target", WASM_TARGET]);
    for package in ["chancery-wire", "chancery-mls", "chancery-core"] {
        command.args(["--package", package]);
    }
    run(command).context("`wire`, `mls` and `core` have to compile for the browser")
}
