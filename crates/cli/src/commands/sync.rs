//! `chancery sync`

use super::message_text::{MessageLine, message_text};
use crate::{
    output::{Failure, Outcome, plain},
    session::{Context, Network, Session},
};
use chancery_core::{Event, query};
use jiff::tz::TimeZone;
use serde_json::json;
use std::collections::HashMap;
use tokio::sync::broadcast::{
    Receiver,
    error::{RecvError, TryRecvError},
};

/// Connect, send what waits, and show what is new
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Stay connected and go on showing what comes, until interrupted
    #[arg(long, short)]
    follow: bool,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    let mut events = session.client().events();
    let mut printer =
        Printer { context, session: &session, zone: TimeZone::system(), titles: HashMap::new(), shown: 0 };
    session.connect(Network::Required).await?;
    session.finish().await?;
    loop {
        match events.try_recv() {
            Ok(event) => printer.print(event).await?,
            Err(TryRecvError::Lagged(_)) => {
                context.out.aside("Much has come; `chancery conversations` shows what is unread.")
            }
            Err(TryRecvError::Empty | TryRecvError::Closed) => break,
        }
    }
    let shown = printer.shown;
    let waiting = session.query(|tx| query::waiting(tx)).await?;
    context.out.record(&json!({ "synced": true, "new": shown, "waiting": waiting }), || match shown {
        0 => "Nothing new.".to_owned(),
        1 => "1 new message.".to_owned(),
        n => format!("{n} new messages."),
    })?;
    if args.follow { follow(&mut printer, events).await } else { Ok(()) }
}

async fn follow(printer: &mut Printer<'_>, mut events: Receiver<Event>) -> Outcome {
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok(Event::DeviceRevoked) => {
                    return Err(Failure::locked("device_revoked", "This device was removed from your devices. Link it again."));
                }
                Ok(event) => printer.print(event).await?,
                Err(RecvError::Lagged(_)) => printer.context.out.aside("Some events were missed; `chancery conversations` shows what is unread."),
                Err(RecvError::Closed) => return Ok(()),
            },
            interrupted = tokio::signal::ctrl_c() => {
                return interrupted.map_err(|error| Failure::fault("waiting for Ctrl-C", error));
            }
        }
    }
}

struct Printer<'a> {
    context: Context<'a>,
    session: &'a Session,
    zone: TimeZone,
    titles: HashMap<chancery_wire::GroupId, String>,
    shown: u64,
}

impl Printer<'_> {
    async fn print(&mut self, event: Event) -> Outcome {
        match &event {
            Event::Message { group, message, new } => {
                let own = message.sender.as_ref() == Some(&self.session.account().user);
                if *new && !own {
                    // Notes of this device are shown, and are no messages.
                    self.shown += u64::from(message.sender.is_some());
                    self.print_message(group, message).await
                } else {
                    self.print_for_programs(&event)
                }
            }
            Event::Warning(warning) => self.record(&event, || format!("warning: {}", plain(&warning.message))),
            Event::OperationFailed { error, .. } => {
                self.record(&event, || format!("failed: {}", plain(&error.message)))
            }
            Event::DeviceRevoked => {
                Err(Failure::locked("device_revoked", "This device was removed from your devices. Link it again."))
            }
            _ => self.print_for_programs(&event),
        }
    }

    /// Changes of known messages and the like: nothing that a person reads here.
    fn print_for_programs(&self, event: &Event) -> Outcome {
        if self.context.out.is_json() { self.record(event, String::new) } else { Ok(()) }
    }

    /// An event as a record, its kind under `event`.
    fn record(&self, event: &Event, text: impl FnOnce() -> String) -> Outcome {
        let mut value = serde_json::to_value(event).map_err(|error| Failure::fault("printing an event", error))?;
        if let Some(kind) = value.as_object_mut().and_then(|fields| fields.remove("type")) {
            value["event"] = kind;
        }
        self.context.out.record(&value, text)
    }

    async fn print_message(
        &mut self,
        group: &chancery_wire::GroupId,
        message: &chancery_core::api::MessageView,
    ) -> Outcome {
        if self.context.out.is_json() {
            let line = MessageLine { group, message };
            let mut value = serde_json::to_value(&line).map_err(|error| Failure::fault("printing a message", error))?;
            value["event"] = json!("message");
            value["new"] = json!(true);
            return self.context.out.record(&value, String::new);
        }
        if !self.titles.contains_key(group) {
            let wanted = group.clone();
            let view = self.session.query(move |tx| query::conversation(tx, &wanted)).await?;
            self.titles.insert(group.clone(), view.map(|view| plain(&view.title)).unwrap_or_default());
        }
        let text = message_text(message, self.session.account(), &self.zone);
        self.context.out.say(format!("[{}] {text}", self.titles[group]))
    }
}
