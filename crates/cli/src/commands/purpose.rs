//! `chancery purpose`

use crate::{
    output::Outcome,
    session::{Context, Network, Session},
};
use chancery_core::Command;

/// Say what a group is for
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The conversation: its title, the other person, or the start of its id
    #[arg(value_name = "CONVERSATION")]
    conversation: String,
    /// What it is for; "" for nothing
    purpose: String,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    session.connect(Network::Queue).await?;
    let group = session.conversation(&args.conversation).await?;
    session.command(Command::SetPurpose { group: group.clone(), purpose: args.purpose }).await?;
    let finished = session.finish().await;
    super::print_done(context, &session, "purpose", &group, "Changed.", finished)
}
