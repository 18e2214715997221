//! `chancery repair`

use crate::{
    output::{Outcome, plain},
    session::{Context, Network, Session, confirm},
};
use chancery_core::{Command, CommandResult, api::PersonNow};

/// Go on with a conversation that is damaged, fell too far behind, or stands still
///
/// When people are in it whom this device didn't see come, they are shown first.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The conversation: its title, the other person, or the start of its id
    #[arg(value_name = "CONVERSATION")]
    conversation: String,
    /// Don't ask whether to rejoin
    #[arg(long, short)]
    yes: bool,
    /// Don't ask about people whom this device didn't see come
    #[arg(long)]
    with_newcomers: bool,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    session.connect(Network::Queue).await?;
    let group = session.conversation(&args.conversation).await?;
    confirm(context, "Rejoin this conversation? Messages sent in between may be missing here.", args.yes)?;
    let repair = |agreed| Command::Repair { group: group.clone(), agreed };
    if let CommandResult::RepairAsks { people } = session.command(repair(None)).await? {
        context.out.aside(who_is_in_it(&people));
        confirm(context, "Go on with these people?", args.with_newcomers)?;
        session.command(repair(Some(people.into_iter().map(|person| person.user).collect()))).await?;
    }
    let finished = session.finish().await;
    super::print_done(context, &session, "repair", &group, "Rejoined.", finished)
}

/// The people whom a person has to look at before going on with them.
pub fn who_is_in_it(people: &[PersonNow]) -> String {
    let line = |person: &PersonNow| {
        let new = if person.is_new { ", new: this device didn't see them come" } else { "" };
        format!("\n  {} ({}){new}", plain(&person.name), person.user)
    };
    let lines: String = people.iter().map(line).collect();
    format!("In this conversation now:{lines}")
}
