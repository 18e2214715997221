//! The commands, one file each, and what several of them print.

pub mod add;
pub mod approve;
pub mod attach;
mod change_members;
pub mod chat;
pub mod clock;
pub mod conversations;
pub mod delete;
pub mod devices;
pub mod disappearing;
pub mod edit;
pub mod fetch;
pub mod forward;
pub mod group;
pub mod group_link;
pub mod info;
pub mod init;
pub mod invite;
pub mod join;
pub mod join_group;
pub mod leave;
pub mod link;
pub mod members;
mod message_text;
pub mod messages;
pub mod passphrase;
pub mod people;
pub mod picture;
pub mod policy;
pub mod purpose;
pub mod react;
pub mod read;
pub mod recovery;
pub mod remove;
pub mod remove_device;
pub mod rename;
pub mod repair;
pub mod resend;
pub mod role;
pub mod safety;
pub mod search;
pub mod send;
pub mod serve;
pub mod star;
pub mod start;
pub mod sync;
pub mod transfers;
pub mod version;
pub mod warnings;
pub mod whoami;

use crate::{
    args::{Cli, Command},
    output::{Failure, Out, Outcome, plain},
    session::{Context, Session},
};
pub use attach::prepare as prepare_upload;
use chancery_core::{
    CommandResult,
    api::{Draft, MessageState},
    query,
};
use chancery_wire::{GroupId, MessageId};
pub use repair::who_is_in_it;
use serde_json::json;
use std::sync::OnceLock;

/// Runs a command.
pub async fn run(cli: Cli, out: &Out) -> Outcome {
    let closing = OnceLock::new();
    let outcome = dispatch(cli.command, Context { global: &cli.global, out, closing: &closing }).await;
    // The store is closed in order, and the profile unlocked, before the process ends.
    if let Some(client) = closing.into_inner() {
        client.shutdown().await;
    }
    outcome
}

async fn dispatch(command: Command, context: Context<'_>) -> Outcome {
    match command {
        Command::Init(args) => init::run(args, context).await,
        Command::Serve(args) => serve::run(args, context).await,
        Command::Invite(args) => invite::run(args, context).await,
        Command::Policy(args) => policy::run(args, context).await,
        Command::Clock(args) => clock::run(args, context),
        Command::Recovery(args) => recovery::run(args, context).await,
        Command::Version(args) => version::run(args, context),
        Command::Join(args) => join::run(args, context).await,
        Command::Link(args) => link::run(args, context).await,
        Command::Approve(args) => approve::run(args, context).await,
        Command::Whoami(args) => whoami::run(args, context).await,
        Command::Chat(args) => chat::run(args, context).await,
        Command::Sync(args) => sync::run(args, context).await,
        Command::Conversations(args) => conversations::run(args, context).await,
        Command::People(args) => people::run(args, context).await,
        Command::Start(args) => start::run(args, context).await,
        Command::Group(args) => group::run(args, context).await,
        Command::Members(args) => members::run(args, context).await,
        Command::Add(args) => add::run(args, context).await,
        Command::Remove(args) => remove::run(args, context).await,
        Command::Role(args) => role::run(args, context).await,
        Command::Purpose(args) => purpose::run(args, context).await,
        Command::Rename(args) => rename::run(args, context).await,
        Command::Picture(args) => picture::run(args, context).await,
        Command::Disappearing(args) => disappearing::run(args, context).await,
        Command::GroupLink(args) => group_link::run(args, context).await,
        Command::JoinGroup(args) => join_group::run(args, context).await,
        Command::Leave(args) => leave::run(args, context).await,
        Command::Repair(args) => repair::run(args, context).await,
        Command::Safety(args) => safety::run(args, context).await,
        Command::Warnings(args) => warnings::run(args, context).await,
        Command::Send(args) => send::run(args, context).await,
        Command::Messages(args) => messages::run(args, context).await,
        Command::Search(args) => search::run(args, context).await,
        Command::Edit(args) => edit::run(args, context).await,
        Command::Delete(args) => delete::run(args, context).await,
        Command::React(args) => react::run(args, context).await,
        Command::Forward(args) => forward::run(args, context).await,
        Command::Resend(args) => resend::run(args, context).await,
        Command::Star(args) => star::run(args, context).await,
        Command::Info(args) => info::run(args, context).await,
        Command::Read(args) => read::run(args, context).await,
        Command::Attach(args) => attach::run(args, context).await,
        Command::Fetch(args) => fetch::run(args, context).await,
        Command::Transfers(args) => transfers::run(args, context).await,
        Command::Devices(args) => devices::run(args, context).await,
        Command::RemoveDevice(args) => remove_device::run(args, context).await,
        Command::Passphrase(args) => passphrase::run(args, context).await,
    }
}

/// Queues a draft, sends it, prints what became of it.
async fn send_draft(context: Context<'_>, session: &Session, group: GroupId, draft: Draft, verb: &str) -> Outcome {
    let command = chancery_core::Command::Send { group: group.clone(), draft };
    let message = match session.command(command).await? {
        CommandResult::Queued { message } => message,
        // It was never sent.
        CommandResult::Done => {
            return context.out.record(&json!({ "group": group, "state": "withdrawn" }), || verb.to_owned());
        }
        _ => return Err(Failure::new("internal", "Sending gave an unexpected answer; this is a bug.")),
    };
    print_sent(context, session, &group, message, verb).await
}

/// Waits until a queued message is sent, and prints what became of it.
async fn print_sent(
    context: Context<'_>,
    session: &Session,
    group: &GroupId,
    message: MessageId,
    verb: &str,
) -> Outcome {
    let finished = session.finish().await;
    // Edits, deletions and reactions are no messages of their own and have no view.
    let view = session.message_view(message).await?;
    let state = view.as_ref().map(|view| view.state);
    let waiting = matches!(state, Some(MessageState::Waiting)) || !session.is_connected();
    let state_text = match state {
        Some(MessageState::Failed) => {
            return Err(finished
                .err()
                .unwrap_or_else(|| Failure::new("not_sent", "The message was not sent; see `chancery messages`.")));
        }
        Some(MessageState::Held) => {
            let newcomers = view.map(|view| view.newcomers).unwrap_or_default().join(", ");
            let (newcomers, id) = (plain(&newcomers), &message.to_string()[..8]);
            let text = format!(
                "The message is held: {newcomers} came after you wrote it. `chancery resend {id}` sends it, `chancery delete {id}` \
                 takes it back."
            );
            return Err(Failure::new("message_held", text));
        }
        Some(state) if !waiting => json!(state),
        _ if waiting => json!("waiting"),
        _ => json!("sent"),
    };
    context.out.record(&json!({ "group": group, "message": message, "state": state_text }), || {
        let verb = if waiting { "Queued" } else { verb };
        format!("{verb} ({})", &message.to_string()[..8])
    })?;
    finished
}

/// Prints a conversation that was just started.
async fn print_conversation(session: &Session, group: &GroupId) -> Outcome {
    let wanted = group.clone();
    let view = session.query(move |tx| query::conversation(tx, &wanted)).await?;
    let view = view.ok_or_else(|| Failure::new("internal", "The new conversation isn't there; this is a bug."))?;
    session.out().record(&view, || format!("{}  {}", &group.as_str()[..8], plain(&view.title)))
}

/// Prints that a change of a conversation was made, or queued. What failed isn't said to be done.
fn print_done(
    context: Context<'_>,
    session: &Session,
    done: &str,
    group: &GroupId,
    text: &str,
    finished: Outcome,
) -> Outcome {
    let Some(queued) = is_queued(session, &finished) else { return finished };
    context.out.record(&json!({ "done": done, "group": group, "queued": queued }), || {
        if queued { "Queued.".to_owned() } else { text.to_owned() }
    })?;
    finished
}

/// Whether what was asked for waits for the relay; `None` when it failed.
fn is_queued(session: &Session, finished: &Outcome) -> Option<bool> {
    match finished {
        Ok(()) => Some(!session.is_connected()),
        Err(failure) if failure.code == "queued" => Some(true),
        Err(_) => None,
    }
}
