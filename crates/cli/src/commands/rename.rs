//! `chancery rename`

use crate::{
    output::Outcome,
    session::{Context, Network, Session},
};
use chancery_core::Command;

/// Rename a group
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The conversation: its title, the other person, or the start of its id
    #[arg(value_name = "CONVERSATION")]
    conversation: String,
    /// The new name
    name: String,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    session.connect(Network::Queue).await?;
    let group = session.conversation(&args.conversation).await?;
    session.command(Command::Rename { group: group.clone(), name: args.name }).await?;
    let finished = session.finish().await;
    super::print_done(context, &session, "rename", &group, "Renamed.", finished)
}
