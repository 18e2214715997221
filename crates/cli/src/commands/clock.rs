//! `chancery clock`

use crate::{
    admin::DataArgs,
    output::{Failure, Outcome, now_ms},
    session::Context,
};
use chancery_server::{
    RelayFault,
    clock::{self, Standing, Verdict, display},
};
use clap::Subcommand;
use serde_json::json;

/// See whether the relay believes this machine's clock, or confirm that it is right
///
/// A relay whose clock jumped ahead by more than 7 days purges nothing until the time is confirmed, so that a wrong clock
/// deletes nothing. Works while the relay runs, and while it doesn't.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show the time as it is here, and the latest time that the relay has believed
    Show {
        #[command(flatten)]
        data: DataArgs,
    },
    /// Confirm that the time as it is here is right; what has served its time by it is then purged for good
    Confirm {
        #[command(flatten)]
        data: DataArgs,
    },
}

/// Runs it.
pub fn run(args: Args, context: Context<'_>) -> Outcome {
    let now = now_ms();
    let failed = |fault: RelayFault| Failure::new("clock", fault.to_string());
    match args.command {
        What::Show { data } => {
            let standing = clock::show(&data.data, now).map_err(failed)?;
            context.out.record(&value(standing, now), || said(standing, now))
        }
        What::Confirm { data } => {
            let before = clock::confirm(&data.data, now).map_err(failed)?;
            context.out.record(&value(Standing { seen_ms: now, verdict: Verdict::Plausible }, now), || {
                let before = match before.seen_ms {
                    0 => String::new(),
                    ms => format!(" Until now the relay believed {}.", display(ms)),
                };
                format!("Confirmed: it is {}.{before} A running relay takes it over within a minute.", display(now))
            })
        }
    }
}

fn value(standing: Standing, now: u64) -> serde_json::Value {
    json!({ "now_ms": now, "believed_ms": standing.seen_ms, "purges": standing.verdict.allows_purging() })
}

fn said(standing: Standing, now: u64) -> String {
    let here = format!("It is {} by this machine's clock.", display(now));
    match standing.verdict {
        Verdict::Plausible => format!("{here} The relay believes it."),
        Verdict::Ahead { seen_ms, .. } => format!(
            "{here} The latest time that the relay has believed is {}: it purges nothing. If the clock is right: `chancery clock confirm`.",
            display(seen_ms)
        ),
        Verdict::Behind { seen_ms, .. } => format!(
            "{here} The relay has seen {} already: the clock was set back. If it is right: `chancery clock confirm`.",
            display(seen_ms)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_relay_thinks_of_the_clock_is_said_with_both_times() {
        let (seen_ms, now) = (1_790_000_000_000, 1_800_000_000_000);
        let verdict = Verdict::Ahead { seen_ms, noticed_ms: now };
        let text = said(Standing { seen_ms, verdict }, now);
        assert!(text.contains(&display(seen_ms)) && text.contains(&display(now)), "{text}");
        assert!(text.contains("purges nothing") && text.contains("chancery clock confirm"), "{text}");
        assert_eq!(value(Standing { seen_ms, verdict }, now)["purges"], false);
    }
}
