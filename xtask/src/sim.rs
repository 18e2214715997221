//! `cargo xtask sim`: the simulator with new seeds, or one again.

use crate::process::{cargo, run as run_command};
use anyhow::Result;

/// Run the simulator: seeded clients, the real relay logic, a faulty network, checkers
#[derive(clap::Args)]
pub struct Args {
    /// How many seeds
    #[arg(long, value_name = "N", default_value_t = 100)]
    seeds: u64,
    /// The first seed; with it alone, just this one runs
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
}

pub fn run(args: &Args) -> Result<()> {
    crate::tools::check_for_building()?;
    simulate(args.seeds, args.seed)
}

/// Runs seeds; the simulator prints those that fail.
pub fn simulate(seeds: u64, seed: Option<u64>) -> Result<()> {
    let mut command = cargo();
    command.args(["run", "--quiet", "--package", "chancery-sim", "--"]);
    match seed {
        Some(seed) => command.args(["--seed", &seed.to_string()]),
        None => command.args(["--seeds", &seeds.to_string()]),
    };
    run_command(command)
}
