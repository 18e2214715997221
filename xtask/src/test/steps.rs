//! The steps of `cargo xtask test`.

use super::{count::Count, python};
use crate::{
    process::{cargo, run, target_dir},
    tools::{self, WASM_TARGET},
    web,
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

/// A validator and a property-based tester, both public, look at the API's description and at a running relay.
pub fn api(count: &mut Count) -> Result<()> {
    const TEST: &str = "public_tools_find_no_answer_that_the_description_lacks";
    let Some(programs) = python::tools()? else { return Ok(()) };
    let mut command = cargo();
    // The whole workspace, as the tests above: with its features everything is built already.
    if tools::has_cargo_command("nextest") {
        command.args(["nextest", "run", "--workspace", "--run-ignored", "only", "-E", &format!("test({TEST})")]);
    } else {
        command.args(["test", "--workspace", "--test", "it", TEST, "--", "--ignored"]);
    }
    command.env("API_TESTER", programs);
    count.run(command)
}

/// What runs in the browser compiles for it, without warnings.
pub fn browser() -> Result<()> {
    let mut command = cargo();
    command.args(["clippy", "--target", WASM_TARGET]);
    for package in ["chancery-wire", "chancery-mls", "chancery-core", "chancery-store", "chancery-wasm"] {
        command.args(["--package", package]);
    }
    command.args(["--", "-D", "warnings"]);
    web::for_browser(&mut command)?;
    run(command).context("what runs in the browser has to compile for it")
}

/// The app as the relay carries it: types, lint, format, catalogues and tests of its TypeScript, and the size of the first load.
pub fn app(count: &mut Count) -> Result<()> {
    web::ensure(false)?;
    count.run(web::npm(&["run", "--silent", "check"]))?;
    run(web::npm(&["run", "--silent", "budget"])).context("the first load is too large")
}

/// The app in a real browser against a real relay and native clients; axe over every screen.
pub fn browser_tests(count: &mut Count) -> Result<()> {
    let chromium = tools::chromium()?;
    web::ensure(false)?;
    let mut build = cargo();
    build.args(["build", "--quiet", "--package", "chancery-cli"]);
    run(build)?;
    let in_chromium = |args: &[&str]| {
        let mut npm = web::npm(args);
        npm.env("CHROMIUM", &chromium).env("CARGO_TARGET_DIR", target_dir());
        npm
    };
    count.run(in_chromium(&["exec", "--", "playwright", "test"]))?;
    run(in_chromium(&["run", "--silent", "gallery"])).context("something is wrong in the gallery")
}
