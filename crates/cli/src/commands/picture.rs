//! `chancery picture`

use crate::{
    output::{Failure, Outcome, plain},
    session::{Context, Network, Session},
};
use chancery_core::Command;
use serde_json::json;
use std::path::PathBuf;

/// Set your picture, or a group's
///
/// A JPEG, PNG or WebP of at most 24 KiB. It goes to your conversations encrypted; the relay never sees it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file
    #[arg(required_unless_present = "none")]
    file: Option<PathBuf>,
    /// Have no picture
    #[arg(long, conflicts_with = "file")]
    none: bool,
    /// The picture of this group, not yours
    #[arg(long, value_name = "CONVERSATION")]
    group: Option<String>,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let picture = match &args.file {
        Some(path) => {
            let bytes = std::fs::read(path).map_err(|error| {
                Failure::new("no_file", format!("{} can't be read: {error}.", plain(&path.display().to_string())))
            })?;
            Some(bytes.into())
        }
        None => None,
    };
    let session = Session::open(context).await?;
    session.connect(Network::Queue).await?;
    let command = match &args.group {
        Some(name) => Command::SetGroupPicture { group: session.conversation(name).await?, picture },
        None => Command::SetPicture { picture },
    };
    session.command(command).await?;
    let finished = session.finish().await;
    let queued = !session.is_connected();
    context.out.record(&json!({ "done": "picture", "queued": queued }), || {
        if queued { "Queued.".to_owned() } else { "Done.".to_owned() }
    })?;
    finished
}
