//! `chancery add`

use crate::{
    output::Outcome,
    session::{Context, Network, Session},
};
use chancery_core::Command;

/// Add people to a group
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The conversation: its title, the other person, or the start of its id
    #[arg(value_name = "CONVERSATION")]
    conversation: String,
    /// The people
    #[arg(required = true, value_name = "USER")]
    users: Vec<String>,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    session.connect(Network::Queue).await?;
    let group = session.conversation(&args.conversation).await?;
    let users = session.users(&args.users)?;
    session.command(Command::AddUsers { group: group.clone(), users }).await?;
    let finished = session.finish().await;
    super::print_done(context, &session, "add", &group, "Added.")?;
    finished
}
