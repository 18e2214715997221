//! Carries out what the view model wants, beside the drawing, and brings back what came of it.

use super::model::{Chat, Effect, ForUsers, Named, Overlay, PAGE_MESSAGES};
use crate::{
    commands::{prepare_upload, who_is_in_it},
    outgoing,
    output::{Failure, Outcome, plain},
    session::Session,
};
use chancery_client::files::{Download, Progress, Upload};
use chancery_core::{
    Command, CommandResult,
    api::{ConversationView, Draft, MemberView, MessageView, PersonNow},
    query,
};
use chancery_wire::{GroupId, MessageId};
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use tokio::sync::mpsc;

/// Messages that a search shows.
const SEARCH_RESULTS: usize = 100;

/// What came of an effect.
pub enum Update {
    /// The list, and how much waits.
    Conversations(Vec<ConversationView>, u64),
    /// Messages.
    Messages { group: GroupId, before: Option<u64>, messages: Vec<MessageView> },
    /// Members.
    Members(Vec<MemberView>),
    /// What was found.
    Found { query: String, found: Vec<(GroupId, String, MessageView)> },
    /// A text to show.
    Text { title: String, text: String },
    /// A conversation to open.
    Open(GroupId),
    /// A conversation can be gone on with, with these people.
    RepairAsks(GroupId, Vec<PersonNow>),
    /// Something to tell.
    Tell(String),
    /// Something that went wrong.
    TellBad(String),
    /// A transfer goes on: number, name, done, total.
    Transfer(u64, String, u64, u64),
    /// A transfer ended.
    TransferEnded(u64),
}

/// Carries effects out.
pub struct Effects {
    worker: Worker,
    /// The list is being read; read it again afterwards.
    refreshing: Arc<AtomicBool>,
    stale: bool,
    transfers: HashMap<u64, (String, u64, u64)>,
}

#[derive(Clone)]
struct Worker {
    session: Arc<Session>,
    updates: mpsc::Sender<Update>,
    next_transfer: Arc<AtomicU64>,
}

impl Effects {
    /// For this session; results go to `updates`.
    pub fn new(session: Arc<Session>, updates: mpsc::Sender<Update>) -> Self {
        let worker = Worker { session, updates, next_transfer: Arc::default() };
        Self { worker, refreshing: Arc::default(), stale: false, transfers: HashMap::new() }
    }

    /// Reads the list of conversations, once however often it is asked for.
    pub fn refresh(&mut self) {
        if self.refreshing.swap(true, Ordering::SeqCst) {
            self.stale = true;
            return;
        }
        self.stale = false;
        let worker = self.worker.clone();
        tokio::spawn(async move {
            let read = worker.session.query(|tx| Ok((query::conversations(tx)?, query::waiting(tx)?))).await;
            worker.tell(read.map(|(conversations, waiting)| Update::Conversations(conversations, waiting))).await;
        });
    }

    /// Starts an effect.
    pub fn start(&self, effect: Effect) {
        let worker = self.worker.clone();
        tokio::spawn(async move {
            match worker.carry_out(effect).await {
                Ok(Some(update)) => worker.send(update).await,
                Ok(None) => {}
                Err(failure) => worker.send(Update::TellBad(failure.message)).await,
            }
        });
    }

    /// Brings a result into the view model.
    pub fn take(&mut self, update: Update, chat: &mut Chat) -> Vec<Effect> {
        match update {
            Update::Conversations(conversations, waiting) => {
                chat.set_conversations(conversations);
                chat.waiting = waiting;
                self.refreshing.store(false, Ordering::SeqCst);
                if self.stale {
                    self.refresh();
                }
            }
            Update::Messages { group, before, messages } => return chat.set_messages(&group, before, messages),
            Update::Members(members) => chat.show_members(members),
            Update::Found { query, found } => chat.show(Overlay::Search { query, found, chosen: 0 }),
            Update::Text { title, text } => chat.show(Overlay::Text { title, text }),
            Update::Open(group) => {
                self.refresh();
                return chat.open(&group);
            }
            Update::RepairAsks(group, people) => {
                let question = format!("{}\n\nGo on with these people? y/N", who_is_in_it(&people));
                let agreed = Some(people.into_iter().map(|person| person.user).collect());
                let effect = Box::new(Effect::Command(Command::Repair { group, agreed }));
                chat.show(Overlay::Confirm { question, effect });
            }
            Update::Tell(text) => chat.tell(&text),
            Update::TellBad(text) => chat.tell_bad(&text),
            Update::Transfer(number, name, done, total) => {
                self.transfers.insert(number, (name, done, total));
                chat.transfers = self.transfers.values().cloned().collect();
            }
            Update::TransferEnded(number) => {
                self.transfers.remove(&number);
                chat.transfers = self.transfers.values().cloned().collect();
            }
        }
        Vec::new()
    }
}

impl Worker {
    async fn send(&self, update: Update) {
        // Nobody listens any more when the chat has ended.
        let _ = self.updates.send(update).await;
    }

    async fn tell(&self, update: Outcome<Update>) {
        self.send(update.unwrap_or_else(|failure| Update::TellBad(failure.message))).await;
    }

    async fn carry_out(&self, effect: Effect) -> Outcome<Option<Update>> {
        let session = &self.session;
        match effect {
            Effect::Command(command) => self.command(command).await,
            Effect::Load { group, before } => {
                let of = group.clone();
                let messages = session.query(move |tx| query::messages(tx, &of, before, PAGE_MESSAGES)).await?;
                Ok(Some(Update::Messages { group, before, messages }))
            }
            Effect::Members(group) => {
                Ok(Some(Update::Members(session.query(move |tx| query::members(tx, &group)).await?)))
            }
            Effect::Search(text) => self.search(text).await.map(Some),
            Effect::Attach { group, path, caption, reply_to, as_document } => {
                let (upload, carries) =
                    prepare_upload(session, home(path), group, caption, reply_to, as_document).await?;
                if let Some(warning) = carries.warning(&upload.name) {
                    self.send(Update::Tell(warning)).await;
                }
                self.upload(upload).await
            }
            Effect::SendText { group, text, reply_to } => {
                let path = outgoing::place(session, "text.txt", text.as_bytes()).await?;
                self.upload(Upload { reply_to, ..Upload::new(path, group, "text/plain") }).await
            }
            Effect::Fetch { message, folder } => self.fetch(message, folder).await.map(Some),
            Effect::Named { prefix, then } => self.named(&prefix, then).await,
            Effect::Forward { message, to } => {
                let group = session.conversation_or_person(&to).await?;
                self.command(Command::Send { group, draft: Draft::Forward { message } }).await?;
                Ok(Some(Update::Tell("Forwarded.".to_owned())))
            }
            Effect::Users { group, users, then } => self.users(group, &users, then).await,
            Effect::Safety { group, user } => self.safety(group, user).await.map(Some),
            Effect::Quit => Ok(None),
        }
    }

    async fn upload(&self, upload: Upload) -> Outcome<Option<Update>> {
        let (number, progress) = self.transfer(upload.name.clone());
        let path = upload.path.clone();
        let sent = self.session.client().upload(upload, progress).await;
        self.send(Update::TransferEnded(number)).await;
        sent?;
        outgoing::sent(&self.session, &path);
        Ok(None)
    }

    async fn command(&self, command: Command) -> Outcome<Option<Update>> {
        let repaired = match &command {
            Command::Repair { group, .. } => Some(group.clone()),
            _ => None,
        };
        match (self.session.client().command(command).await?, repaired) {
            (CommandResult::Conversation { group }, _) => Ok(Some(Update::Open(group))),
            (CommandResult::RepairAsks { people }, Some(group)) => Ok(Some(Update::RepairAsks(group, people))),
            _ => Ok(None),
        }
    }

    async fn search(&self, text: String) -> Outcome<Update> {
        let query = text.clone();
        let (found, views) = self
            .session
            .query(move |tx| Ok((query::search(tx, &text, SEARCH_RESULTS)?, query::conversations(tx)?)))
            .await?;
        let title = |group: &GroupId| views.iter().find(|view| view.group == *group).map(|view| view.title.clone());
        let found =
            found.into_iter().map(|(group, message)| (group.clone(), title(&group).unwrap_or_default(), message));
        Ok(Update::Found { query, found: found.collect() })
    }

    fn transfer(&self, name: String) -> (u64, Progress) {
        let number = self.next_transfer.fetch_add(1, Ordering::SeqCst);
        let updates = self.updates.clone();
        // A full queue loses nothing but one step of the display.
        let progress: Progress =
            Arc::new(move |done, total| drop(updates.try_send(Update::Transfer(number, name.clone(), done, total))));
        (number, progress)
    }

    async fn fetch(&self, message: MessageId, folder: Option<PathBuf>) -> Outcome<Update> {
        let folder = match folder {
            Some(folder) => home(folder),
            None => downloads()?,
        };
        let (number, progress) = self.transfer("file".to_owned());
        let saved = self.session.client().download(message, Download::into(folder), progress).await;
        self.send(Update::TransferEnded(number)).await;
        Ok(Update::Tell(format!("Saved {}", plain(&saved?.to_string_lossy()))))
    }

    async fn named(&self, prefix: &str, then: Named) -> Outcome<Option<Update>> {
        let (group, message) = self.session.message_in(prefix).await?;
        let draft = match then {
            Named::Reply(text) => Draft::Text { text, reply_to: Some(message) },
            Named::Edit(text) => Draft::Edit { message, text },
            Named::Delete => Draft::Delete { message },
            Named::Resend => return self.command(Command::Resend { message }).await,
            Named::React { emoji, on } => Draft::React { message, emoji, on },
            Named::Forward { to } => {
                let group = self.session.conversation_or_person(&to).await?;
                return self.command(Command::Send { group, draft: Draft::Forward { message } }).await;
            }
            Named::Fetch { folder } => return self.fetch(message, folder).await.map(Some),
        };
        self.command(Command::Send { group, draft }).await
    }

    async fn users(&self, group: Option<GroupId>, users: &[String], then: ForUsers) -> Outcome<Option<Update>> {
        let users = self.session.users(users)?;
        let open = || group.ok_or_else(|| Failure::usage("Open a conversation first."));
        let first = users.first().cloned();
        let one = || first.ok_or_else(|| Failure::usage("Name a user."));
        let command = match then {
            ForUsers::Start => Command::StartDirect { user: one()? },
            ForUsers::StartGroup { name } => Command::StartGroup { name, users, purpose: String::new() },
            ForUsers::Add => Command::AddUsers { group: open()?, users },
            ForUsers::Remove => Command::RemoveUsers { group: open()?, users },
            ForUsers::SetRole(role) => Command::SetRole { group: open()?, user: one()?, role },
        };
        self.command(command).await
    }

    async fn safety(&self, group: Option<GroupId>, user: Option<String>) -> Outcome<Update> {
        let session = &self.session;
        let user = match (user, group) {
            (Some(text), _) => session.user(&text)?,
            (None, Some(group)) => {
                let members = session.query(move |tx| query::members(tx, &group)).await?;
                let me = &session.account().user;
                match members.as_slice() {
                    [_, _] => Chat::other(&members, me).ok_or_else(|| Failure::usage("Usage: /safety USER"))?,
                    _ => return Err(Failure::usage("Usage: /safety USER")),
                }
            }
            (None, None) => return Err(Failure::usage("Usage: /safety USER")),
        };
        let of = user.clone();
        let number = session.query(move |tx| query::safety_number(tx, &of)).await?;
        let number =
            number.ok_or_else(|| Failure::new("unknown_contact", format!("Nothing is known of {user} yet.")))?;
        let state = if number.verified { "Compared before, and unchanged since." } else { "Not compared yet." };
        let text = format!(
            "{}\n\n{state}\n\nIt has to be the same on the other side; compare it in person or by phone. Mark it as compared with: chancery safety {user} --verified",
            number.digits
        );
        Ok(Update::Text { title: format!("Safety number with {user}"), text })
    }
}

/// `~/` as in a shell, which isn't there to do it.
fn home(path: PathBuf) -> PathBuf {
    match (path.strip_prefix("~"), directories::BaseDirs::new()) {
        (Ok(rest), Some(dirs)) => dirs.home_dir().join(rest),
        _ => path,
    }
}

/// The user's download folder, or the present one.
fn downloads() -> Outcome<PathBuf> {
    let folder =
        directories::UserDirs::new().and_then(|dirs| dirs.download_dir().map(PathBuf::from)).filter(|dir| dir.is_dir());
    match folder {
        Some(folder) => Ok(folder),
        None => std::env::current_dir().map_err(|error| Failure::fault("finding a folder to save in", error)),
    }
}
