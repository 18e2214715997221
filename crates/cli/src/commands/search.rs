//! `chancery search`

use super::message_text::{MessageLine, message_text};
use crate::{
    output::{Outcome, plain},
    session::{Context, Session},
};
use chancery_core::query;
use jiff::tz::TimeZone;
use std::collections::HashMap;

/// Search the messages on this device
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Words; all have to occur, the last one may be incomplete
    #[arg(required = true)]
    words: Vec<String>,
    /// How many, at most
    #[arg(long, short = 'n', default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=1000))]
    limit: u64,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    let words = args.words.join(" ");
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let found = session.query(move |tx| query::search(tx, &words, limit)).await?;
    if found.is_empty() {
        return context.out.say("Nothing found.");
    }
    let titles: HashMap<_, _> =
        session.query(|tx| query::conversations(tx)).await?.into_iter().map(|view| (view.group, view.title)).collect();
    let zone = TimeZone::system();
    found.iter().try_for_each(|(group, message)| {
        context.out.record(&MessageLine { group, message }, || {
            let title = titles.get(group).map_or("?", String::as_str);
            format!("[{}] {}", plain(title), message_text(message, session.account(), &zone))
        })
    })
}
