//! `chancery fetch`

use super::attach::or_interrupted;
use crate::{
    output::{Failure, Outcome, Transferred, bar, plain, size},
    session::{Context, Network, Session},
};
use chancery_client::files::{Download, Progress};
use chancery_core::api::BodyView;
use std::{path::PathBuf, sync::Arc};

/// Save a file that was sent
///
/// An existing file is not replaced; a number is added to the name. When the download is cut off, the same command goes on
/// where it was.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The message with the file: the start of its id, at least 4 digits
    message: String,
    /// The folder to save it in, or the file to save it as
    #[arg(long, value_name = "PATH", default_value = ".")]
    to: PathBuf,
    /// Replace an existing file
    #[arg(long)]
    overwrite: bool,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    session.connect(Network::Required).await?;
    let message = session.message(&args.message).await?;
    let view = session.message_view(message).await?;
    let (name, bytes) = match view.map(|view| view.body) {
        Some(BodyView::File { name, size, .. }) => (name, size),
        _ => return Err(Failure::new("no_file", "That message has no file.")),
    };
    let place = if args.to.is_dir() { Download::into(args.to) } else { Download::to(args.to) };
    let bar = bar(bytes, &name, context.out.is_json());
    let progress: Progress = {
        let bar = bar.clone();
        Arc::new(move |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        })
    };
    let download = Download { overwrite: args.overwrite, ..place };
    let saved = or_interrupted(session.client().download(message, download, progress)).await;
    bar.finish_and_clear();
    let path = saved?;
    let shown = path.to_string_lossy().into_owned();
    let line =
        Transferred { message: message.to_string(), name: &name, size: bytes, path: Some(shown.clone()), data: None };
    context.out.record(&line, || format!("Saved {} ({})", plain(&shown), size(bytes)))
}
