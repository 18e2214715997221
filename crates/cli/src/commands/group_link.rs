//! `chancery group-link`

use crate::{
    output::{Failure, Outcome, qr},
    session::{Context, Network, Session},
};
use chancery_core::{Command, query};
use serde_json::json;

/// Show the link that lets people into a group
///
/// Whoever of the organisation opens it asks you, and your devices let them in while the link holds. It is made when there is
/// none. It ends when somebody leaves or is removed: make a new one then. Only admins have it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The group: its title, or the start of its id
    #[arg(value_name = "CONVERSATION")]
    conversation: String,
    /// Make a new one; the former one doesn't work any more
    #[arg(long)]
    new: bool,
    /// Turn it off
    #[arg(long, conflicts_with = "new")]
    off: bool,
    /// Show the link as a QR code, too
    #[arg(long, conflicts_with = "off")]
    qr: bool,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    session.connect(Network::Queue).await?;
    let group = session.conversation(&args.conversation).await?;
    if args.off {
        session.command(Command::SetGroupLink { group: group.clone(), on: false }).await?;
        let finished = session.finish().await;
        return super::print_done(context, &session, "group-link", &group, "Turned off.", finished);
    }
    let present = |group: &chancery_wire::GroupId| {
        let group = group.clone();
        session.query(move |tx| query::group_link(tx, &group))
    };
    if args.new || present(&group).await?.is_none() {
        session.command(Command::SetGroupLink { group: group.clone(), on: true }).await?;
    }
    let finished = session.finish().await;
    let link = present(&group).await?.ok_or_else(|| {
        Failure::new("no_link", "The link was turned off at once, because somebody went. Make a new one with --new.")
    })?;
    let queued = !session.is_connected();
    context.out.record(&json!({ "group": group, "link": link, "queued": queued }), || link.clone())?;
    if args.qr {
        context.out.say(qr(&link)?)?;
    }
    context
        .out
        .aside("Whoever of the organisation opens it is let into the group while one of your devices is online.");
    finished
}
