//! Keys and what they mean.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// What a key asks for, before the focus decides what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Key {
    Character(char),
    Enter,
    NewLine,
    Backspace,
    Delete,
    Left,
    Right,
    Up,
    Down,
    WordLeft,
    WordRight,
    Home,
    End,
    KillWord,
    KillToStart,
    KillToEnd,
    PageUp,
    PageDown,
    NextFocus,
    PreviousFocus,
    NextConversation,
    PreviousConversation,
    Escape,
    Help,
    Interrupt,
    Quit,
}

/// The keys as the help overlay shows them.
pub const HELP: &[(&str, &str)] = &[
    ("Enter", "send, open, confirm"),
    ("Alt-Enter, Ctrl-J", "new line"),
    ("Tab, Shift-Tab", "conversations, messages, input"),
    ("Ctrl-N, Ctrl-P", "next, previous conversation"),
    ("PageUp, PageDown", "scroll"),
    ("Up, Down", "in the input: lines, then what you sent before"),
    ("Esc", "back; cancel a reply"),
    ("r e d + f", "on a chosen message: reply, edit, delete, react, fetch"),
    ("Ctrl-W, Ctrl-U, Ctrl-K", "delete word, to the start, to the end"),
    ("F1", "this help"),
    ("Ctrl-C, Ctrl-Q", "clear the input, leave the chat"),
];

/// The meaning of a key event; `None` for releases and keys without one.
pub fn meaning(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    let shift = event.modifiers.contains(KeyModifiers::SHIFT);
    Some(match event.code {
        // AltGr arrives as Ctrl-Alt on some systems and types characters.
        KeyCode::Char(c) if control && !alt => match c.to_ascii_lowercase() {
            'a' => Key::Home,
            'c' => Key::Interrupt,
            'd' => Key::Delete,
            'e' => Key::End,
            'h' => Key::Backspace,
            'j' => Key::NewLine,
            'k' => Key::KillToEnd,
            'n' => Key::NextConversation,
            'p' => Key::PreviousConversation,
            'q' => Key::Quit,
            'u' => Key::KillToStart,
            'w' => Key::KillWord,
            _ => return None,
        },
        KeyCode::Char('b') if alt && !control => Key::WordLeft,
        KeyCode::Char('f') if alt && !control => Key::WordRight,
        KeyCode::Char(c) => Key::Character(c),
        KeyCode::Enter if alt || shift => Key::NewLine,
        KeyCode::Enter => Key::Enter,
        KeyCode::Backspace if alt || control => Key::KillWord,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Left if alt || control => Key::WordLeft,
        KeyCode::Right if alt || control => Key::WordRight,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Tab => Key::NextFocus,
        KeyCode::BackTab => Key::PreviousFocus,
        KeyCode::Esc => Key::Escape,
        KeyCode::F(1) => Key::Help,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_typed_also_with_alt_gr() {
        let typed = |modifiers| meaning(KeyEvent::new(KeyCode::Char('@'), modifiers));
        assert_eq!(typed(KeyModifiers::NONE), Some(Key::Character('@')));
        assert_eq!(typed(KeyModifiers::CONTROL | KeyModifiers::ALT), Some(Key::Character('@')));
        assert_eq!(typed(KeyModifiers::CONTROL), None);
    }

    #[test]
    fn a_key_counts_once() {
        let mut event = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
        assert_eq!(meaning(event), Some(Key::Enter));
        event.kind = KeyEventKind::Release;
        assert_eq!(meaning(event), None);
    }
}
