//! `cargo xtask fuzz`: throws mutated input at every decoder that meets the network or a file (see fuzz/README.md).

use crate::process::{cargo, command, output, root, run as run_command, target_dir};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// What libFuzzer's coverage needs; stable Rust takes it as flags of LLVM.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";
/// An input that takes longer is a failure, in seconds.
const TIMEOUT_SECONDS: u64 = 10;
/// Memory of the fuzzer, in MiB; more is a failure.
const MEMORY_MIB: u64 = 2048;
/// Longest input, in bytes.
const MAX_INPUT_BYTES: usize = 64 * 1024;

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

/// One folder of seeds per target.
fn targets() -> Result<Vec<String>> {
    let dir = root().join("fuzz").join("seeds");
    let mut targets = Vec::new();
    for entry in std::fs::read_dir(&dir).with_context(|| format!("reading {}", dir.display()))? {
        targets.push(entry.context("reading the fuzz targets")?.file_name().to_string_lossy().into_owned());
    }
    targets.sort_unstable();
    if targets.is_empty() {
        bail!("no fuzz targets in {}", dir.display());
    }
    Ok(targets)
}

/// Builds the fuzzer apart from everything else: its flags would rebuild the workspace.
fn build(folder: &Path) -> Result<PathBuf> {
    let mut rustc = command("rustc");
    rustc.arg("-vV");
    let version = output(rustc)?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let mut build = cargo();
    build.env("RUSTFLAGS", FLAGS).env("CARGO_TARGET_DIR", folder);
    build.args(["build", "--quiet", "--locked", "--release", "--manifest-path", "fuzz/Cargo.toml", "--bin", "fuzz"]);
    // With a target, build scripts and macros go without the flags.
    build.args(["--target", host]);
    run_command(build).context("building the fuzzer")?;
    Ok(folder.join(host).join("release").join("fuzz"))
}

fn fuzz(targets: &[String], seconds: u64) -> Result<()> {
    let folder = target_dir().join("fuzz");
    let fuzzer = build(&folder)?;
    let crashes = folder.join("crashes");
    std::fs::create_dir_all(&crashes).with_context(|| format!("making {}", crashes.display()))?;
    for target in targets {
        println!("fuzzing {target} for {seconds} s");
        let corpus = folder.join("corpus").join(target);
        std::fs::create_dir_all(&corpus).with_context(|| format!("making {}", corpus.display()))?;
        let mut fuzz = command(&fuzzer.to_string_lossy());
        fuzz.env("CHANCERY_FUZZ_TARGET", target).arg(&corpus).arg(root().join("fuzz").join("seeds").join(target));
        fuzz.args([format!("-max_total_time={seconds}"), format!("-timeout={TIMEOUT_SECONDS}")]);
        fuzz.args([format!("-rss_limit_mb={MEMORY_MIB}"), format!("-max_len={MAX_INPUT_BYTES}")]);
        fuzz.arg(format!("-artifact_prefix={}-", crashes.join(target).display())).arg("-verbosity=0");
        run_command(fuzz).with_context(|| format!("fuzz target `{target}`; its input is in {}", crashes.display()))?;
    }
    Ok(())
}
