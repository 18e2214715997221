//! `cargo xtask bench`: builds relay and benchmark with optimisation, then measures.

use crate::process::{cargo, command, root, run as run_command, target_dir};
use anyhow::Result;
use std::path::PathBuf;

/// Measure the relay (W1 to W5) and the client; prints a table and writes JSON
#[derive(clap::Args)]
pub struct Args {
    /// Only these, e.g. `w2,w3` or `client`
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    only: Vec<String>,
    /// Where the JSON goes
    #[arg(long, value_name = "FILE", default_value = "target/bench.json")]
    json: PathBuf,
    /// Tiny sizes: shows that the benchmark works, measures nothing
    #[arg(long)]
    smoke: bool,
}

pub fn run(args: &Args) -> Result<()> {
    crate::tools::ensure_for_building()?;
    let mut build = cargo();
    build.args(["build", "--release", "--package", "chancery-cli", "--package", "chancery-bench"]);
    run_command(build)?;
    let release = target_dir().join("release");
    let mut bench = command(&release.join("chancery-bench").to_string_lossy());
    bench.arg("--relay").arg(release.join("chancery")).arg("--json").arg(root().join(&args.json));
    if !args.only.is_empty() {
        bench.arg("--only").arg(args.only.join(","));
    }
    if args.smoke {
        bench.arg("--smoke");
    }
    run_command(bench)
}
