//! `cargo xtask fuzz`: throws mutated input at every decoder that meets the network or a file (see fuzz/README.md).

use crate::process::{cargo, root, run as run_command};
use anyhow::{Context, Result, bail};

/// Fuzz the decoders; a crash is kept and printed
#[derive(clap::Args)]
pub struct Args {
    /// Seconds for each target
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
    /// Only this one
    #[arg(long, value_name = "T")]
    target: Option<String>,
}

pub fn run(args: &Args) -> Result<()> {
    let all = targets()?;
    let chosen: Vec<String> = match &args.target {
        Some(target) if all.contains(target) => vec![target.clone()],
        Some(target) => bail!("no fuzz target `{target}`; there are: {}", all.join(", ")),
        None => all,
    };
    fuzz(&chosen, args.seconds)
}

/// Every target for a short time.
pub fn smoke(seconds: u64) -> Result<()> {
    fuzz(&targets()?, seconds)
}

/// One binary per target.
fn targets() -> Result<Vec<String>> {
    let dir = root().join("fuzz").join("src").join("bin");
    let mut targets = Vec::new();
    for entry in std::fs::read_dir(&dir).with_context(|| format!("reading {}", dir.display()))? {
        let path = entry.context("reading the fuzz targets")?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            targets.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    targets.sort_unstable();
    if targets.is_empty() {
        bail!("no fuzz targets in {}", dir.display());
    }
    Ok(targets)
}

fn fuzz(targets: &[String], seconds: u64) -> Result<()> {
    for target in targets {
        println!("fuzzing {target} for {seconds} s");
        let mut command = cargo();
        command.args(["run", "--quiet", "--manifest-path", "fuzz/Cargo.toml", "--bin", target, "--"]);
        command.args(["--seconds", &seconds.to_string()]);
        run_command(command).with_context(|| format!("fuzz target `{target}`"))?;
    }
    Ok(())
}
