//! `chancery remove-device`

use crate::{
    output::{Failure, Outcome, plain},
    session::{Context, Network, Session, confirm},
};
use chancery_core::{Command, api::DeviceView, query};
use serde_json::json;

/// Remove one of your devices: it reads nothing more
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The device: its label, or the start of its id
    device: String,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    session.connect(Network::Required).await?;
    session.command(Command::RefreshDevices).await?;
    let devices = session.query(|tx| query::devices(tx)).await?;
    let device = choose(&devices, &args.device)?.clone();
    let label = plain(&device.label);
    let question = if device.this {
        format!("Remove this very device ({label})? What it holds can't be used any more.")
    } else {
        format!("Remove the device {label}?")
    };
    confirm(context, &question, args.yes)?;
    session.command(Command::RemoveDevice { device: device.device }).await?;
    session.finish().await?;
    // How far the relay is: it goes on by itself, whether anybody looks or not.
    let _ = session.command(Command::RefreshDevices).await;
    let devices = session.query(|tx| query::devices(tx)).await?;
    let removing = devices.iter().find(|known| known.device == device.device).and_then(|known| known.removing);
    let value =
        json!({ "done": "remove-device", "device": device.device, "label": device.label, "removing": removing });
    context.out.record(&value, || match removing {
        None => format!("Removed {label}. It leaves all your conversations now."),
        Some(removing) => format!(
            "Removed {label}. It leaves all your conversations now: so far {} of {}; `chancery devices` shows how far that is.",
            removing.done, removing.total
        ),
    })
}

/// Those that are removed already can't be chosen.
fn choose<'a>(devices: &'a [DeviceView], text: &str) -> Outcome<&'a DeviceView> {
    let there = || devices.iter().filter(|device| device.removing.is_none());
    let by_label: Vec<_> = there().filter(|device| device.label == text).collect();
    let found = if by_label.is_empty() {
        there().filter(|device| crate::session::is_prefix(text, &device.device.to_string())).collect()
    } else {
        by_label
    };
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(Failure::new(
            "no_such_device",
            format!("You have no device \"{}\"; `chancery devices` lists them.", plain(text)),
        )),
        several => {
            let ids: Vec<_> =
                several.iter().map(|d| format!("  {}  {}", &d.device.to_string()[..8], plain(&d.label))).collect();
            Err(Failure::new("ambiguous", format!("Several devices match; name one by its id:\n{}", ids.join("\n"))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_core::api::RemovingView;
    use chancery_wire::DeviceId;

    #[test]
    fn a_device_is_chosen_by_label_or_id_and_never_by_chance() {
        let device = |byte: u8, label: &str| DeviceView {
            device: DeviceId([byte; 16]),
            label: label.into(),
            this: false,
            added_at_ms: 0,
            last_seen_day: None,
            removing: None,
        };
        let gone = DeviceView { removing: Some(RemovingView { done: 3, total: 120 }), ..device(0x44, "phone") };
        let devices = [device(0x11, "phone"), device(0x22, "laptop"), device(0x33, "laptop"), gone];
        assert_eq!(choose(&devices, "phone").unwrap().device, DeviceId([0x11; 16]));
        assert_eq!(choose(&devices, "2222").unwrap().device, DeviceId([0x22; 16]));
        assert_eq!(choose(&devices, "laptop").unwrap_err().code, "ambiguous");
        assert_eq!(choose(&devices, "222").unwrap_err().code, "no_such_device");
    }
}
