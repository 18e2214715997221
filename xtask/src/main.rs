//! The project's own commands: `cargo xtask start`, `test`, `web`, `bench`, `sim`, `fuzz`.

mod bench;
mod fuzz;
mod process;
mod sim;
mod start;
mod test;
mod tools;
mod web;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Start(start::Args),
    Test(test::Args),
    Web(web::Args),
    Bench(bench::Args),
    Sim(sim::Args),
    Fuzz(fuzz::Args),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Start(args) => start::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Web(args) => web::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Sim(args) => sim::run(&args),
        Command::Fuzz(args) => fuzz::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
