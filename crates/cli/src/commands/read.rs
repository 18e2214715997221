//! `chancery read`

use crate::{
    output::Outcome,
    session::{Context, Network, Session},
};
use chancery_core::Command;

/// Mark messages as read
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The conversation: its title, the other person, or the start of its id
    #[arg(value_name = "CONVERSATION")]
    conversation: String,
    /// The last message that was read [default: all of them]
    #[arg(long, value_name = "MESSAGE")]
    up_to: Option<String>,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    session.connect(Network::Queue).await?;
    let group = session.conversation(&args.conversation).await?;
    let up_to = match &args.up_to {
        Some(prefix) => Some(session.message(prefix).await?),
        None => None,
    };
    session.command(Command::MarkRead { group: group.clone(), up_to }).await?;
    let finished = session.finish().await;
    super::print_done(context, &session, "read", &group, "Marked as read.", finished)
}
