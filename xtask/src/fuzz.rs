//! `cargo xtask fuzz`: any bytes into every decoder that meets the network or a file (see fuzz/README.md).
//!
//! libFuzzer needs coverage in the code under test, which stable Rust can give: LLVM's sanitizer coverage without a sanitizer.

use crate::process::{cargo, command, output, root, run as run_command, succeeds, target_dir};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What libFuzzer wants of the compiler.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
                        -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing";
/// An input that takes longer is a failure, in seconds.
const INPUT_SECONDS: u64 = 10;
/// Memory that a target may use, in MiB.
const MEMORY_MIB: u64 = 2048;

/// Fuzz the decoders; an input that fails is kept in target/fuzz/crashes
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
    crate::tools::ensure_for_building()?;
    let all = targets()?;
    let chosen = match &args.target {
        Some(target) if all.contains(target) => vec![target.clone()],
        Some(target) => bail!("no fuzz target `{target}`; there are: {}", all.join(", ")),
        None => all,
    };
    fuzz(&chosen, args.seconds)
}

/// Every committed seed without a fuzzer, then every target for a short time.
pub fn smoke(seconds: u64) -> Result<()> {
    // Without the fuzzer's flags most of it is built already.
    let mut seeds = cargo();
    seeds.args(["test", "--quiet", "--manifest-path", "fuzz/Cargo.toml", "--target-dir"]).arg(target_dir());
    run_command(seeds)?;
    fuzz(&targets()?, seconds)
}

/// Each target has a folder of seeds.
fn targets() -> Result<Vec<String>> {
    let seeds = seeds();
    let mut targets = Vec::new();
    for entry in fs::read_dir(&seeds).with_context(|| format!("reading {}", seeds.display()))? {
        let entry = entry.context("reading the fuzz targets")?;
        if entry.path().is_dir() {
            targets.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    targets.sort_unstable();
    if targets.is_empty() {
        bail!("no fuzz targets in {}", seeds.display());
    }
    Ok(targets)
}

fn seeds() -> PathBuf {
    root().join("fuzz").join("seeds")
}

fn dir() -> PathBuf {
    target_dir().join("fuzz")
}

fn fuzz(targets: &[String], seconds: u64) -> Result<()> {
    let program = build()?;
    let crashes = dir().join("crashes");
    fs::create_dir_all(&crashes).with_context(|| format!("making {}", crashes.display()))?;
    for target in targets {
        println!("fuzzing {target} for {seconds} s");
        fuzz_one(&program, target, seconds, &crashes)?;
    }
    Ok(())
}

fn fuzz_one(program: &Path, target: &str, seconds: u64, crashes: &Path) -> Result<()> {
    let corpus = dir().join("corpus").join(target);
    fs::create_dir_all(&corpus).with_context(|| format!("making {}", corpus.display()))?;
    let mut command = command(&program.to_string_lossy());
    command.env("CHANCERY_FUZZ_TARGET", target);
    command.args([
        format!("-max_total_time={seconds}"),
        format!("-timeout={INPUT_SECONDS}"),
        format!("-rss_limit_mb={MEMORY_MIB}"),
        // The prefix of the file's name.
        format!("-artifact_prefix={}/{target}-", crashes.display()),
        "-print_final_stats=1".to_owned(),
        "-verbosity=0".to_owned(),
    ]);
    // New finds go into the first folder.
    command.arg(&corpus).arg(seeds().join(target));
    // Pages of statistics: shown when something is wrong only.
    let output = command.output().with_context(|| format!("starting {}", program.display()))?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        eprintln!("{text}");
        bail!(
            "the fuzz target `{target}` failed; the input is in {}, fuzz/README.md says how to repeat it",
            crashes.display()
        );
    }
    let executed = text.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    println!("  {} inputs, none failed", executed.map_or("unknown", str::trim));
    Ok(())
}

/// Builds for the machine's own target, named: so that build scripts and macros are not instrumented.
fn build() -> Result<PathBuf> {
    let mut compiler = command("c++");
    compiler.arg("--version");
    if !succeeds(compiler) {
        bail!("libFuzzer needs a C++ compiler. Install one, e.g. `sudo apt-get install g++` (Debian, Ubuntu)");
    }
    let mut rustc = command("rustc");
    rustc.arg("-vV");
    let version = output(rustc)?;
    let host =
        version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc doesn't say what it runs on")?;
    let mut build = cargo();
    build.args([
        "build",
        "--release",
        "--manifest-path",
        "fuzz/Cargo.toml",
        "--bin",
        "fuzz",
        "--target",
        host,
        "--target-dir",
    ]);
    build.arg(dir()).env("RUSTFLAGS", COVERAGE);
    run_command(build)?;
    Ok(dir().join(host).join("release").join("fuzz"))
}
