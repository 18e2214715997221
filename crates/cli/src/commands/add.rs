//! `chancery add`

use super::change_members::{Change, change};
use crate::{
    output::Outcome,
    session::{Context, Network, Session},
};

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
    change(context, &session, group, &args.users, Change::Add).await
}
