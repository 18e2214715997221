//! The one binary `chancery`: the relay, its administration, and a client for people and scripts.
//!
//! One file per command in [`commands`]; what several of them need stands in [`admin`] (keys, recovery kit, folder),
//! [`session`] (profile, names of conversations and messages), [`output`] (text, JSON lines, failures) and [`chat`] (the
//! terminal chat).
//!
//! **Invariant:** everything that people wrote passes [`output::plain`] before it reaches a terminal.
//! **Invariant:** with `--json` standard output holds JSON objects only, one per line.

mod admin;
mod args;
mod chat;
mod commands;
mod help;
mod media;
mod outgoing;
mod output;
mod session;

use clap::FromArgMatches;
use output::{Failure, Out};
use std::process::ExitCode;

fn main() -> ExitCode {
    let json = std::env::args_os().any(|argument| argument == "--json");
    let cli = match help::command().try_get_matches().and_then(|matches| args::Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            if json {
                return Failure::usage(error.kind().to_string()).report(json);
            }
            // Standard error may be closed; there is nowhere left to say so.
            let _ = error.print();
            return ExitCode::from(output::Exit::Usage as u8);
        }
        Err(help_or_version) => {
            let _ = help_or_version.print();
            return ExitCode::SUCCESS;
        }
    };
    let out = Out::new(cli.global.json);
    start_logging(&cli.command);
    // One provider of TLS cryptography for the whole process; an error only says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::fault("starting", error).report(json),
    };
    match runtime.block_on(commands::run(cli, &out)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(out.is_json()),
    }
}

/// Logs of client commands, for those who look for a fault: CHANCERY_LOG=debug. The relay has its own configuration.
fn start_logging(command: &args::Command) {
    use std::io::IsTerminal;
    let on_screen = matches!(command, args::Command::Chat(_)) && std::io::stderr().is_terminal();
    if matches!(command, args::Command::Serve(_)) || on_screen {
        return;
    }
    if let Ok(filter) = tracing_subscriber::EnvFilter::try_from_env("CHANCERY_LOG") {
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    }
}
