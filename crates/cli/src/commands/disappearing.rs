//! `chancery disappearing`

use crate::{
    output::{Failure, Outcome},
    session::{Context, Network, Session},
};
use chancery_core::Command;

/// Let new messages of a conversation disappear
///
/// Every device deletes a message when its time is over. In a group an admin sets it, in a 1:1 either of the two.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The conversation: its title, the other person, or the start of its id
    #[arg(value_name = "CONVERSATION")]
    conversation: String,
    /// After how long: 30s, 5m, 8h, 1d, 4w; or `off`
    after: String,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let seconds = seconds(&args.after)?;
    let session = Session::open(context).await?;
    session.connect(Network::Queue).await?;
    let group = session.conversation(&args.conversation).await?;
    session.command(Command::SetDisappearing { group: group.clone(), seconds }).await?;
    let finished = session.finish().await;
    super::print_done(context, &session, "disappearing", &group, "Set.", finished)
}

fn seconds(after: &str) -> Result<Option<u32>, Failure> {
    if after == "off" {
        return Ok(None);
    }
    let wrong = || Failure::usage("Say how long: 30s, 5m, 8h, 1d, 4w; or `off`.".to_owned());
    let digits = after.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match &after[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return Err(wrong()),
    };
    digits.parse::<u32>().ok().and_then(|count| count.checked_mul(unit)).map(Some).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, expected) in [
            ("off", None),
            ("30s", Some(30)),
            ("30m", Some(1800)),
            ("8h", Some(28_800)),
            ("1d", Some(86_400)),
            ("4w", Some(2_419_200)),
        ] {
            assert_eq!(seconds(text).unwrap(), expected, "{text}");
        }
        for bad in ["", "1", "d", "1y", "-1d", "99999999w", "1 d"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
