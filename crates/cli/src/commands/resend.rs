//! `chancery resend`

use crate::{
    output::Outcome,
    session::{Context, Network, Session},
};
use chancery_core::Command;

/// Send a message that was refused, or that is held because people were added after you wrote it
///
/// `chancery messages` shows for whom it is held; `chancery delete` takes it back.
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
    session.command(Command::Resend { message }).await?;
    super::print_sent(context, &session, &group, message, "Sent").await
}
