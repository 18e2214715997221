//! `chancery attach`

use crate::{
    media::{Cleaned, clean, media_type, picture},
    outgoing,
    output::{Failure, Outcome, Transferred, bar, plain, size},
    session::{Context, Network, Session},
};
use chancery_client::files::{Progress, Upload};
use chancery_core::{UserError, api::BodyView};
use chancery_wire::{GroupId, MessageId};
use std::{path::PathBuf, sync::Arc};

/// Send a file
///
/// A photo goes without what its camera wrote into it: place, time, device. Whatever else keeps such data is named before it goes;
/// `--as-document` sends any file byte for byte.
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
    /// Send it byte for byte, with all that it holds
    #[arg(long)]
    as_document: bool,
}

/// What a file says about its maker when it goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carries {
    /// Nothing is looked for in files of this kind.
    Document,
    /// Nothing but what one sees: the rest was taken out.
    Removed,
    /// Everything: this program can't take it out.
    Kept,
    /// Everything: it was to go as it is.
    Whole,
}

impl Carries {
    /// What is said before it goes; `None` when there is nothing to say.
    pub fn warning(self, name: &str) -> Option<String> {
        (self == Self::Kept).then(|| {
            format!(
                "{} goes with what it says about place, time and device, if it does: this program takes that out of JPEG, PNG and WebP only.",
                plain(name)
            )
        })
    }

    fn word(self) -> Option<&'static str> {
        match self {
            Self::Document => None,
            Self::Removed => Some("removed"),
            Self::Kept => Some("kept"),
            Self::Whole => Some("whole"),
        }
    }
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
    let (upload, carries) = prepare(&session, args.file, group, args.caption, reply_to, args.as_document).await?;
    let name = upload.name.clone();
    let path = upload.path.clone();
    if let Some(warning) = carries.warning(&name) {
        eprintln!("{warning}");
    }
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
    outgoing::sent(&session, &path);
    let finished = session.finish().await;
    let view = session.message_view(message).await?;
    let bytes = match view.map(|view| view.body) {
        Some(BodyView::File { size, .. }) => size,
        _ => 0,
    };
    let line = Transferred { message: message.to_string(), name: &name, size: bytes, path: None, data: carries.word() };
    let without = if carries == Carries::Removed { ", without place, time and device data" } else { "" };
    context
        .out
        .record(&line, || format!("Sent {} ({}, {}){without}", plain(&name), size(bytes), &message.to_string()[..8]))?;
    finished
}

/// Looks at a file: its type, a small picture of images, and what it says about its maker.
pub async fn prepare(
    session: &Session,
    path: PathBuf,
    group: GroupId,
    caption: String,
    reply_to: Option<MessageId>,
    as_document: bool,
) -> Outcome<(Upload, Carries)> {
    let media_type = media_type(&path);
    let mut upload = Upload { caption, reply_to, ..Upload::new(path.clone(), group, media_type) };
    let looked = {
        let path = path.clone();
        tokio::task::spawn_blocking(move || clean(&path, media_type)).await
    };
    let carries = match looked.map_err(|error| Failure::fault("looking at the file", error))? {
        Ok(Cleaned::Kept | Cleaned::Removed(_)) if as_document => Carries::Whole,
        Ok(Cleaned::Removed(bytes)) => {
            upload.path = outgoing::place(session, &upload.name, &bytes).await?;
            Carries::Removed
        }
        Ok(Cleaned::Kept) => Carries::Kept,
        // What can't be read is said when it is to be sent.
        Ok(Cleaned::Document) | Err(_) => Carries::Document,
    };
    if media_type.starts_with("image/") {
        let picture = tokio::task::spawn_blocking(move || picture(&path)).await;
        // An image that can't be decoded is sent as any other file.
        if let Some(picture) = picture.map_err(|error| Failure::fault("looking at the image", error))? {
            (upload.width, upload.height) = (Some(picture.width), Some(picture.height));
            upload.thumbnail = picture.thumbnail;
        }
    }
    Ok((upload, carries))
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
