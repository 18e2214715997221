//! The list of conversations as rows: two for each, title with its counts and the last message.

use super::rows::{Row, Tone, columns, fit};
use crate::output::readable;
use chancery_core::api::{ConversationState, ConversationView};

/// Rows of one conversation.
pub const ROWS_EACH: usize = 2;

/// What a conversation's state adds to its title.
pub fn state_word(state: ConversationState) -> Option<&'static str> {
    match state {
        ConversationState::Active => None,
        ConversationState::Creating => Some("being made"),
        ConversationState::Left => Some("left"),
        ConversationState::Removed => Some("removed"),
        ConversationState::Damaged => Some("needs repair"),
        ConversationState::Rejoining => Some("rejoining"),
    }
}

/// The rows of the list.
pub fn rows(conversations: &[ConversationView], width: usize) -> Vec<Row> {
    conversations.iter().flat_map(|conversation| entry(conversation, width)).collect()
}

fn entry(conversation: &ConversationView, width: usize) -> [Row; ROWS_EACH] {
    let mut badge = String::new();
    if conversation.unread_mentions > 0 {
        badge.push('@');
    }
    if conversation.unread > 0 {
        badge.push_str(&if conversation.unread > 999 { "999+".to_owned() } else { conversation.unread.to_string() });
    }
    let gone = !matches!(conversation.state, ConversationState::Active | ConversationState::Creating);
    let tone = match (conversation.unread, gone) {
        (_, true) => Tone::Dim,
        (0, _) => Tone::Normal,
        _ => Tone::Strong,
    };
    let title = fit(&conversation.title, width.saturating_sub(columns(&badge) + 1));
    let gap = width.saturating_sub(columns(&title) + columns(&badge));
    let heading = Row::of(title, tone).with(" ".repeat(gap), tone).with(badge, Tone::Mention);
    let (preview, tone) = match (conversation.state, conversation.waiting) {
        _ if conversation.needs_repair => ("needs repair: /repair".to_owned(), Tone::Bad),
        (state, _) if gone => (state_word(state).unwrap_or_default().to_owned(), Tone::Dim),
        (_, 0) => (readable(&conversation.preview), Tone::Dim),
        (_, waiting) => (format!("◷ {waiting} waiting · {}", readable(&conversation.preview)), Tone::Dim),
    };
    [heading, Row::of(fit(&preview, width), tone)]
}
