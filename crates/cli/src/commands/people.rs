//! `chancery people`

use crate::{
    output::{Failure, Outcome, plain, table},
    session::{Context, Network, Session},
};
use chancery_core::{Command, CommandResult};

/// Find people in the organisation's directory
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Part of a name or user id; everybody when left out
    #[arg(default_value = "")]
    query: String,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    session.connect(Network::Required).await?;
    let CommandResult::People { people } = session.command(Command::FindUsers { query: args.query }).await? else {
        return Err(Failure::new("internal", "The directory gave an unexpected answer; this is a bug."));
    };
    session.finish().await?;
    if context.out.is_json() {
        return people.iter().try_for_each(|person| context.out.record(person, String::new));
    }
    if people.is_empty() {
        return context.out.say("Nobody found.");
    }
    let rows: Vec<_> = people
        .iter()
        .map(|person| vec![person.user.to_string(), plain(&person.name), person.kind.as_str().to_owned()])
        .collect();
    context.out.say(table(&rows))
}
