//! `chancery policy`

use crate::{
    admin::{DataArgs, Folder, KeyKind, KeyRing, RelayApi},
    args::Global,
    output::{Failure, Outcome, now_ms, plain, size, table},
    session::Context,
};
use chancery_wire::{
    api::{Request, organisation::Publish},
    content::{MAX_MESSAGE_SECONDS, MIN_MESSAGE_SECONDS},
    limits::MAX_FILE_BYTES,
    link::relay_address,
    signed::{Policy, Signed, Suite},
};
use clap::Subcommand;
use serde_json::json;
use std::path::PathBuf;

/// Show or change the organisation's policy
///
/// Policy is signed with the policy key and checked by every client. Keys of `set`: suite (hybrid or classical),
/// file_max_bytes, file_days, file_quota_bytes, log_days, message_max_seconds.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show the policy in force, verified
    Show {
        #[command(flatten)]
        place: Place,
    },
    /// Sign a new version and put it in force
    Set {
        /// Changes: `suite=classical`, `file_max_bytes=100000000`, `file_days=30`, `file_quota_bytes=…`, `log_days=…`,
        /// `message_max_seconds=…` (or `none`)
        #[arg(required = true, value_name = "KEY=VALUE")]
        changes: Vec<String>,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, clap::Args)]
struct Place {
    #[command(flatten)]
    data: DataArgs,
    /// Folder with organisation.json and policy.key, when they are kept elsewhere [default: keys in the data folder]
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    /// The relay's address [default: public_url of the data folder's configuration]
    #[arg(long, value_name = "URL")]
    relay: Option<String>,
}

impl Place {
    fn open(&self, global: &Global) -> Outcome<(KeyRing, RelayApi)> {
        let folder = Folder::at(&self.data.data);
        let ring = self.keys.clone().map_or_else(|| folder.keys(), KeyRing::at);
        let origin = match &self.relay {
            Some(url) => relay_address(url).map_err(|error| Failure::usage(format!("--relay: {error}.")))?,
            None => folder.config()?.public_url().clone(),
        };
        Ok((ring, RelayApi::new(origin, global)?))
    }
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    match args.command {
        What::Show { place } => {
            let (ring, api) = place.open(context.global)?;
            let (_, policy) = api.signed_objects(&ring.organisation()?).await?;
            print(context, &policy)
        }
        What::Set { changes, place } => {
            let (ring, api) = place.open(context.global)?;
            let key = ring.key(KeyKind::Policy)?;
            let (_, current) = api.signed_objects(&ring.organisation()?).await?;
            let mut next = Policy { version: current.version + 1, issued_at: now_ms() / 1000, ..(*current).clone() };
            changes.iter().try_for_each(|change| set(&mut next, change))?;
            let signed = Signed::sign(next, &key);
            api.call(&Request::PublishPolicy { body: Publish { object: signed.bytes().to_vec().into() } }).await?;
            print(context, &signed)
        }
    }
}

/// Applies `key=value`.
fn set(policy: &mut Policy, change: &str) -> Outcome {
    let wrong = |text: String| Err(Failure::usage(text));
    let Some((key, value)) = change.split_once('=') else {
        return wrong(format!("\"{}\" isn't KEY=VALUE.", plain(change)));
    };
    if key == "suite" {
        policy.suite = match value {
            "hybrid" => Suite::Hybrid,
            "classical" => Suite::Classical,
            _ => return wrong("suite is hybrid or classical.".to_owned()),
        };
        return Ok(());
    }
    if key == "message_max_seconds" {
        policy.message_max_seconds = match value {
            "none" => None,
            number => match number.parse() {
                Ok(seconds) if (MIN_MESSAGE_SECONDS.into()..=MAX_MESSAGE_SECONDS.into()).contains(&seconds) => {
                    Some(seconds)
                }
                _ => {
                    return wrong(format!(
                        "message_max_seconds is a number from {MIN_MESSAGE_SECONDS} to {MAX_MESSAGE_SECONDS}, or none."
                    ));
                }
            },
        };
        return Ok(());
    }
    let (place, most) = match key {
        "file_max_bytes" => (&mut policy.file_max_bytes, MAX_FILE_BYTES),
        "file_days" => (&mut policy.file_days, 3650),
        "file_quota_bytes" => (&mut policy.file_quota_bytes, u64::MAX / 2),
        "log_days" => (&mut policy.log_days, 3650),
        _ => {
            return wrong(format!(
                "There is no policy key {}; there are suite, file_max_bytes, file_days, file_quota_bytes, log_days, \
                 message_max_seconds.",
                plain(key)
            ));
        }
    };
    match value.parse() {
        Ok(number) if (1..=most).contains(&number) => *place = number,
        _ => return wrong(format!("{key} is a number from 1 to {most}.")),
    }
    Ok(())
}

fn print(context: Context<'_>, policy: &Policy) -> Outcome {
    let value = json!({
        "domain": policy.domain, "version": policy.version, "suite": policy.suite, "file_max_bytes": policy.file_max_bytes,
        "file_days": policy.file_days, "file_quota_bytes": policy.file_quota_bytes, "log_days": policy.log_days,
        "message_max_seconds": policy.message_max_seconds, "issued_at": policy.issued_at,
    });
    context.out.record(&value, || {
        let suite = match policy.suite {
            Suite::Hybrid => "hybrid: post-quantum and classical",
            Suite::Classical => "classical",
        };
        let rows = [
            ("policy of", policy.domain.to_string(), format!("version {}", policy.version)),
            ("suite", suite.to_owned(), "of new groups".to_owned()),
            (
                "file_max_bytes",
                policy.file_max_bytes.to_string(),
                format!("{}, largest file", size(policy.file_max_bytes)),
            ),
            ("file_days", policy.file_days.to_string(), "files are kept at the relay".to_owned()),
            (
                "file_quota_bytes",
                policy.file_quota_bytes.to_string(),
                format!("{}, all files of one user", size(policy.file_quota_bytes)),
            ),
            ("log_days", policy.log_days.to_string(), "messages are kept for absent devices".to_owned()),
            (
                "message_max_seconds",
                policy.message_max_seconds.map_or("none".to_owned(), |seconds| seconds.to_string()),
                "disappearing messages live at most this long".to_owned(),
            ),
        ];
        table(&rows.map(|(key, value, note)| vec![key.to_owned(), value, note]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_checked() {
        let mut policy = Policy::initial("example.org".parse().unwrap(), 1);
        for change in [
            "suite=classical",
            "file_days=30",
            "log_days=7",
            "file_max_bytes=1000",
            "file_quota_bytes=5000",
            "message_max_seconds=604800",
        ] {
            set(&mut policy, change).unwrap();
        }
        assert_eq!((policy.suite, policy.file_days, policy.log_days), (Suite::Classical, 30, 7));
        assert_eq!((policy.file_max_bytes, policy.file_quota_bytes), (1000, 5000));
        assert_eq!(policy.message_max_seconds, Some(604_800));
        set(&mut policy, "message_max_seconds=none").unwrap();
        assert_eq!(policy.message_max_seconds, None);
        for bad in [
            "message_max_seconds=1",
            "suite",
            "suite=none",
            "file_days=0",
            "file_days=x",
            "file_max_bytes=99999999999999",
            "colour=red",
        ] {
            assert_eq!(set(&mut policy, bad).unwrap_err().code, "usage", "{bad}");
        }
    }
}
