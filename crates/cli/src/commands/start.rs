//! `chancery start`

use crate::{
    output::Outcome,
    session::{Context, Network, Session},
};
use chancery_core::Command;

/// Start a conversation with a person, or find the one there is
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The person: `bob`, or `bob@example.org`
    user: String,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    let user = session.user(&args.user)?;
    session.connect(Network::Queue).await?;
    let group = session.conversation_from(Command::StartDirect { user }).await?;
    let finished = session.finish().await;
    super::print_conversation(&session, &group).await?;
    finished
}
