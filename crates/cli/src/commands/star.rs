//! `chancery star`

use super::message_text::{MessageLine, message_text};
use crate::{
    output::{Outcome, plain},
    session::{Context, Network, Session},
};
use chancery_core::{Command, query};
use jiff::tz::TimeZone;

/// Star a message on this device, or list those that are starred
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The message: the start of its id, at least 4 digits; without it the starred ones are listed
    message: Option<String>,
    /// Take the star away
    #[arg(long, requires = "message")]
    off: bool,
}

/// Most messages in the list.
const LISTED: usize = 500;

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    if let Some(prefix) = &args.message {
        session.connect(Network::Queue).await?;
        let (group, message) = session.message_in(prefix).await?;
        session.command(Command::Star { message, on: !args.off }).await?;
        let finished = session.finish().await;
        let text = if args.off { "Unstarred." } else { "Starred." };
        return super::print_done(context, &session, "star", &group, text, finished);
    }
    let zone = TimeZone::system();
    let found = session.query(|tx| query::starred(tx, None, LISTED)).await?;
    if found.is_empty() {
        return context.out.say("Nothing starred.");
    }
    for found in found {
        let group = found.group.clone();
        let title = session.query(move |tx| query::conversation(tx, &group)).await?.map(|view| view.title);
        context.out.record(&MessageLine { group: &found.group, message: &found.message }, || {
            let title = title.as_deref().map_or("?".to_owned(), plain);
            format!("[{title}] {}", message_text(&found.message, session.account(), &zone))
        })?;
    }
    Ok(())
}
