//! `chancery send`

use crate::{
    output::{Failure, Outcome},
    session::{Context, Network, Session},
};
use chancery_core::api::Draft;
use chancery_wire::limits::MAX_TEXT_CHARS;
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
    // A character has four bytes at most, and a line break follows.
    let limit = MAX_TEXT_CHARS * 4 + 2;
    let fault = |error: std::io::Error| Failure::fault("reading the text from standard input", error);
    let mut bytes = Vec::new();
    std::io::stdin().take(limit as u64 + 1).read_to_end(&mut bytes).map_err(fault)?;
    let too_long = || {
        Failure::new(
            "too_large",
            format!(
                "A message has at most {MAX_TEXT_CHARS} characters, and this text has more. Send it as a file: \
                 `chancery attach CONVERSATION FILE`."
            ),
        )
    };
    if bytes.len() > limit {
        return Err(too_long());
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| fault(std::io::Error::new(std::io::ErrorKind::InvalidData, error.utf8_error())))?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.chars().count() > MAX_TEXT_CHARS {
        return Err(too_long());
    }
    Ok(text.to_owned())
}
