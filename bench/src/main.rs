//! The benchmark: workloads W1 to W5 and abuse against a relay in its own process, and the client's own figures.
//!
//! Groups are real MLS groups of members that joined through the API. The messages were encrypted beforehand, by
//! members, from 1024 random bytes each; clients parse frames but don't decrypt, so that they cost less than the relay.

mod api;
mod client;
mod connection;
mod groups;
mod memory_store;
mod organisation;
mod proc;
mod relay;
mod report;
mod sizes;
mod statistics;
mod stopwatch;
mod workload;

use anyhow::{Context, Result, bail};
use clap::Parser;
use organisation::{Member, Organisation};
use relay::Relay;
use report::Report;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use sizes::Sizes;
use std::{
    path::{Path, PathBuf},
    process::Command,
};
use workload::Setting;

/// Every part, in the order in which they run.
const PARTS: [&str; 7] = ["w1", "w5", "w2", "w3", "w4", "abuse", "client"];
/// Open files that the workloads need, here and in the relay.
const OPEN_FILES: u64 = 10_000;

/// Measures the relay and the client
#[derive(Parser)]
struct Args {
    /// The relay's program, `chancery` [default: the same server in this program]
    #[arg(long, value_name = "FILE")]
    relay: Option<PathBuf>,
    /// Only these: w1, w2, w3, w4, w5, abuse, client
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = clap::builder::PossibleValuesParser::new(PARTS))]
    only: Vec<String>,
    /// Where the JSON goes
    #[arg(long, value_name = "FILE")]
    json: PathBuf,
    /// Tiny sizes: shows that everything works, measures nothing
    #[arg(long)]
    smoke: bool,
}

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|command| command == relay::SERVE) {
        return relay::serve(Path::new(&arguments.next().context("which data folder?")?));
    }
    measure(&Args::parse())
}

/// Clients run on one thread: the relay has the other cores.
#[tokio::main(flavor = "current_thread")]
async fn measure(args: &Args) -> Result<()> {
    let wanted = |part: &str| args.only.is_empty() || args.only.iter().any(|only| only == part);
    let sizes = if args.smoke { Sizes::smoke() } else { Sizes::full() };
    raise_open_files()?;
    rustls::crypto::ring::default_provider().install_default().ok().context("a TLS provider is installed already")?;

    let mut report = Report::default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    report.note("machine", json!({ "cores": cores, "load_before": proc::load() }));
    report.note("commit", json!(commit()));

    let users = sizes.users(&wanted);
    if users > 0 {
        measure_relay(args, &sizes, users, &wanted, &mut report).await?;
    }
    if wanted("client") {
        eprintln!("client");
        client::crypto::run(&sizes, &mut report)?;
        client::receive::run(args.relay.as_deref(), &sizes, &mut report).await?;
        client::large_group::run(&sizes, &mut report)?;
    }

    std::fs::write(&args.json, report.to_json()).with_context(|| format!("writing {}", args.json.display()))?;
    println!("{}", report.to_table());
    println!("JSON: {}", args.json.display());
    Ok(())
}

async fn measure_relay(
    args: &Args,
    sizes: &Sizes,
    users: usize,
    wanted: &dyn Fn(&str) -> bool,
    report: &mut Report,
) -> Result<()> {
    eprintln!("starting a relay, {users} users join");
    let organisation = Organisation::new();
    let mut relay = Relay::start(args.relay.as_deref(), &organisation).await?;
    let members: Vec<Member> = (0..users).map(|n| organisation.member(n)).collect::<Result<_>>()?;
    organisation.join(relay.origin(), &members).await?;
    for part in PARTS.into_iter().filter(|part| *part != "client" && wanted(part)) {
        eprintln!("{part}");
        relay.restart().await?;
        let setting = Setting { relay: &mut relay, organisation: &organisation, members: &members, sizes };
        match part {
            "w1" => workload::idle::run(setting, report).await,
            "w2" => workload::pairs::run(setting, report).await,
            "w3" => workload::group::run(setting, report).await,
            "w4" => workload::catch_up::run(setting, report).await,
            "w5" => workload::connect::run(setting, report).await,
            "abuse" => workload::abuse::run(setting, report).await,
            _ => bail!("unknown part"),
        }
        .with_context(|| format!("in {part}"))?;
    }
    relay.stop().await
}

/// The relay inherits it.
fn raise_open_files() -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < OPEN_FILES) {
        let raised =
            Rlimit { current: Some(limit.maximum.map_or(OPEN_FILES, |maximum| maximum.min(OPEN_FILES))), ..limit };
        setrlimit(Resource::Nofile, raised).context("raising the number of open files")?;
    }
    Ok(())
}

/// The commit that is measured, marked when the checkout has changes.
fn commit() -> Option<String> {
    let git = |args: &[&str]| {
        let output = Command::new("git").args(args).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "HEAD"])?;
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changed.is_empty() { commit } else { format!("{commit}+changes") })
}
