//! `chancery delete`

use crate::{
    output::Outcome,
    session::{Context, Network, Session},
};
use chancery_core::api::Draft;

/// Delete one of your messages for everyone
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The message: the start of its id, at least 4 digits
    message: String,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    session.connect(Network::Queue).await?;
    let (group, message) = session.message_in(&args.message).await?;
    super::send_draft(context, &session, group, Draft::Delete { message }, "Deleted").await
}
