//! `chancery messages`

use super::message_text::{MessageLine, message_text};
use crate::{
    output::{Failure, Outcome},
    session::{Context, Network, Session},
};
use chancery_core::query;
use jiff::tz::TimeZone;

/// Most messages of one call.
const MAX_LIMIT: u64 = 10_000;

/// Show messages of a conversation
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The conversation: its title, the other person, or the start of its id
    #[arg(value_name = "CONVERSATION")]
    conversation: String,
    /// How many, at most
    #[arg(long, short = 'n', default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=MAX_LIMIT))]
    limit: u64,
    /// Those before this message
    #[arg(long, value_name = "MESSAGE")]
    before: Option<String>,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    session.connect(Network::IfPossible).await?;
    let group = session.conversation(&args.conversation).await?;
    let before = match &args.before {
        Some(prefix) => {
            let (of, id) = session.message_in(prefix).await?;
            if of != group {
                return Err(Failure::new("no_such_message", "That message is in another conversation."));
            }
            session.message_view(id).await?.map(|message| message.seq).filter(|seq| *seq != 0)
        }
        None => None,
    };
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let of = group.clone();
    let messages = session.query(move |tx| query::messages(tx, &of, before, limit)).await?;
    let zone = TimeZone::system();
    if messages.is_empty() {
        return context.out.say("No messages.");
    }
    messages.iter().try_for_each(|message| {
        context.out.record(&MessageLine { group: &group, message }, || message_text(message, session.account(), &zone))
    })
}
