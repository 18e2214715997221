//! Failures: one clear sentence and what to do, a stable code, an exit code.

use super::{json_line, plain};
use chancery_core::{UserError, storage::Fault};
use chancery_wire::Refusal;
use serde::Serialize;
use std::{error::Error, io::Write, process::ExitCode};

/// Exit codes, as documented in docs/guide/command-line.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Refused or failed.
    Failed = 1,
    /// The command line can't be understood.
    Usage = 2,
    /// No connection, or time is over; what was asked for stays queued.
    Offline = 3,
    /// The profile is locked, in use, or not joined.
    Locked = 4,
    /// Done in part: the message names who or what wasn't, and why.
    Partly = 5,
}

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    /// Stable, for programs.
    pub code: String,
    /// For people: what happened and what to do.
    pub message: String,
    /// The process's exit code.
    pub exit: Exit,
}

/// What a command comes to.
pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// Refused or failed, with a code and a sentence.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), exit: Exit::Failed }
    }

    /// The command line makes no sense.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, ..Self::new("usage", message) }
    }

    /// No connection.
    pub fn offline(code: &str, message: impl Into<String>) -> Self {
        Self { exit: Exit::Offline, ..Self::new(code, message) }
    }

    /// The profile can't be used as it is.
    pub fn locked(code: &str, message: impl Into<String>) -> Self {
        Self { exit: Exit::Locked, ..Self::new(code, message) }
    }

    /// Of several, these failed; the others are done, if any.
    pub fn of_several(failed: Vec<Failure>, any_done: bool) -> Outcome {
        let Some(first) = failed.first() else { return Ok(()) };
        let (code, exit) = match any_done {
            true => ("partly_done".to_owned(), Exit::Partly),
            false => (first.code.clone(), first.exit),
        };
        let lines: Vec<&str> = failed.iter().map(|failure| failure.message.as_str()).collect();
        Err(Self { code, message: lines.join("\n"), exit })
    }

    /// Something that should work didn't: names the operation and every cause.
    pub fn fault(operation: &str, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let error = error.into();
        let mut message = format!("{operation}: {error}");
        let mut cause = error.source();
        while let Some(inner) = cause {
            // Some errors repeat their source in their own text.
            let text = inner.to_string();
            if !message.contains(&text) {
                message.push_str(&format!(": {text}"));
            }
            cause = inner.source();
        }
        if let Some(advice) =
            error.downcast_ref::<std::io::Error>().and_then(|error| chancery_server::advice(error.kind()))
        {
            message.push_str(&format!("; {advice}"));
        }
        Self::new("failed", message)
    }

    /// Prints it to standard error and gives the exit code.
    pub fn report(&self, json: bool) -> ExitCode {
        #[derive(Serialize)]
        struct Line<'a> {
            error: Inner<'a>,
        }
        #[derive(Serialize)]
        struct Inner<'a> {
            code: &'a str,
            message: &'a str,
        }
        let line = if json {
            json_line(&Line { error: Inner { code: &self.code, message: &self.message } })
        } else {
            format!("error: {}", super::plain_lines(&self.message))
        };
        // Standard error may be closed; the exit code still tells.
        let _ = writeln!(std::io::stderr(), "{line}");
        ExitCode::from(self.exit as u8)
    }
}

impl From<UserError> for Failure {
    fn from(error: UserError) -> Self {
        let exit = match error.code.as_str() {
            "unreachable" | "unexpected_answer" | "proxy_too_large" | "offline" | "timeout" | "closed" | "draining" => {
                Exit::Offline
            }
            "not_joined" | "device_revoked" => Exit::Locked,
            "partly_done" => Exit::Partly,
            _ => Exit::Failed,
        };
        Self { exit, ..Self::new(&error.code, plain(&error.message)) }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.code.as_str(), plain(&refusal.message))
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::fault("reading the profile's store", fault)
    }
}
