//! `chancery group`

use super::change_members::sort;
use crate::{
    output::{Failure, Outcome},
    session::{Context, Network, Session},
};
use chancery_core::Command;

/// Start a group
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Its name; only members see it
    name: String,
    /// Who is in it besides you
    #[arg(value_name = "USER")]
    users: Vec<String>,
    /// What it is for; the relay sees this
    #[arg(long, default_value = "")]
    purpose: String,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    let (users, mut failed) = sort(&args.users, |text| session.user(text), |_| None);
    if users.is_empty() && !failed.is_empty() {
        return Failure::of_several(failed, false);
    }
    session.connect(Network::Queue).await?;
    let group =
        session.conversation_from(Command::StartGroup { name: args.name, users, purpose: args.purpose }).await?;
    let finished = session.finish().await;
    super::print_conversation(&session, &group).await?;
    match finished {
        Err(failure) if failed.is_empty() => Err(failure),
        finished => {
            failed.extend(finished.err());
            Failure::of_several(failed, true)
        }
    }
}
