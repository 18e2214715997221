//! `chancery link`

use super::join::sentence;
use crate::{
    output::{Failure, Outcome, bar, plain, qr},
    session::{Context, Session, device_label},
};
use chancery_core::{Command, CommandResult, Event, query};
use chancery_wire::{limits::LINK_LIFETIME_SECONDS, link::relay_address};
use serde_json::json;
use std::time::Duration;
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Link this device to an identity that you have on another one
///
/// Shows a link and a code. On the other device, run `chancery approve LINK` and compare the code. Your conversations and,
/// unless you decline it there, your history come over.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The relay's address: https://chat.example.org
    relay: String,
    /// What you call this device [default: this machine's name]
    #[arg(long)]
    label: Option<String>,
    /// Don't show a QR code
    #[arg(long)]
    no_qr: bool,
    /// Don't wait for the history; it comes with the next connection
    #[arg(long)]
    no_wait: bool,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let relay =
        relay_address(&args.relay).map_err(|error| Failure::new("invalid_link", sentence(&error.to_string())))?;
    if context.global.offline {
        return Err(Failure::offline("offline", "Linking needs the relay; leave --offline out."));
    }
    let session = Session::open_any(context).await?;
    if session.has_joined() {
        return Err(Failure::new(
            "already_joined",
            format!("This profile is {} already. Choose another one with --profile NAME.", session.account().user),
        ));
    }
    let mut events = session.client().events();
    let label = args.label.unwrap_or_else(device_label);
    let started = session.command(Command::StartLink { relay: relay.to_string(), label }).await?;
    let CommandResult::LinkStarted { link, matching_code } = started else {
        return Err(Failure::new("internal", "Linking gave an unexpected answer; this is a bug."));
    };
    context.out.record(&json!({ "link": link, "matching_code": matching_code }), || {
        let image = if args.no_qr { String::new() } else { qr(&link).unwrap_or_default() + "\n" };
        format!("{image}On a device that you have already, run:\n\n  chancery approve '{link}'\n\nand check that it shows this code: {matching_code}\n")
    })?;
    context
        .out
        .aside("Give the link to nobody else: whoever approves it with another identity would take this device over.");
    context.out.aside("Waiting for the approval…");
    let limit = Duration::from_secs(LINK_LIFETIME_SECONDS);
    let user = tokio::time::timeout(limit, linked(&mut events)).await.map_err(|_| {
        Failure::offline("link_closed", "Nobody approved the link in time. Run `chancery link` again.")
    })??;
    let account = session.query(|tx| query::account(tx)).await?;
    let organisation = account.map(|account| account.organisation).unwrap_or_default();
    context.out.record(&json!({ "linked": true, "user": user, "organisation": organisation }), || {
        format!("Linked: this device is {user} at {}.", plain(&organisation))
    })?;
    if args.no_wait { Ok(()) } else { history(context, &session, events).await }
}

async fn linked(events: &mut Receiver<Event>) -> Outcome<chancery_wire::UserId> {
    loop {
        match events.recv().await {
            Ok(Event::Linked { user }) => return Ok(user),
            Ok(Event::Warning(warning)) => return Err(Failure::new(&warning.code, plain(&warning.message))),
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => {
                return Err(Failure::offline("closed", "The client stopped; run `chancery link` again."));
            }
        }
    }
}

/// Waits for the history as long as it makes progress.
async fn history(context: Context<'_>, session: &Session, mut events: Receiver<Event>) -> Outcome {
    let bar = bar(0, "History", context.out.is_json());
    let mut imported = 0;
    loop {
        match tokio::time::timeout(session.timeout(), events.recv()).await {
            Ok(Ok(Event::HistoryProgress { messages, total, done })) => {
                imported = messages;
                bar.set_length(total.max(messages));
                bar.set_position(messages);
                if done {
                    bar.finish_and_clear();
                    return context.out.record(&json!({ "history": "complete", "messages": messages }), || {
                        format!("Your history is here: {messages} messages.")
                    });
                }
            }
            Ok(Ok(_) | Err(RecvError::Lagged(_))) => {}
            Ok(Err(RecvError::Closed)) | Err(_) => {
                bar.finish_and_clear();
                return context.out.record(&json!({ "history": "pending", "messages": imported }), || {
                    "The history comes while the other device is online; `chancery sync` goes on with it.".to_owned()
                });
            }
        }
    }
}
