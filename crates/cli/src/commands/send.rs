//! `chancery send`

use crate::{
    output::{Failure, Outcome},
    session::{Context, Network, Session},
};
use chancery_core::api::Draft;
use chancery_wire::limits::MAX_CONTENT_BYTES;
use std::io::Read;

/// Send a message
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The conversation: its title, the other person, or the start of its id
    #[arg(value_name = "CONVERSATION")]
    conversation: String,
    /// The text (Markdown); `@bob@example.org` mentions; `-` reads standard input
    text: String,
    /// The message that it replies to
    #[arg(long, value_name = "MESSAGE")]
    reply: Option<String>,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let text = text(args.text)?;
    let session = Session::open(context).await?;
    session.connect(Network::Queue).await?;
    let group = session.conversation_or_person(&args.conversation).await?;
    let reply_to = match &args.reply {
        Some(prefix) => Some(session.message(prefix).await?),
        None => None,
    };
    super::send_draft(context, &session, group, Draft::Text { text, reply_to }, "Sent").await
}

/// The text, from standard input when it is `-`.
pub fn text(argument: String) -> Outcome<String> {
    if argument != "-" {
        return Ok(argument);
    }
    let mut text = String::new();
    let limit = u64::try_from(MAX_CONTENT_BYTES).unwrap_or(u64::MAX) + 1;
    std::io::stdin()
        .take(limit)
        .read_to_string(&mut text)
        .map_err(|error| Failure::fault("reading the text from standard input", error))?;
    if text.len() > MAX_CONTENT_BYTES {
        return Err(Failure::new(
            "too_large",
            format!("The text has more than {MAX_CONTENT_BYTES} bytes; send it as a file: `chancery attach`."),
        ));
    }
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
