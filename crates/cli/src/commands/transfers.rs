//! `chancery transfers`

use super::attach::or_interrupted;
use crate::{
    outgoing,
    output::{Exit, Failure, Outcome, Transferred, bar, plain, size, table},
    session::{Context, Network, Session, is_prefix},
};
use chancery_client::files::{PendingUpload, Progress};
use clap::Subcommand;
use serde_json::json;
use std::sync::Arc;

/// List, resume or cancel uploads that were cut off
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List them (also without a command)
    List,
    /// Go on with one, or with all
    Resume {
        /// The start of its id; all when left out
        id: Option<String>,
    },
    /// Give one up
    Cancel {
        /// The start of its id
        id: String,
    },
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    let uploads = session.client().uploads().await?;
    match args.command.unwrap_or(What::List) {
        What::List => list(context, &uploads),
        What::Resume { id } => {
            let chosen: Vec<_> = match &id {
                Some(id) => vec![choose(&uploads, id)?],
                None => uploads.iter().collect(),
            };
            if chosen.is_empty() {
                return context.out.say("No transfers wait.");
            }
            session.connect(Network::Required).await?;
            let (mut failed, mut any_done) = (Vec::new(), false);
            for upload in chosen {
                match resume(context, &session, upload).await {
                    Ok(()) => any_done = true,
                    // The others would fare no better.
                    Err(failure) if failure.exit == Exit::Offline || failure.code == "interrupted" => {
                        return Err(failure);
                    }
                    Err(failure) => {
                        let message = format!("{}: {}", plain(&upload.path), failure.message);
                        failed.push(Failure { message, ..failure });
                    }
                }
            }
            session.finish().await?;
            Failure::of_several(failed, any_done)
        }
        What::Cancel { id } => {
            let upload = choose(&uploads, &id)?;
            // Connected, the relay drops its part at once; otherwise it expires there.
            session.connect(Network::IfPossible).await?;
            session.client().cancel_upload(upload.id).await?;
            outgoing::sweep(&session).await?;
            context.out.record(&json!({ "done": "cancel", "id": upload.id.to_string() }), || "Given up.".to_owned())
        }
    }
}

fn list(context: Context<'_>, uploads: &[PendingUpload]) -> Outcome {
    if context.out.is_json() {
        return uploads.iter().try_for_each(|upload| {
            let line =
                json!({ "id": upload.id.to_string(), "path": upload.path, "group": upload.group, "size": upload.size });
            context.out.record(&line, String::new)
        });
    }
    if uploads.is_empty() {
        return context.out.say("No transfers wait.");
    }
    let rows: Vec<_> = uploads
        .iter()
        .map(|upload| vec![upload.id.to_string()[..8].to_owned(), size(upload.size), plain(&upload.path)])
        .collect();
    context.out.say(table(&rows))
}

async fn resume(context: Context<'_>, session: &Session, upload: &PendingUpload) -> Outcome {
    let name = upload.path.rsplit(['/', '\\']).next().unwrap_or(&upload.path);
    let bar = bar(upload.size, name, context.out.is_json());
    let progress: Progress = {
        let bar = bar.clone();
        Arc::new(move |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        })
    };
    let sent = or_interrupted(session.client().resume_upload(upload.id, progress)).await;
    bar.finish_and_clear();
    let message = sent?.to_string();
    outgoing::sweep(session).await?;
    let line = Transferred { message: message.clone(), name, size: upload.size, path: None, data: None };
    context.out.record(&line, || format!("Sent {} ({}, {})", plain(name), size(upload.size), &message[..8]))
}

fn choose<'a>(uploads: &'a [PendingUpload], id: &str) -> Outcome<&'a PendingUpload> {
    let found: Vec<_> = uploads.iter().filter(|upload| is_prefix(id, &upload.id.to_string())).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(Failure::new(
            "no_such_upload",
            format!("No upload's id starts with \"{}\"; `chancery transfers` lists them.", plain(id)),
        )),
        _ => Err(Failure::new("ambiguous", "Several uploads match; give more digits of the id.")),
    }
}
