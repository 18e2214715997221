//! `chancery approve`

use super::join::sentence;
use crate::{
    output::{Failure, Outcome, plain},
    session::{Context, Network, Session, confirm},
};
use chancery_core::{Command, CommandResult};
use chancery_wire::link::DeviceLink;
use serde_json::json;

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
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    DeviceLink::parse(&args.link).map_err(|error| Failure::new("invalid_link", sentence(&error.to_string())))?;
    let session = Session::open(context).await?;
    session.connect(Network::Required).await?;
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
    let finished = session.finish().await;
    context.out.record(&json!({ "done": "approve", "label": label, "matching_code": matching_code }), || {
        format!("Approved: \"{label}\" is one of your devices now. `chancery devices` lists them.")
    })?;
    finished
}
