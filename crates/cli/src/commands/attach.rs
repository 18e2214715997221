//! `chancery attach`

use crate::{
    media::{media_type, picture},
    output::{Failure, Outcome, Transferred, bar, plain, size},
    session::{Context, Network, Session},
};
use chancery_client::files::{Progress, Upload};
use chancery_core::{UserError, api::BodyView};
use chancery_wire::{GroupId, MessageId};
use std::{path::PathBuf, sync::Arc};

/// Send a file
///
/// The file is encrypted on this machine. When the upload is cut off, `chancery transfers resume` goes on where it was.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The conversation: its title, the other person, or the start of its id
    #[arg(value_name = "CONVERSATION")]
    conversation: String,
    /// The file
    file: PathBuf,
    /// A text to go with it
    #[arg(long, default_value = "")]
    caption: String,
    /// The message that it replies to
    #[arg(long, value_name = "MESSAGE")]
    reply: Option<String>,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    session.connect(Network::Required).await?;
    let group = session.conversation(&args.conversation).await?;
    let reply_to = match &args.reply {
        Some(prefix) => Some(session.message(prefix).await?),
        None => None,
    };
    let upload = prepare(args.file, group, args.caption, reply_to).await?;
    let name = upload.name.clone();
    let bar = bar(0, &name, context.out.is_json());
    let progress: Progress = {
        let bar = bar.clone();
        Arc::new(move |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        })
    };
    let sent = or_interrupted(session.client().upload(upload, progress)).await;
    bar.finish_and_clear();
    let message = sent?;
    let finished = session.finish().await;
    let view = session.message_view(message).await?;
    let bytes = match view.map(|view| view.body) {
        Some(BodyView::File { size, .. }) => size,
        _ => 0,
    };
    let line = Transferred { message: message.to_string(), name: &name, size: bytes, path: None };
    context.out.record(&line, || format!("Sent {} ({}, {})", plain(&name), size(bytes), &message.to_string()[..8]))?;
    finished
}

/// Looks at a file: its type, and a small picture of images.
pub async fn prepare(path: PathBuf, group: GroupId, caption: String, reply_to: Option<MessageId>) -> Outcome<Upload> {
    let media_type = media_type(&path);
    let mut upload = Upload { caption, reply_to, ..Upload::new(path.clone(), group, media_type) };
    if media_type.starts_with("image/") {
        let picture = tokio::task::spawn_blocking(move || picture(&path)).await;
        // An image that can't be decoded is sent as any other file.
        if let Some(picture) = picture.map_err(|error| Failure::fault("looking at the image", error))? {
            (upload.width, upload.height) = (Some(picture.width), Some(picture.height));
            upload.thumbnail = picture.thumbnail;
        }
    }
    Ok(upload)
}

/// A transfer, until it is done or Ctrl-C is pressed; what was done is kept.
pub(super) async fn or_interrupted<T>(transfer: impl Future<Output = Result<T, UserError>>) -> Outcome<T> {
    tokio::select! {
        done = transfer => Ok(done?),
        _ = tokio::signal::ctrl_c() => Err(Failure::new(
            "interrupted",
            "Stopped. What was transferred is kept: `chancery transfers resume` goes on with uploads, the same `chancery fetch` with a download.",
        )),
    }
}
