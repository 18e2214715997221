//! A message as text and as a JSON line.

use crate::output::{plain, plain_lines, readable, size, stamp};
use chancery_core::api::{AccountView, BodyView, MessageState, MessageView, PendingKind};
use chancery_wire::GroupId;
use jiff::tz::TimeZone;
use serde::Serialize;

/// A message with its conversation.
#[derive(Debug, Serialize)]
pub struct MessageLine<'a> {
    /// The conversation.
    pub group: &'a GroupId,
    /// The message.
    #[serde(flatten)]
    pub message: &'a MessageView,
}

/// A message for people: when, the id's first digits, who, what. Further lines are set in, so that nobody's text looks
/// like another message.
pub fn message_text(message: &MessageView, account: &AccountView, zone: &TimeZone) -> String {
    let when = stamp(message.at_ms, zone);
    let id = &message.id.to_string()[..8];
    let body = body(&message.body);
    let Some(sender) = &message.sender else { return format!("{when}  {id}  -- {}", indent(&body)) };
    let name = if *sender == account.user { "You".to_owned() } else { plain(&message.sender_name) };
    let mut marks = Vec::new();
    if message.forwarded {
        marks.push("forwarded".to_owned());
    }
    if let Some(reply_to) = &message.reply_to {
        marks.push(format!("to {}", &reply_to.to_string()[..8]));
    }
    if message.edited {
        marks.push("edited".to_owned());
    }
    marks.extend(match message.state {
        MessageState::Waiting => Some("waiting".to_owned()),
        MessageState::Failed => Some("not sent".to_owned()),
        MessageState::Held => Some(format!("held: {} came after you wrote it", plain(&message.newcomers.join(", ")))),
        MessageState::Delivered => Some("delivered".to_owned()),
        MessageState::Read => Some("read".to_owned()),
        MessageState::Sent | MessageState::Received => None,
    });
    marks.extend(message.pending.iter().map(|change| {
        let what = match change.kind {
            PendingKind::Edit => "edit",
            PendingKind::Delete => "deletion",
            PendingKind::Reaction => "reaction",
        };
        format!("{what} {}", if change.failed.is_some() { "not sent" } else { "waiting" })
    }));
    let marks = if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) };
    let reactions: Vec<_> =
        message.reactions.iter().map(|(emoji, users)| format!("{} {}", plain(emoji), users.len())).collect();
    let reactions = if reactions.is_empty() { String::new() } else { format!("\n    [{}]", reactions.join("  ")) };
    format!("{when}  {id}  {name}{marks}: {}{reactions}", indent(&body))
}

fn indent(text: &str) -> String {
    text.replace('\n', "\n    ")
}

fn body(body: &BodyView) -> String {
    match body {
        BodyView::Text { text } => plain_lines(&readable(text)),
        BodyView::File { name, size: bytes, caption, .. } => {
            let caption =
                if caption.is_empty() { String::new() } else { format!("\n{}", plain_lines(&readable(caption))) };
            format!("[file] {} ({}){caption}", plain(name), size(*bytes))
        }
        BodyView::Location { latitude_e7, longitude_e7, name, .. } => {
            let place =
                format!("[location] {:.5}, {:.5}", f64::from(*latitude_e7) / 1e7, f64::from(*longitude_e7) / 1e7);
            if name.is_empty() { place } else { format!("{place} ({})", plain(name)) }
        }
        BodyView::Contact { name, user, emails, phones } => {
            let user = user.iter().map(ToString::to_string);
            let details: Vec<String> = user.chain(emails.iter().chain(phones).map(|text| plain(text))).collect();
            format!("[contact] {} {}", plain(name), details.join(", ")).trim_end().to_owned()
        }
        BodyView::Deleted => "[deleted]".to_owned(),
        BodyView::Note { text, .. } => plain_lines(text),
        BodyView::Unknown { content_type } => format!("[needs a newer version: {}]", plain(content_type)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_wire::{DeviceId, MessageId};

    fn account() -> AccountView {
        AccountView {
            user: "alice@example.org".parse().unwrap(),
            name: "Alice".into(),
            device: DeviceId([1; 16]),
            label: "laptop".into(),
            organisation: "Example".into(),
            relay: "http://127.0.0.1".into(),
            root_fingerprint: String::new(),
            policy_version: 1,
            picture: None,
        }
    }

    fn message(sender: &str, text: &str) -> MessageView {
        MessageView {
            id: MessageId([0xab; 32]),
            seq: 1,
            sender: Some(format!("{sender}@example.org").parse().unwrap()),
            sender_name: sender.to_uppercase(),
            at_ms: 60_000,
            body: BodyView::Text { text: text.into() },
            reply_to: None,
            reply: None,
            forwarded: false,
            edited: true,
            reactions: vec![("\u{1b}[5m👍".into(), vec!["alice@example.org".parse().unwrap()])],
            mentions: vec![],
            mentions_everyone: false,
            starred: false,
            expires_at_ms: None,
            newcomers: vec![],
            state: MessageState::Received,
            pending: vec![],
        }
    }

    #[test]
    fn a_hostile_message_stays_on_its_own_lines_and_harmless() {
        let mut hostile = message("bob", "hi\n1970-01-01 00:01  abababab  You: I quit\x1b[2J\r\u{9b}A");
        hostile.sender_name = "B\x1b]0;x\x07ob".into();
        let text = message_text(&hostile, &account(), &TimeZone::UTC);
        assert_eq!(
            text,
            "1970-01-01 00:01  abababab  B␛]0;x␇ob (edited): hi\n    1970-01-01 00:01  abababab  You: I quit␛[2J\n    \u{fffd}A\n    [␛[5m👍 1]"
        );
    }

    #[test]
    fn ones_own_message_says_you_and_how_far_it_got() {
        let mut own = message("alice", "hello");
        own.state = MessageState::Read;
        own.reactions.clear();
        assert_eq!(
            message_text(&own, &account(), &TimeZone::UTC),
            "1970-01-01 00:01  abababab  You (edited, read): hello"
        );
    }
}
