//! `chancery devices`

use crate::{
    output::{Outcome, plain, stamp, table},
    session::{Context, Network, Session},
};
use chancery_core::{Command, query};
use jiff::tz::TimeZone;

/// List your devices
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
pub async fn run(_: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    if session.connect(Network::IfPossible).await? {
        session.command(Command::RefreshDevices).await?;
    }
    let devices = session.query(|tx| query::devices(tx)).await?;
    if context.out.is_json() {
        return devices.iter().try_for_each(|device| context.out.record(device, String::new));
    }
    let zone = TimeZone::system();
    let rows: Vec<_> = devices
        .iter()
        .map(|device| {
            if let Some(removing) = device.removing {
                let state =
                    format!("removed; still being taken out of groups, {} of {}", removing.done, removing.total);
                return vec![device.device.to_string()[..8].to_owned(), plain(&device.label), state];
            }
            let seen = match (device.this, device.last_seen_day) {
                (true, _) => "this device".to_owned(),
                (_, Some(day)) => format!("last seen {}", &stamp(day.saturating_mul(86_400_000), &TimeZone::UTC)[..10]),
                (_, None) => "not seen yet".to_owned(),
            };
            let added = format!("added {}", &stamp(device.added_at_ms, &zone)[..10]);
            vec![device.device.to_string()[..8].to_owned(), plain(&device.label), added, seen]
        })
        .collect();
    context.out.say(table(&rows))
}
