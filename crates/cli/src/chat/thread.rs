//! Messages as rows.

use super::rows::{Row, Tone, fit, wrap};
use crate::output::{clock, day, day_of, plain, readable, size};
use chancery_core::api::{BodyView, MessageState, MessageView, PendingKind, PendingView};
use chancery_wire::{MessageId, UserId};
use jiff::{civil::Date, tz::TimeZone};
use std::collections::HashMap;

/// Messages of one sender within this time stand under one heading, in milliseconds.
const HEADING_MS: u64 = 5 * 60 * 1000;
/// Columns by which text is set in from its heading.
const INDENT: &str = "  ";
/// Colours for senders.
pub const SENDER_COLOURS: u8 = 6;
/// Rows of a quoted message.
const QUOTE_ROWS: usize = 1;

/// What the rows depend on besides the messages.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// Oneself.
    pub me: &'a UserId,
    /// The reader's time zone.
    pub zone: &'a TimeZone,
    /// The reader's day.
    pub today: Date,
    /// Show the unread marker before this message.
    pub unread_from: Option<MessageId>,
}

/// The number of a sender's colour: the same for a user everywhere, on every device.
pub fn sender_colour(user: &UserId) -> u8 {
    let sum = user.as_str().bytes().fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    (sum % u32::from(SENDER_COLOURS)) as u8
}

/// One line of what a message says.
pub fn summary(body: &BodyView) -> String {
    match body {
        BodyView::Text { text } => plain(&readable(text)),
        BodyView::File { name, caption, .. } if caption.is_empty() => format!("[file] {}", plain(name)),
        BodyView::File { name, caption, .. } => format!("[file] {}: {}", plain(name), plain(caption)),
        BodyView::Location { name, .. } => format!("[location] {}", plain(name)),
        BodyView::Contact { name, .. } => format!("[contact] {}", plain(name)),
        BodyView::Deleted => "deleted".to_owned(),
        BodyView::Note { text, .. } => plain(text),
        BodyView::Unknown { content_type } => format!("[needs a newer version: {}]", plain(content_type)),
    }
}

/// The first digits of a message's id, as shown and typed.
pub fn short_id(id: &MessageId) -> String {
    id.to_string()[..8].to_owned()
}

/// All rows of these messages, oldest first.
pub fn rows(messages: &[MessageView], width: usize, context: &Context<'_>) -> Vec<Row> {
    let by_id: HashMap<_, _> = messages.iter().map(|message| (message.id, message)).collect();
    let mut rows = Vec::new();
    let mut last: Option<&MessageView> = None;
    for message in messages {
        let date = day_of(message.at_ms, context.zone);
        let new_day = last.is_none_or(|last| day_of(last.at_ms, context.zone) != date);
        if new_day {
            rows.push(separator(&day(date, context.today), width, Tone::Dim));
        }
        let first_unread = context.unread_from == Some(message.id);
        if first_unread {
            rows.push(separator("new messages", width, Tone::Marker));
        }
        let heading = new_day
            || first_unread
            || last.is_none_or(|last| {
                last.sender != message.sender
                    || message.at_ms.saturating_sub(last.at_ms) > HEADING_MS
                    || message.forwarded
            });
        let from = rows.len();
        match (&message.sender, &message.body) {
            (None, body) => rows.extend(note(body, message.at_ms, width, context)),
            (Some(sender), _) => {
                if heading {
                    rows.push(self::heading(sender, message, width, context));
                }
                rows.extend(body(message, &by_id, width, context));
            }
        }
        rows[from..].iter_mut().for_each(|row| row.message = Some(message.id));
        last = Some(message);
    }
    rows
}

fn separator(label: &str, width: usize, tone: Tone) -> Row {
    let label = fit(label, width.saturating_sub(4));
    let dashes = width.saturating_sub(super::rows::columns(&label) + 2);
    let left = dashes / 2;
    Row::of(format!("{} {label} {}", "─".repeat(left), "─".repeat(dashes - left)), tone)
}

fn note(body: &BodyView, at_ms: u64, width: usize, context: &Context<'_>) -> Vec<Row> {
    let tone = match body {
        BodyView::Note { code, .. } if is_warning(code) => Tone::Bad,
        _ => Tone::Dim,
    };
    let sign = if tone == Tone::Bad { "! " } else { "· " };
    let text = format!("{} {}", clock(at_ms, context.zone), summary(body));
    wrap(&text, width.saturating_sub(2)).into_iter().map(|line| Row::of(sign, tone).with(line, tone)).collect()
}

/// Notes that only tell what members did; every other code is a warning's.
fn is_warning(code: &str) -> bool {
    !matches!(
        code,
        "created"
            | "added"
            | "removed"
            | "left"
            | "role"
            | "renamed"
            | "picture"
            | "disappearing"
            | "group_link"
            | "join_asked"
            | "join_let_in"
            | "join_refused"
            | "rejoined"
    )
}

fn heading(sender: &UserId, message: &MessageView, width: usize, context: &Context<'_>) -> Row {
    let time = clock(message.at_ms, context.zone);
    let room = width.saturating_sub(time.len() + 1);
    let (name, tone) = if sender == context.me {
        ("You".to_owned(), Tone::Own)
    } else {
        (fit(&message.sender_name, room), Tone::Sender(sender_colour(sender)))
    };
    Row::of(name, tone).with(format!(" {time}"), Tone::Dim)
}

fn body(
    message: &MessageView,
    by_id: &HashMap<MessageId, &MessageView>,
    width: usize,
    context: &Context<'_>,
) -> Vec<Row> {
    let room = width.saturating_sub(INDENT.len()).max(2);
    let mut rows = Vec::new();
    if message.forwarded {
        rows.push(Row::of(INDENT, Tone::Dim).with("forwarded", Tone::Dim));
    }
    if let Some(id) = &message.reply_to {
        let quote = match by_id.get(id) {
            Some(quoted) => format!("{}: {}", plain(&quoted.sender_name), summary(&quoted.body)),
            None => "an earlier message".to_owned(),
        };
        let lines = wrap(&quote, room.saturating_sub(2));
        let cut = lines.len() > QUOTE_ROWS;
        for (n, line) in lines.into_iter().take(QUOTE_ROWS).enumerate() {
            let line =
                if cut && n + 1 == QUOTE_ROWS { fit(&format!("{line} …"), room.saturating_sub(2)) } else { line };
            rows.push(Row::of(INDENT, Tone::Quote).with("┃ ", Tone::Quote).with(line, Tone::Quote));
        }
    }
    let tone = if message.mentions.contains(context.me) { Tone::Mention } else { Tone::Normal };
    let (text, tone) = match &message.body {
        BodyView::Text { text } => (readable(text), tone),
        BodyView::File { name, size: bytes, caption, .. } => {
            let file = format!("[file] {} · {} · {}", plain(name), size(*bytes), short_id(&message.id));
            (if caption.is_empty() { file } else { format!("{file}\n{}", readable(caption)) }, tone)
        }
        other => (summary(other), Tone::Dim),
    };
    rows.extend(wrap(&text, room).into_iter().map(|line| Row::of(INDENT, tone).with(line, tone)));
    append(&mut rows, marks(message), width);
    if !message.reactions.is_empty() {
        let shown: Vec<String> =
            message.reactions.iter().map(|(emoji, users)| reaction(emoji, users, context.me)).collect();
        let lines = wrap(&shown.join("  "), room);
        rows.extend(lines.into_iter().map(|line| Row::of(INDENT, Tone::Dim).with(line, Tone::Dim)));
    }
    rows
}

fn reaction(emoji: &str, users: &[UserId], me: &UserId) -> String {
    let own = if users.contains(me) { "*" } else { "" };
    format!("{} {}{own}", fit(emoji, 16), users.len())
}

/// What stands behind a message: edited, and how far it got.
fn marks(message: &MessageView) -> Vec<(&'static str, Tone)> {
    let waits = pending_marks(message);
    if message.body == BodyView::Deleted {
        return waits;
    }
    let edited = message.edited.then_some(("(edited)", Tone::Dim));
    let state = match message.state {
        MessageState::Waiting => Some(("◷", Tone::Dim)),
        MessageState::Sent => Some(("✓", Tone::Dim)),
        MessageState::Delivered => Some(("✓✓", Tone::Dim)),
        MessageState::Read => Some(("✓✓", Tone::Seen)),
        MessageState::Failed => Some(("✗ not sent: /resend or /delete", Tone::Bad)),
        MessageState::Held => Some(("✋ held, somebody came since: /resend or /delete", Tone::Bad)),
        MessageState::Received => None,
    };
    edited.into_iter().chain(state).chain(waits).collect()
}

/// Changes that aren't sent yet, or were refused.
fn pending_marks(message: &MessageView) -> Vec<(&'static str, Tone)> {
    let mark = |change: &PendingView| match (change.kind, &change.failed) {
        (_, None) => ("◷", Tone::Dim),
        (PendingKind::Edit, Some(_)) => ("✗ edit not sent: /retry or /giveup", Tone::Bad),
        (PendingKind::Delete, Some(_)) => ("✗ not deleted: /retry or /giveup", Tone::Bad),
        (PendingKind::Reaction, Some(_)) => ("✗ reaction not sent", Tone::Bad),
    };
    let mut marks: Vec<_> = message.pending.iter().map(mark).collect();
    marks.dedup();
    // A message that waits itself is marked already.
    marks.retain(|(sign, _)| !(message.state == MessageState::Waiting && *sign == "◷"));
    marks
}

/// Puts marks behind the last row, or below it where there is no room.
fn append(rows: &mut Vec<Row>, marks: Vec<(&'static str, Tone)>, width: usize) {
    for (mark, tone) in marks {
        let last = rows.last_mut().expect("a body has at least one row");
        if last.width() + 1 + super::rows::columns(mark) <= width {
            last.spans.push(super::rows::Span { text: format!(" {mark}"), tone });
        } else {
            rows.push(Row::of(INDENT, tone).with(fit(mark, width.saturating_sub(INDENT.len())), tone));
        }
    }
}
