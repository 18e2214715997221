//! The input: several lines, edited by graphemes, with a history.

use super::rows::columns;
use crate::output::plain_lines;
use chancery_wire::limits::MAX_TEXT_CHARS;
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

/// Longest text that the input takes, in bytes: twice the longest message. What would make it longer stays outside, whole.
const MAX_INPUT_BYTES: usize = 2 * 4 * MAX_TEXT_CHARS;
/// What is left of a message's length is shown from here on, in characters.
const COUNTED_FROM_CHARS: usize = MAX_TEXT_CHARS / 10 * 9;
/// Sent texts that the history keeps.
const MAX_HISTORY_ENTRIES: usize = 100;

/// A text being written.
#[derive(Debug, Clone, Default)]
pub struct Editor {
    text: String,
    /// Byte offset on a grapheme boundary.
    cursor: usize,
    history: Vec<String>,
    /// Position in the history, and what was being written before going there.
    recalled: Option<(usize, String)>,
}

impl Editor {
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Replaces the text; the cursor goes to its end.
    pub fn set(&mut self, text: &str) {
        self.clear();
        // A message is shorter than what the input takes.
        let _ = self.insert(text);
    }

    /// Takes the text out and remembers it.
    pub fn take(&mut self) -> String {
        let text = std::mem::take(&mut self.text);
        self.clear();
        if !text.trim().is_empty() && self.history.last() != Some(&text) {
            self.history.push(text.clone());
            let surplus = self.history.len().saturating_sub(MAX_HISTORY_ENTRIES);
            self.history.drain(..surplus);
        }
        text
    }

    /// Forgets the text.
    pub fn clear(&mut self) {
        self.text.clear();
        self.cursor = 0;
        self.recalled = None;
    }

    /// Typed or pasted text at the cursor, without control characters: all of it, or nothing when it is too much. Says which.
    pub fn insert(&mut self, text: &str) -> bool {
        let room = MAX_INPUT_BYTES.saturating_sub(self.text.len());
        // What it is made harmless with never makes it shorter by more than line breaks.
        if text.len() > 2 * room {
            return false;
        }
        let text = plain_lines(text);
        if text.len() > room {
            return false;
        }
        self.text.insert_str(self.cursor, &text);
        self.cursor += text.len();
        // A combining character may have merged with its neighbour.
        if self.cursor < self.text.len() && !self.is_boundary(self.cursor) {
            self.cursor = self.next(self.cursor);
        }
        true
    }

    /// Characters that a message could still take, when they get few; below zero it is too long.
    pub fn left(&self) -> Option<i64> {
        if self.text.len() < COUNTED_FROM_CHARS {
            return None;
        }
        let chars = self.text.trim().chars().count();
        (chars >= COUNTED_FROM_CHARS).then(|| {
            let signed = |chars: usize| i64::try_from(chars).unwrap_or(i64::MAX);
            signed(MAX_TEXT_CHARS) - signed(chars)
        })
    }

    fn is_boundary(&self, at: usize) -> bool {
        GraphemeCursor::new(at, self.text.len(), true).is_boundary(&self.text, 0).unwrap_or(true)
    }

    fn next(&self, at: usize) -> usize {
        GraphemeCursor::new(at, self.text.len(), true)
            .next_boundary(&self.text, 0)
            .ok()
            .flatten()
            .unwrap_or(self.text.len())
    }

    fn previous(&self, at: usize) -> usize {
        GraphemeCursor::new(at, self.text.len(), true).prev_boundary(&self.text, 0).ok().flatten().unwrap_or(0)
    }

    /// One grapheme to the left.
    pub fn go_left(&mut self) {
        self.cursor = self.previous(self.cursor);
    }

    /// One grapheme to the right.
    pub fn go_right(&mut self) {
        self.cursor = self.next(self.cursor);
    }

    fn word_start(&self) -> usize {
        let before = &self.text[..self.cursor];
        before.unicode_word_indices().next_back().map_or(0, |(at, _)| at)
    }

    /// To the beginning of the word.
    pub fn word_left(&mut self) {
        self.cursor = self.word_start();
    }

    /// Past the end of the word.
    pub fn word_right(&mut self) {
        let after = &self.text[self.cursor..];
        self.cursor += after.unicode_word_indices().next().map_or(after.len(), |(at, word)| at + word.len());
    }

    fn line_start(&self) -> usize {
        self.text[..self.cursor].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.cursor..].find('\n').map_or(self.text.len(), |at| self.cursor + at)
    }

    /// To the beginning of the line.
    pub fn home(&mut self) {
        self.cursor = self.line_start();
    }

    /// To the end of the line.
    pub fn end(&mut self) {
        self.cursor = self.line_end();
    }

    /// Deletes the grapheme before the cursor.
    pub fn backspace(&mut self) {
        let start = self.previous(self.cursor);
        self.cut(start, self.cursor);
    }

    /// Deletes the grapheme after the cursor.
    pub fn delete(&mut self) {
        self.cut(self.cursor, self.next(self.cursor));
    }

    /// Deletes to the beginning of the word.
    pub fn kill_word(&mut self) {
        self.cut(self.word_start(), self.cursor);
    }

    /// Deletes to the beginning of the line.
    pub fn kill_to_start(&mut self) {
        self.cut(self.line_start(), self.cursor);
    }

    /// Deletes to the end of the line.
    pub fn kill_to_end(&mut self) {
        self.cut(self.cursor, self.line_end());
    }

    fn cut(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.cursor = from;
    }

    /// One line up, or back in the history from the first line.
    pub fn up(&mut self) {
        let start = self.line_start();
        if start == 0 {
            self.recall_older();
        } else {
            let column = columns(&self.text[start..self.cursor]);
            let previous = self.text[..start - 1].rfind('\n').map_or(0, |at| at + 1);
            self.cursor = self.at_column(previous, start - 1, column);
        }
    }

    /// One line down, or forth in the history from the last line.
    pub fn down(&mut self) {
        let end = self.line_end();
        if end == self.text.len() {
            self.recall_newer();
        } else {
            let column = columns(&self.text[self.line_start()..self.cursor]);
            let next_end = self.text[end + 1..].find('\n').map_or(self.text.len(), |at| end + 1 + at);
            self.cursor = self.at_column(end + 1, next_end, column);
        }
    }

    fn at_column(&self, from: usize, to: usize, column: usize) -> usize {
        let mut used = 0;
        for (at, grapheme) in self.text[from..to].grapheme_indices(true) {
            if used >= column {
                return from + at;
            }
            used += columns(grapheme);
        }
        to
    }

    fn recall_older(&mut self) {
        let (at, draft) = match self.recalled.take() {
            Some((0, draft)) => (0, draft),
            Some((at, draft)) => (at - 1, draft),
            None if self.history.is_empty() => return,
            None => (self.history.len() - 1, self.text.clone()),
        };
        self.text.clone_from(&self.history[at]);
        self.cursor = self.text.len();
        self.recalled = Some((at, draft));
    }

    fn recall_newer(&mut self) {
        if let Some((at, draft)) = self.recalled.take() {
            if at + 1 < self.history.len() {
                self.text.clone_from(&self.history[at + 1]);
                self.recalled = Some((at + 1, draft));
            } else {
                self.text = draft;
            }
            self.cursor = self.text.len();
        }
    }

    /// The text in rows of at most `width` columns, and the cursor's column and row in them.
    pub fn layout(&self, width: usize) -> (Vec<String>, (usize, usize)) {
        let width = width.max(2);
        let mut rows = vec![String::new()];
        let mut used = 0;
        let mut cursor = (0, 0);
        for (at, grapheme) in self.text.grapheme_indices(true) {
            let wide = columns(grapheme);
            // The cursor needs a column too, hence `>=`.
            if grapheme != "\n" && used + wide >= width && used > 0 {
                rows.push(String::new());
                used = 0;
            }
            if at == self.cursor {
                cursor = (used, rows.len() - 1);
            }
            if grapheme == "\n" {
                rows.push(String::new());
                used = 0;
            } else {
                rows.last_mut().expect("starts with one row").push_str(grapheme);
                used += wide;
            }
        }
        if self.cursor == self.text.len() {
            cursor = (used, rows.len() - 1);
        }
        (rows, cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Editor {
        let mut editor = Editor::default();
        editor.insert(text);
        editor
    }

    #[test]
    fn one_key_deletes_one_visible_character() {
        let mut editor = typed("a👩\u{200d}👩\u{200d}👧e\u{301}");
        editor.backspace();
        assert_eq!(editor.text(), "a👩\u{200d}👩\u{200d}👧");
        editor.backspace();
        assert_eq!(editor.text(), "a");
        editor.home();
        editor.delete();
        assert!(editor.is_empty());
        editor.backspace();
        editor.delete();
        assert!(editor.is_empty());
    }

    #[test]
    fn a_paste_keeps_its_lines_and_loses_control_characters() {
        assert_eq!(typed("a\r\nb\x1b[2Jc\td").text(), "a\nb␛[2Jc    d");
    }

    #[test]
    fn nothing_is_cut_a_text_that_is_too_long_stays_outside_whole() {
        let mut editor = typed("before ");
        assert!(!editor.insert(&"x".repeat(3_000_000)));
        assert!(!editor.insert(&"x".repeat(MAX_INPUT_BYTES)));
        assert_eq!(editor.text(), "before ");
        assert!(editor.insert(&"x".repeat(MAX_INPUT_BYTES - 7)));
        assert_eq!(editor.text().len(), MAX_INPUT_BYTES);
    }

    #[test]
    fn what_is_left_is_counted_before_the_limit_in_characters() {
        assert_eq!(typed(&"x".repeat(COUNTED_FROM_CHARS - 1)).left(), None);
        assert_eq!(typed(&"x".repeat(MAX_TEXT_CHARS - 10)).left(), Some(10));
        assert_eq!(typed(&"😀".repeat(MAX_TEXT_CHARS)).left(), Some(0));
        assert_eq!(typed(&"x".repeat(MAX_TEXT_CHARS + 3)).left(), Some(-3));
    }

    #[test]
    fn words_and_lines_are_killed() {
        let mut editor = typed("first line\nsecond good word");
        editor.kill_word();
        assert_eq!(editor.text(), "first line\nsecond good ");
        editor.word_left();
        editor.kill_to_end();
        assert_eq!(editor.text(), "first line\nsecond ");
        editor.kill_to_start();
        assert_eq!(editor.text(), "first line\n");
        editor.up();
        editor.word_right();
        editor.insert("!");
        assert_eq!(editor.text(), "first! line\n");
    }

    #[test]
    fn arrows_go_through_lines_and_then_through_the_history() {
        let mut editor = typed("one");
        assert_eq!(editor.take(), "one");
        editor.insert("two");
        editor.take();
        editor.insert("ab\ncd");
        editor.up();
        editor.insert("X");
        assert_eq!(editor.text(), "abX\ncd");
        editor.up();
        assert_eq!(editor.text(), "two");
        editor.up();
        editor.up();
        assert_eq!(editor.text(), "one");
        editor.down();
        editor.down();
        assert_eq!(editor.text(), "abX\ncd");
    }

    #[test]
    fn the_cursor_stands_where_the_next_character_goes() {
        let editor = typed("abcdef你");
        let (rows, cursor) = editor.layout(5);
        assert_eq!(rows, ["abcd", "ef你"]);
        assert_eq!(cursor, (4, 1));
        let mut editor = typed("ab\n");
        assert_eq!(editor.layout(10).1, (0, 1));
        editor.go_left();
        assert_eq!(editor.layout(10).1, (2, 0));
    }

    #[test]
    fn every_row_and_the_cursor_stay_within_the_width() {
        let mut editor = typed("你好世界 hello wörld 👩\u{200d}👩\u{200d}👧 x\nשלום");
        for width in 3..20 {
            loop {
                let (rows, (column, row)) = editor.layout(width);
                assert!(rows.iter().all(|row| columns(row) < width) && column < width && row < rows.len());
                if editor.cursor == 0 {
                    break;
                }
                editor.go_left();
            }
            while editor.cursor < editor.text().len() {
                editor.go_right();
            }
        }
    }
}
