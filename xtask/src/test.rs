//! `cargo xtask test`: everything that has to hold before a change is merged; exactly what CI runs.

mod count;
mod python;
mod steps;

use crate::{
    process::{command, output},
    tools,
};
use anyhow::{Result, bail};
use count::Count;
use std::time::{Duration, Instant};

/// Run everything that CI runs: format, lints, dependencies, tests, the app, browsers, simulator, fuzzing
#[derive(clap::Args)]
pub struct Args {
    /// The tests only
    #[arg(long)]
    quick: bool,
    /// Seeds for the simulator
    #[arg(long, value_name = "N", default_value_t = 200)]
    seeds: u64,
    /// Seconds for each fuzz target
    #[arg(long, value_name = "N", default_value_t = 10)]
    fuzz_seconds: u64,
}

type Step<'a> = (&'a str, Box<dyn Fn(&mut Count) -> Result<()> + 'a>);

pub fn run(args: &Args) -> Result<()> {
    // All at once: half an hour into the tests is no time to hear of it.
    tools::ensure(&[tools::FOR_BUILDING, tools::FOR_THE_APP, tools::FOR_TESTING], None)?;
    let before = if args.quick { None } else { worktree() };
    let mut steps: Vec<Step<'_>> = Vec::new();
    if !args.quick {
        steps.push(("format", Box::new(|_| steps::format())));
        steps.push(("dependencies", Box::new(|_| steps::dependencies())));
        steps.push(("lints", Box::new(|_| steps::lints())));
    }
    steps.push(("tests", Box::new(steps::tests)));
    steps.push(("examples in the documentation", Box::new(steps::doc_tests)));
    if !args.quick {
        steps.push(("description of the API", Box::new(steps::api)));
        steps.push(("code for the browser", Box::new(|_| steps::browser())));
    }
    steps.push(("app", Box::new(steps::app)));
    steps.push(("app in the browser", Box::new(steps::browser_tests)));
    if !args.quick {
        steps.push(("simulator", Box::new(|_| crate::sim::seeds(0, args.seeds))));
        steps.push(("fuzzing", Box::new(|_| crate::fuzz::smoke(args.fuzz_seconds))));
        steps.push(("generated files", Box::new(|_| generated_files(before.as_deref()))));
    }

    let mut count = Count::default();
    let mut done: Vec<(&str, Duration)> = Vec::new();
    let total = steps.len();
    for (n, (name, step)) in steps.iter().enumerate() {
        println!("\n== {}/{total} {name}", n + 1);
        let start = Instant::now();
        if let Err(error) = step(&mut count) {
            eprintln!("\nerror: {error:#}");
            println!("\nStopped at `{name}`; {} of {total} steps passed.", done.len());
            // A step that isn't a test counts as one failure.
            println!("{} passed, {} failed", count.passed, count.failed.max(1));
            bail!("`{name}` failed");
        }
        done.push((name, start.elapsed()));
    }
    println!();
    for (name, time) in &done {
        println!("{:>6} s  {name}", time.as_secs());
    }
    println!("{} passed, {} failed", count.passed, count.failed);
    Ok(())
}

/// Changed and new files as git sees them; `None` outside a git checkout.
fn worktree() -> Option<String> {
    let git = |args: &[&str]| {
        let mut git = command("git");
        git.args(args);
        output(git).ok()
    };
    Some(format!("{}{}", git(&["status", "--porcelain=v1", "--untracked-files=all"])?, git(&["diff", "HEAD"])?))
}

/// The tests compare generated files with the committed ones; none may have been written anew or left behind.
fn generated_files(before: Option<&str>) -> Result<()> {
    let Some(before) = before else {
        println!("No git checkout: skipped.");
        return Ok(());
    };
    if worktree().as_deref() != Some(before) {
        let mut status = command("git");
        status.args(["status", "--short"]);
        crate::process::run(status)?;
        bail!("files changed while the tests ran: commit what is generated, and let no test write into the checkout");
    }
    println!("Nothing in the checkout changed.");
    Ok(())
}
