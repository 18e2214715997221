//! `chancery react`

use crate::{
    output::Outcome,
    session::{Context, Network, Session},
};
use chancery_core::api::Draft;

/// React to a message
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The message: the start of its id, at least 4 digits
    message: String,
    /// With what: an emoji
    emoji: String,
    /// Take the reaction back
    #[arg(long)]
    off: bool,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    session.connect(Network::Queue).await?;
    let (group, message) = session.message_in(&args.message).await?;
    super::send_draft(context, &session, group, Draft::React { message, emoji: args.emoji, on: !args.off }, "Reacted")
        .await
}
