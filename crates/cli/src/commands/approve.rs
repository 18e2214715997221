//! `chancery approve`

use super::join::sentence;
use crate::{
    output::{Failure, Outcome, plain},
    session::{Context, Network, Session, confirm},
};
use chancery_core::{Command, CommandResult, Event, query};
use chancery_wire::{LinkId, limits::LINK_LIFETIME_SECONDS, link::DeviceLink};
use serde_json::json;
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Approve a device that shows a link, on a device that you have already
///
/// The new device becomes you: it reads and writes all your conversations. Approve only a device that is in your hands
/// right now; a link that somebody sent you is an attack.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The link that the new device shows; quote it, because of the #
    link: String,
    /// Don't hand over the history
    #[arg(long)]
    no_history: bool,
    /// Don't ask: the code was compared
    #[arg(long, short)]
    yes: bool,
    /// Take an approval back whose new device hasn't come
    #[arg(long, conflicts_with_all = ["no_history", "yes"])]
    withdraw: bool,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let link =
        DeviceLink::parse(&args.link).map_err(|error| Failure::new("invalid_link", sentence(&error.to_string())))?.link;
    let session = Session::open(context).await?;
    session.connect(Network::Required).await?;
    if args.withdraw {
        session.command(Command::CancelLink { link }).await?;
        session.finish().await?;
        return context.out.record(&json!({ "done": "withdraw" }), || {
            "Taken back: that device doesn't become one of yours.".to_owned()
        });
    }
    let mut events = session.client().events();
    let inspected = session.command(Command::InspectLink { link: args.link.clone() }).await?;
    let CommandResult::LinkInspected { label, matching_code } = inspected else {
        return Err(Failure::new("internal", "Looking at the link gave an unexpected answer; this is a bug."));
    };
    let label = plain(&label);
    context.out.aside(format!(
        "The new device calls itself \"{label}\" and has to show this code: {matching_code}\n\
         It will read and write everything in your name. Is it in your hands, and did YOU start this?\n\
         If somebody sent you the link, say no and tell your administrator."
    ));
    confirm(context, "Does the new device show the same code?", args.yes)?;
    session.command(Command::ApproveLink { link: args.link, history: !args.no_history }).await?;
    session.finish().await?;
    let arrived =
        tokio::time::timeout(session.timeout(), arrival(&session, link, &mut events)).await.unwrap_or(Ok(false))?;
    let finished = session.finish().await;
    let minutes = LINK_LIFETIME_SECONDS / 60;
    let record = json!({ "done": "approve", "label": label, "matching_code": matching_code, "arrived": arrived });
    context.out.record(&record, || match arrived {
        true => format!("Approved: \"{label}\" is one of your devices now. `chancery devices` lists them."),
        false => format!(
            "Approved, but \"{label}\" hasn't come yet. It becomes one of your devices when it fetches the approval; after {minutes} \
             minutes the approval ends by itself. `chancery approve LINK --withdraw` takes it back now."
        ),
    })?;
    finished
}

/// Waits until the new device is one of one's own; false when its approval ended before.
async fn arrival(session: &Session, link: LinkId, events: &mut Receiver<Event>) -> Outcome<bool> {
    loop {
        let links = session.query(|tx| query::links(tx)).await?;
        match links.iter().find(|view| view.link == link) {
            // Without a history the link is over as soon as the device is in the groups.
            None => return Ok(true),
            Some(view) if view.arrived => return Ok(true),
            Some(view) if view.ending => return Ok(false),
            Some(_) => {}
        }
        match events.recv().await {
            Ok(Event::Warning(warning)) if warning.code.starts_with("link_") => {
                return Err(Failure::new(&warning.code, plain(&warning.message)));
            }
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return Ok(false),
        }
    }
}
