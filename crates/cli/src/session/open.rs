//! The open profile with its running client.

use super::{Candidate, Context, Profile, passphrase, resolve};
use crate::output::{Exit, Failure, Out, Outcome, plain};
use chancery_client::{Client, Options, Status};
use chancery_core::{
    Command, CommandResult, Event, Fault, Tx,
    api::{AccountView, MessageView},
    query,
};
use chancery_mls::GroupKind;
use chancery_store::OpenError;
use chancery_wire::{GroupId, MessageId, UserId};
use std::{
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock},
    time::Duration,
};
use tokio::sync::broadcast;

/// A command that only reads waits for the relay at most this long, in seconds.
const GLANCE_SECONDS: u64 = 5;
/// A first attempt to connect has failed: how long further ones may take, in seconds.
const GRACE_SECONDS: u64 = 3;

/// How much a command needs the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// Nothing works without it.
    Required,
    /// What is asked for can be queued.
    Queue,
    /// It would bring what is new.
    IfPossible,
}

/// An open profile.
pub struct Session {
    client: Client,
    account: Option<AccountView>,
    dir: PathBuf,
    out: Out,
    offline: bool,
    timeout: Duration,
    events: Mutex<broadcast::Receiver<Event>>,
    /// Why there is no connection, once one was tried in vain.
    unreachable: OnceLock<String>,
}

impl Session {
    /// Opens the profile of somebody who has joined.
    pub async fn open(context: Context<'_>) -> Outcome<Self> {
        let profile = Profile::of(context.global)?;
        let not_joined = || {
            Failure::locked(
                "not_joined",
                format!(
                    "The profile \"{}\" has not joined an organisation. Use `chancery join LINK`, or `chancery link URL`.",
                    profile.name
                ),
            )
        };
        // Opening would make a profile; looking at nothing must not.
        if !profile.dir.exists() {
            return Err(not_joined());
        }
        let session = Self::open_any(context).await?;
        if session.account.is_none() { Err(not_joined()) } else { Ok(session) }
    }

    /// Opens the profile, or makes it.
    pub async fn open_any(context: Context<'_>) -> Outcome<Self> {
        let place = Profile::of(context.global)?;
        let mut asked = Ok(());
        let opened = tokio::task::block_in_place(|| {
            chancery_client::Profile::open(&place.dir, || match passphrase::required(context) {
                Ok(passphrase) => Some(passphrase),
                Err(failure) => {
                    asked = Err(failure);
                    None
                }
            })
        });
        asked?;
        let opened = opened.map_err(open_failure)?;
        let global = context.global;
        let options = Options { offline: global.offline, ca: global.ca.clone(), ..Options::default() };
        let client = Client::start(opened, options)?;
        context
            .closing
            .set(client.clone())
            .map_err(|_| Failure::new("internal", "A profile was opened twice; this is a bug."))?;
        let events = Mutex::new(client.events());
        let account = client.query(|tx| query::account(tx)).await?;
        Ok(Self {
            client,
            account,
            dir: place.dir,
            out: *context.out,
            offline: global.offline,
            timeout: Duration::from_secs(global.timeout),
            events,
            unreachable: OnceLock::new(),
        })
    }

    /// Who one is.
    pub fn account(&self) -> &AccountView {
        self.account.as_ref().expect("`open` refuses a profile that hasn't joined")
    }

    /// Whether this profile has joined.
    pub fn has_joined(&self) -> bool {
        self.account.is_some()
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The profile's folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Standard output.
    pub fn out(&self) -> &Out {
        &self.out
    }

    /// How long to wait for the relay.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Whether a connection was wanted and is there.
    pub fn is_connected(&self) -> bool {
        !self.offline && self.unreachable.get().is_none()
    }

    /// Connects and catches up; tells whether that worked.
    pub async fn connect(&self, network: Network) -> Outcome<bool> {
        if self.offline {
            return match network {
                Network::Required => Err(Failure::offline("offline", "This needs the relay; leave --offline out.")),
                _ => Ok(false),
            };
        }
        let limit = match network {
            Network::IfPossible => self.timeout.min(Duration::from_secs(GLANCE_SECONDS)),
            _ => self.timeout,
        };
        let reason = tokio::select! {
            synced = self.client.sync(limit) => match synced {
                Ok(()) => return Ok(true),
                Err(error) if error.code == "timeout" => plain(&error.message),
                // What is here can be read even when the relay wants nothing more to do with this device.
                Err(error) if network == Network::IfPossible => plain(&error.message),
                Err(error) => return Err(error.into()),
            },
            reason = self.given_up() => reason,
        };
        let failure = Failure::offline("unreachable", format!("The relay {} can't be reached: {reason}", self.relay()));
        match network {
            Network::Required => return Err(failure),
            Network::IfPossible => self.out.aside(format!("offline ({reason}): showing what this device has")),
            Network::Queue => {}
        }
        // Only the first reason is kept; a later attempt has the same.
        let _ = self.unreachable.set(reason);
        Ok(false)
    }

    fn relay(&self) -> String {
        self.account.as_ref().map_or_else(String::new, |account| plain(&account.relay))
    }

    /// Resolves with the reason once attempts to connect keep failing.
    async fn given_up(&self) -> String {
        let mut status = self.client.status();
        let failing = |status: &Status| matches!(status, Status::Waiting { .. });
        let mut reason = String::new();
        if let Ok(status) = status.wait_for(failing).await
            && let Status::Waiting { reason: first } = &*status
        {
            reason = plain_reason(first);
        } else {
            // The client is closing; `sync` says so.
            std::future::pending::<()>().await;
        }
        let grace = Duration::from_secs(GRACE_SECONDS);
        let arrived = tokio::time::timeout(grace, status.wait_for(|s| *s == Status::CaughtUp)).await.is_ok();
        // Connected and still catching up is no failure; `sync` has its own limit.
        if arrived || *status.borrow() == Status::Connected { std::future::pending().await } else { reason }
    }

    /// Reads the store.
    pub async fn query<T: Send + 'static>(
        &self,
        f: impl FnOnce(&dyn Tx) -> Result<T, Fault> + Send + 'static,
    ) -> Outcome<T> {
        Ok(self.client.query(f).await?)
    }

    /// Gives the core a command.
    pub async fn command(&self, command: Command) -> Outcome<CommandResult> {
        let answered = tokio::time::timeout(self.timeout, self.client.command(command)).await;
        answered
            .map_err(|_| Failure::offline("timeout", "The relay didn't answer in time; try again."))?
            .map_err(Failure::from)
    }

    /// A command that gives a conversation.
    pub async fn conversation_from(&self, command: Command) -> Outcome<GroupId> {
        match self.command(command).await? {
            CommandResult::Conversation { group } => Ok(group),
            _ => Err(Failure::new("internal", "Starting a conversation gave an unexpected answer; this is a bug.")),
        }
    }

    /// Waits until everything that was asked for is done; tells what failed, or that it stays queued.
    pub async fn finish(&self) -> Outcome {
        if self.offline {
            return Ok(());
        }
        if let Some(reason) = self.unreachable.get() {
            return Err(Failure::offline(
                "queued",
                format!(
                    "The relay {} can't be reached: {reason}\nWhat you asked for is queued and goes out with the next command, or `chancery sync`.",
                    self.relay()
                ),
            ));
        }
        let drained = self.client.drain(self.timeout).await;
        let mut events = self.events.lock().expect("nobody panics while holding it");
        let mut failed: Vec<Failure> = Vec::new();
        loop {
            match events.try_recv() {
                Ok(Event::OperationFailed { error, .. }) => failed.push(error.into()),
                Ok(Event::Warning(warning)) => self.out.aside(format!("warning: {}", plain(&warning.message))),
                Ok(_) | Err(broadcast::error::TryRecvError::Lagged(_)) => {}
                Err(_) => break,
            }
        }
        // Each names somebody or something: none is kept back.
        let any_done = failed.iter().any(|failure| failure.exit == Exit::Partly);
        Failure::of_several(failed, any_done)?;
        drained.map_err(|error| match error.code.as_str() {
            "timeout" => Failure { exit: Exit::Offline, ..Failure::new("queued", plain(&error.message)) },
            _ => error.into(),
        })
    }

    /// Conversations that a text may name.
    pub async fn candidates(&self) -> Outcome<Vec<Candidate>> {
        let me = self.account().user.clone();
        self.query(move |tx| {
            query::conversations(tx)?
                .iter()
                .map(|view| {
                    let other = match view.kind {
                        GroupKind::Direct => {
                            query::members(tx, &view.group)?.into_iter().map(|m| m.user).find(|user| *user != me)
                        }
                        GroupKind::Group => None,
                    };
                    Ok(Candidate::of(view, other))
                })
                .collect()
        })
        .await
    }

    /// The conversation that a text names.
    pub async fn conversation(&self, text: &str) -> Outcome<GroupId> {
        resolve::conversation(&self.candidates().await?, text)
    }

    /// The conversation that a text names; a full user id starts one when there is none yet.
    pub async fn conversation_or_person(&self, text: &str) -> Outcome<GroupId> {
        match resolve::conversation(&self.candidates().await?, text) {
            Err(failure) if failure.code == "no_such_conversation" && text.contains('@') => match self.user(text) {
                Ok(user) => self.conversation_from(Command::StartDirect { user }).await,
                Err(_) => Err(failure),
            },
            found => found,
        }
    }

    /// The message that the beginning of an id names.
    pub async fn message(&self, text: &str) -> Outcome<MessageId> {
        let shown = plain(text);
        if !resolve::is_id_text(text) || text.len() > 64 {
            return Err(Failure::usage(format!(
                "\"{shown}\" is no message id: give at least {} of its digits.",
                resolve::MIN_PREFIX_DIGITS
            )));
        }
        let prefix = text.to_lowercase();
        let found = self.query(move |tx| query::messages_by_prefix(tx, &prefix)).await?;
        match found.as_slice() {
            [one] => Ok(*one),
            [] => Err(Failure::new(
                "no_such_message",
                format!("No message's id starts with {shown}; `chancery messages` shows the ids."),
            )),
            several => {
                let ids: Vec<_> = several.iter().map(|id| format!("  {}", &id.to_string()[..16])).collect();
                Err(Failure::new(
                    "ambiguous",
                    format!("Several messages' ids start with {shown}; give more digits:\n{}", ids.join("\n")),
                ))
            }
        }
    }

    /// The message, with its conversation.
    pub async fn message_in(&self, text: &str) -> Outcome<(GroupId, MessageId)> {
        let id = self.message(text).await?;
        let found = self.query(move |tx| query::message(tx, &id)).await?;
        let found = found.map(|(group, message)| (group, message.id));
        found.ok_or_else(|| Failure::new("no_such_message", "That message is gone."))
    }

    /// A message as it is shown, if it is one of its own.
    pub async fn message_view(&self, id: MessageId) -> Outcome<Option<MessageView>> {
        Ok(self.query(move |tx| query::message(tx, &id)).await?.map(|(_, view)| view))
    }

    /// The user that a text names.
    pub fn user(&self, text: &str) -> Outcome<UserId> {
        resolve::user(text, &self.account().user.domain())
    }

    /// The users that texts name.
    pub fn users(&self, texts: &[String]) -> Outcome<Vec<UserId>> {
        texts.iter().map(|text| self.user(text)).collect()
    }
}

/// A reason without the sentence that goes before it here.
fn plain_reason(reason: &str) -> String {
    plain(reason.strip_prefix("the relay can't be reached: ").unwrap_or(reason))
}

/// A profile that can't be opened, with its exit code.
pub fn open_failure(error: OpenError) -> Failure {
    let code = match &error {
        OpenError::Locked { .. } => "profile_in_use",
        OpenError::PassphraseNeeded => "locked",
        OpenError::WrongPassphrase => "wrong_passphrase",
        OpenError::NotAStore(_) | OpenError::Damaged(_) | OpenError::Newer { .. } => "profile_unreadable",
        OpenError::DiskFull => return Failure::new("disk_full", format!("{error}.")),
        OpenError::Io { .. } | OpenError::Sqlite(_) => return Failure::fault("opening the profile", error),
    };
    let text = error.to_string();
    let mut letters = text.chars();
    let sentence =
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default();
    Failure::locked(code, format!("{sentence}."))
}
