//! The simulator's program: runs seeds, names those that fail.

use anyhow::bail;
use chancery_sim::scenario::{self, Outcome};
use chancery_wire::signed::Suite;
use clap::Parser;
use std::{
    num::NonZero,
    ops::Range,
    panic,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Instant,
};

/// Failing seeds that are described; more are counted.
const MAX_DESCRIBED: usize = 10;
/// Progress is printed every so many seeds.
const PROGRESS_SEEDS: u64 = 25;

/// Simulates people, devices, a relay and a bad network, and checks what has to hold.
#[derive(Parser)]
#[command(name = "chancery-sim")]
struct Args {
    /// How many seeds to run
    #[arg(long, value_name = "N", default_value_t = 300)]
    seeds: u64,
    /// The first of them
    #[arg(long, value_name = "S", default_value_t = 0)]
    start: u64,
    /// Run this seed only, and tell everything that happens
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// With --seed: tell only what went wrong
    #[arg(long)]
    quiet: bool,
    /// MLS suite of the groups; by default most seeds run the classical one, some the hybrid one
    #[arg(long, value_parser = ["classical", "hybrid"])]
    suite: Option<String>,
}

fn run(seed: u64, suite: Option<Suite>, verbose: bool) -> Result<Outcome, String> {
    let suite = suite.unwrap_or_else(|| scenario::suite_of(seed));
    panic::catch_unwind(|| scenario::run(seed, suite, verbose)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_else(|| "panicked".into())
    })
}

fn describe(outcome: &Result<Outcome, String>) -> Vec<String> {
    match outcome {
        Ok(outcome) => outcome.problems.clone(),
        Err(panic) => vec![format!("panicked: {panic}")],
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    match simulate(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the seeds on all processors, and gives what came of each as it ends.
fn run_all(seeds: Range<u64>, suite: Option<Suite>) -> mpsc::IntoIter<(u64, Result<Outcome, String>)> {
    let seeds = Arc::new(Mutex::new(seeds));
    let (tell, told) = mpsc::channel();
    for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
        let (seeds, tell) = (seeds.clone(), tell.clone());
        thread::spawn(move || {
            loop {
                let seed = seeds.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some(seed) = seed else { return };
                if tell.send((seed, run(seed, suite, false))).is_err() {
                    return;
                }
            }
        });
    }
    told.into_iter()
}

fn simulate(args: &Args) -> anyhow::Result<()> {
    let suite = args.suite.as_deref().map(|name| if name == "hybrid" { Suite::Hybrid } else { Suite::Classical });
    if let Some(seed) = args.seed {
        let outcome = run(seed, suite, !args.quiet);
        let problems = describe(&outcome);
        problems.iter().for_each(|problem| println!("PROBLEM {problem}"));
        if !problems.is_empty() {
            bail!("seed {seed} fails");
        }
        println!("seed {seed} passes");
        return Ok(());
    }
    // A panic is a finding, told with its seed below.
    panic::set_hook(Box::new(|_| {}));
    let started = Instant::now();
    let (mut failed, mut sent, mut devices) = (Vec::new(), 0, 0);
    for (done, (seed, outcome)) in (1..).zip(run_all(args.start..args.start.saturating_add(args.seeds), suite)) {
        if let Ok(outcome) = &outcome {
            sent += outcome.sent;
            devices += outcome.devices;
        }
        let problems = describe(&outcome);
        if !problems.is_empty() {
            if failed.len() < MAX_DESCRIBED {
                println!("seed {seed} fails:");
                problems.iter().take(6).for_each(|problem| println!("    {problem}"));
                let suite = args.suite.as_ref().map(|suite| format!(" --suite {suite}")).unwrap_or_default();
                println!("    again: cargo run -p chancery-sim -- --seed {seed}{suite}");
            }
            failed.push(seed);
        }
        if u64::is_multiple_of(done, PROGRESS_SEEDS) {
            println!(
                "{done} of {} seeds, {} failed, {:.0} s",
                args.seeds,
                failed.len(),
                started.elapsed().as_secs_f64()
            );
        }
    }
    failed.sort_unstable();
    println!("{} seeds: {devices} devices, {sent} messages, {} failed", args.seeds, failed.len());
    if !failed.is_empty() {
        bail!("failing seeds: {failed:?}");
    }
    Ok(())
}
