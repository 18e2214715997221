//! `chancery role`

use crate::{
    output::Outcome,
    session::{Context, Network, Session},
};
use chancery_core::Command;

/// Change a member's role
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The conversation: its title, the other person, or the start of its id
    #[arg(value_name = "CONVERSATION")]
    conversation: String,
    /// The member
    user: String,
    /// What the member may do: admin changes members and roles, member reads and writes, reader reads
    #[arg(value_parser = ["admin", "member", "reader"])]
    role: String,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let role = crate::session::role(&args.role).expect("clap let only roles through");
    let session = Session::open(context).await?;
    session.connect(Network::Queue).await?;
    let group = session.conversation(&args.conversation).await?;
    let user = session.user(&args.user)?;
    session.command(Command::SetRole { group: group.clone(), user, role }).await?;
    let finished = session.finish().await;
    super::print_done(context, &session, "role", &group, "Role changed.", finished)
}
