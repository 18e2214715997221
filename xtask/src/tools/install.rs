//! Installing what is missing.

use super::{WASM_TARGET, plan::What};
use crate::process::{command, run};
use anyhow::{Context, Result};
use std::process::Command;

/// Installs it. Where apt fails, it is looked again afterwards what is there: a mirror that is down matters only for what is missing.
pub(super) fn install(what: &What) -> Result<()> {
    if !what.packages.is_empty() {
        println!("Installing {} with apt-get.", what.packages.join(", "));
        let mut install = vec!["install", "--yes", "--no-install-recommends"];
        install.extend(&what.packages);
        for args in [&["update"][..], &install] {
            if let Err(error) = run(apt(what.with_sudo, args)) {
                println!("{error:#}");
            }
        }
    }
    if what.wasm_target {
        println!("Installing the target {WASM_TARGET} with rustup.");
        let mut rustup = command("rustup");
        rustup.args(["target", "add", WASM_TARGET]);
        run(rustup).context(format!(
            "the app needs the compiler's target {WASM_TARGET}. Run `rustup target add {WASM_TARGET}` with a network connection; \
             without rustup, install your distribution's package for it (Debian: libstd-rust-dev-wasm32)"
        ))?;
    }
    Ok(())
}

fn apt(with_sudo: bool, args: &[&str]) -> Command {
    let mut apt = match with_sudo {
        true => {
            let mut sudo = command("sudo");
            // sudo drops the environment.
            sudo.args(["-n", "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
            sudo
        }
        false => command("apt-get"),
    };
    apt.arg("-qq").args(args).env("DEBIAN_FRONTEND", "noninteractive");
    apt
}
