//! The tester of the API: public Python tools in an environment of their own below `target`, pinned by `requirements.txt`.

use crate::{
    process::{command, run, target_dir},
    tools,
};
use anyhow::{Context, Result};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The tools, with everything that they use, at their versions.
const REQUIREMENTS: &str = include_str!("requirements.txt");

/// The folder of the tools' programs; installs them unless they are there. `None` outside CI when they can't be had.
pub fn tools() -> Result<Option<PathBuf>> {
    let folder = target_dir().join("api-tester");
    let stamp = folder.join("requirements.txt");
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == REQUIREMENTS) {
        return Ok(Some(programs));
    }
    println!("Installing the tester of the API into {}.", folder.display());
    match install(&folder, &programs)
        .and_then(|()| fs::write(&stamp, REQUIREMENTS).context("noting what was installed"))
    {
        Ok(()) => Ok(Some(programs)),
        Err(error) if tools::in_ci() => Err(error),
        Err(error) => {
            println!("Skipped: the tester of the API can't be installed from here ({error:#}). CI runs it.");
            Ok(None)
        }
    }
}

fn install(folder: &Path, programs: &Path) -> Result<()> {
    let mut python = command("python3");
    python.args(["-m", "venv", "--clear"]).arg(folder);
    run(python)?;
    let requirements = folder.join("wanted.txt");
    fs::write(&requirements, REQUIREMENTS).with_context(|| format!("writing {}", requirements.display()))?;
    let mut pip = command(&programs.join("pip").to_string_lossy());
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(requirements);
    run(pip)
}
