//! `chancery edit`

use crate::{
    output::Outcome,
    session::{Context, Network, Session},
};
use chancery_core::api::Draft;

/// Change the text of one of your messages
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The message: the start of its id, at least 4 digits
    message: String,
    /// The new text; `-` reads standard input
    text: String,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let text = super::send::text(args.text)?;
    let session = Session::open(context).await?;
    session.connect(Network::Queue).await?;
    let (group, message) = session.message_in(&args.message).await?;
    super::send_draft(context, &session, group, Draft::Edit { message, text }, "Edited").await
}
