//! `cargo xtask sim`: the simulator with more seeds, or one seed again.

use crate::process::{cargo, command, run as run_command, target_dir};
use anyhow::{Context, Result};

/// Run the simulator: seeded clients, the real relay logic, a faulty network, checkers
#[derive(clap::Args)]
pub struct Args {
    /// How many seeds
    #[arg(long, value_name = "N", default_value_t = 300)]
    seeds: u64,
    /// The first of them; CI runs those from 0
    #[arg(long, value_name = "S", default_value_t = 0)]
    start: u64,
    /// Run this seed only, and tell everything that happens
    #[arg(long, value_name = "S", conflicts_with_all = ["seeds", "start"])]
    seed: Option<u64>,
}

pub fn run(args: &Args) -> Result<()> {
    crate::tools::ensure_for_building()?;
    match args.seed {
        Some(seed) => simulate(&["--seed", &seed.to_string()]),
        None => seeds(args.start, args.seeds),
    }
}

/// Runs so many seeds; the simulator names those that fail.
pub fn seeds(start: u64, count: u64) -> Result<()> {
    simulate(&["--start", &start.to_string(), "--seeds", &count.to_string()])
}

fn simulate(args: &[&str]) -> Result<()> {
    // With the features of the whole workspace, as the tests are built: they share what is compiled.
    let mut build = cargo();
    build.args(["build", "--quiet", "--workspace", "--bin", "chancery-sim"]);
    run_command(build)?;
    let mut simulator = command(&target_dir().join("debug").join("chancery-sim").to_string_lossy());
    simulator.args(args);
    run_command(simulator).context("`cargo xtask sim --seed S` runs one seed again and tells what happens")
}
