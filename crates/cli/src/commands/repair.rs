//! `chancery repair`

use crate::{
    output::Outcome,
    session::{Context, Network, Session},
};
use chancery_core::Command;

/// Rejoin a conversation that is damaged or fell too far behind
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
    crate::session::confirm(
        context,
        "Rejoin this conversation? Messages sent in between may be missing here.",
        args.yes,
    )?;
    session.command(Command::Repair { group: group.clone() }).await?;
    let finished = session.finish().await;
    super::print_done(context, &session, "repair", &group, "Rejoined.", finished)
}
