//! `chancery forward`

use crate::{
    output::Outcome,
    session::{Context, Network, Session},
};
use chancery_core::api::Draft;

/// Forward a message to another conversation
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The message: the start of its id, at least 4 digits
    message: String,
    /// Where to: a title, a person, or the start of an id
    #[arg(value_name = "CONVERSATION")]
    conversation: String,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    session.connect(Network::Queue).await?;
    let message = session.message(&args.message).await?;
    let group = session.conversation_or_person(&args.conversation).await?;
    super::send_draft(context, &session, group, Draft::Forward { message }, "Forwarded").await
}
