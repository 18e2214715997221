//! `chancery conversations`

use crate::{
    output::{Outcome, now_ms, plain, readable, stamp, table},
    session::{Context, Network, Session},
};
use chancery_core::{
    api::{ConversationState, ConversationView},
    query,
};
use jiff::tz::TimeZone;

/// List conversations, the one with the newest message first
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only those with unread messages
    #[arg(long)]
    unread: bool,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    session.connect(Network::IfPossible).await?;
    let conversations = session.query(|tx| query::conversations(tx)).await?;
    let shown: Vec<_> = conversations.into_iter().filter(|c| !args.unread || c.unread > 0).collect();
    if context.out.is_json() {
        shown.iter().try_for_each(|conversation| context.out.record(conversation, String::new))
    } else if shown.is_empty() {
        context.out.say(if args.unread {
            "Nothing unread."
        } else {
            "No conversations yet. Start one with `chancery start USER`."
        })
    } else {
        let rows: Vec<_> = shown.iter().map(row).collect();
        context.out.say(table(&rows))
    }
}

fn row(view: &ConversationView) -> Vec<String> {
    let state = match view.state {
        _ if view.needs_repair => " (needs repair)".to_owned(),
        ConversationState::Active if view.held > 0 => format!(" ({} held)", view.held),
        ConversationState::Active => String::new(),
        other => format!(" ({})", state_text(other)),
    };
    let unread = if view.unread > 0 { format!("{} new", view.unread) } else { String::new() };
    let when = if view.last_at_ms == 0 || view.last_at_ms > now_ms() + 86_400_000 {
        String::new()
    } else {
        stamp(view.last_at_ms, &TimeZone::system())
    };
    let preview: String = plain(&readable(&view.preview)).chars().take(60).collect();
    vec![view.group.as_str()[..8].to_owned(), format!("{}{state}", plain(&view.title)), unread, when, preview]
}

fn state_text(state: ConversationState) -> &'static str {
    match state {
        ConversationState::Active => "active",
        ConversationState::Creating => "being made",
        ConversationState::Left => "left",
        ConversationState::Removed => "removed",
        ConversationState::Damaged => "needs repair",
        ConversationState::Rejoining => "rejoining",
    }
}
