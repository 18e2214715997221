//! `chancery leave`

use crate::{
    output::Outcome,
    session::{Context, Network, Session},
};
use chancery_core::Command;

/// Leave a group; what it held stays on this device
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The conversation: its title, the other person, or the start of its id
    #[arg(value_name = "CONVERSATION")]
    conversation: String,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    session.connect(Network::Queue).await?;
    let group = session.conversation(&args.conversation).await?;
    crate::session::confirm(context, "Leave this group? You can't come back by yourself.", args.yes)?;
    session.command(Command::Leave { group: group.clone() }).await?;
    let finished = session.finish().await;
    super::print_done(context, &session, "leave", &group, "Left.", finished)
}
