//! `chancery chat`

use crate::{
    chat,
    output::{Failure, Outcome},
    session::{Context, Session},
};
use std::io::IsTerminal;

/// Open the chat in the terminal
///
/// F1 shows its keys and commands.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The conversation to open: its title, the other person, or the start of its id
    #[arg(value_name = "CONVERSATION")]
    conversation: Option<String>,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    if context.out.is_json() || !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Err(Failure::usage(
            "The chat needs a terminal. Scripts use `chancery send`, `chancery messages` and `chancery sync --follow`.",
        ));
    }
    let session = Session::open(context).await?;
    let first = match &args.conversation {
        Some(name) => Some(session.conversation(name).await?),
        None => None,
    };
    chat::run(session, first).await
}
