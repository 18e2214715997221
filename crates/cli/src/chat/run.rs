//! The IO around the view model: the terminal, the client, and what effects ask for.

use super::{
    draw::draw,
    effects::{Effects, Update},
    keys,
    model::{Chat, Effect},
};
use crate::{
    output::{Failure, Outcome, now_ms},
    session::Session,
};
use chancery_client::Status;
use chancery_core::{Command, Event};
use chancery_wire::GroupId;
use crossterm::{
    event::{DisableBracketedPaste, EnableBracketedPaste, Event as TerminalEvent, read},
    execute,
};
use jiff::tz::TimeZone;
use ratatui::DefaultTerminal;
use std::{sync::Arc, time::Duration};
use tokio::sync::{
    broadcast::{self, error::RecvError},
    mpsc, watch,
};

/// Terminal events that wait; a person doesn't type faster.
const QUEUED_KEYS: usize = 256;
/// Results of effects that wait.
const QUEUED_UPDATES: usize = 256;
/// News taken in before the screen is drawn again.
const NEWS_PER_DRAWING: usize = 500;
/// Without news the screen is drawn again this often: days pass.
const IDLE: Duration = Duration::from_secs(20);

/// One thing that happened.
enum News {
    Terminal(std::io::Result<TerminalEvent>),
    Client(Event),
    /// Events were missed: what is shown may be stale.
    Missed,
    Status(Status),
    Update(Update),
    End,
    Idle,
}

/// Runs the chat until the person leaves it.
pub async fn run(session: Session, first: Option<GroupId>) -> Outcome {
    let session = Arc::new(session);
    let fault = |error| Failure::fault("preparing the terminal", error);
    // `try_init` adds a panic hook that gives the terminal back; the mode of pasting is ours to take back.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let _ = execute!(std::io::stdout(), DisableBracketedPaste);
        hook(panic);
    }));
    let mut terminal = ratatui::try_init().map_err(fault)?;
    let prepared = execute!(std::io::stdout(), EnableBracketedPaste).map_err(fault);
    let outcome = match prepared {
        Ok(()) => Loop::new(session, first).run(&mut terminal).await,
        Err(failure) => Err(failure),
    };
    // The terminal is given back whatever happened; a failure here has nobody to tell.
    let _ = execute!(std::io::stdout(), DisableBracketedPaste);
    ratatui::restore();
    outcome
}

struct Loop {
    chat: Chat,
    effects: Effects,
    pending: Vec<Effect>,
    events: broadcast::Receiver<Event>,
    status: watch::Receiver<Status>,
    updates: mpsc::Receiver<Update>,
    terminal: mpsc::Receiver<std::io::Result<TerminalEvent>>,
    end: mpsc::Receiver<()>,
}

impl Loop {
    fn new(session: Arc<Session>, first: Option<GroupId>) -> Self {
        let mut chat = Chat::new(session.account().clone(), TimeZone::system());
        let events = session.client().events();
        let mut status = session.client().status();
        // What it is now is news, too.
        status.mark_changed();
        let (sender, updates) = mpsc::channel(QUEUED_UPDATES);
        let pending = first.map(|group| chat.open(&group)).unwrap_or_default();
        Self {
            chat,
            effects: Effects::new(session, sender),
            pending,
            events,
            status,
            updates,
            terminal: terminal_events(),
            end: termination(),
        }
    }

    async fn run(mut self, terminal: &mut DefaultTerminal) -> Outcome {
        self.effects.refresh();
        loop {
            if self.carry_out() {
                return Ok(());
            }
            let mut wishes = Vec::new();
            terminal
                .draw(|frame| wishes = draw(frame, &mut self.chat, now_ms()))
                .map_err(|error| Failure::fault("drawing", error))?;
            self.pending.append(&mut wishes);
            if self.carry_out() {
                return Ok(());
            }
            let mut news = self.next().await;
            for _ in 0..NEWS_PER_DRAWING {
                if self.take(news)? {
                    return Ok(());
                }
                match self.ready() {
                    Some(more) => news = more,
                    None => break,
                }
            }
        }
    }

    async fn next(&mut self) -> News {
        tokio::select! {
            event = self.terminal.recv() => event.map_or(News::End, News::Terminal),
            event = self.events.recv() => match event {
                Ok(event) => News::Client(event),
                Err(RecvError::Lagged(_)) => News::Missed,
                Err(RecvError::Closed) => News::End,
            },
            Ok(()) = self.status.changed() => News::Status(self.status.borrow_and_update().clone()),
            Some(update) = self.updates.recv() => News::Update(update),
            Some(()) = self.end.recv() => News::End,
            () = tokio::time::sleep(IDLE) => News::Idle,
        }
    }

    /// What is there already, without waiting.
    fn ready(&mut self) -> Option<News> {
        if let Ok(event) = self.terminal.try_recv() {
            return Some(News::Terminal(event));
        }
        if let Ok(update) = self.updates.try_recv() {
            return Some(News::Update(update));
        }
        self.events.try_recv().ok().map(News::Client)
    }

    /// Takes news in; true means the end.
    fn take(&mut self, news: News) -> Outcome<bool> {
        let effects = match news {
            News::Terminal(Ok(TerminalEvent::Key(event))) => {
                keys::meaning(event).map(|key| self.chat.key(key)).unwrap_or_default()
            }
            News::Terminal(Ok(TerminalEvent::Paste(text))) => {
                self.chat.paste(&text);
                Vec::new()
            }
            News::Terminal(Ok(_)) | News::Idle => Vec::new(),
            News::Terminal(Err(error)) => return Err(Failure::fault("reading the keyboard", error)),
            News::Client(event) => {
                self.effects.refresh();
                self.chat.on_event(&event)
            }
            News::Missed => {
                self.effects.refresh();
                let open = self.chat.thread.as_ref().map(|thread| thread.group.clone());
                open.map(|group| Effect::Load { group, before: None }).into_iter().collect()
            }
            News::Status(status) => {
                self.take_status(&status);
                Vec::new()
            }
            News::Update(update) => self.effects.take(update, &mut self.chat),
            News::End => return Ok(true),
        };
        self.pending.extend(effects);
        Ok(false)
    }

    fn take_status(&mut self, status: &Status) {
        self.chat.connected = matches!(status, Status::Connected | Status::CaughtUp);
        match status {
            Status::Stopped(error) => self.chat.tell_bad(&error.message),
            Status::Waiting { reason } => self.chat.tell(&format!("not connected: {reason}")),
            Status::CaughtUp => {
                if self.chat.notice.as_ref().is_some_and(|(text, _)| text.starts_with("not connected: ")) {
                    self.chat.notice = None;
                }
                self.effects.refresh();
            }
            _ => {}
        }
    }

    /// Starts what the model wants; true means the end.
    fn carry_out(&mut self) -> bool {
        let pending = std::mem::take(&mut self.pending);
        let is_mark = |effect: &Effect| matches!(effect, Effect::Command(Command::MarkRead { .. }));
        // Of many marks only the last one counts.
        let last_mark = pending.iter().rposition(is_mark);
        for (n, effect) in pending.into_iter().enumerate() {
            match effect {
                Effect::Quit => return true,
                effect if is_mark(&effect) && Some(n) != last_mark => {}
                effect => self.effects.start(effect),
            }
        }
        false
    }
}

/// Reads the terminal on a thread of its own: reading blocks.
fn terminal_events() -> mpsc::Receiver<std::io::Result<TerminalEvent>> {
    let (sender, receiver) = mpsc::channel(QUEUED_KEYS);
    std::thread::spawn(move || {
        loop {
            let event = read();
            let failed = event.is_err();
            if sender.blocking_send(event).is_err() || failed {
                return;
            }
        }
    });
    receiver
}

/// Tells of SIGTERM and SIGHUP, so that the terminal is given back.
fn termination() -> mpsc::Receiver<()> {
    let (sender, receiver) = mpsc::channel(1);
    #[cfg(unix)]
    tokio::spawn(async move {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut terminate), Ok(mut hangup)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
        else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
        // The chat may have ended meanwhile.
        let _ = sender.send(()).await;
    });
    #[cfg(not(unix))]
    tokio::spawn(async move {
        let _open = sender;
        std::future::pending::<()>().await;
    });
    receiver
}
