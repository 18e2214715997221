//! Rows of styled text, and wrapping that counts columns rather than characters.

use crate::output::plain;
use chancery_wire::MessageId;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// What a piece of text is, for its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Ordinary text.
    Normal,
    /// Less important: times, previews, notes.
    Dim,
    /// Names, titles.
    Strong,
    /// A sender, by colour number.
    Sender(u8),
    /// One's own name.
    Own,
    /// A quoted message.
    Quote,
    /// The unread marker.
    Marker,
    /// Something mentions us, or counts for us.
    Mention,
    /// Read by everybody.
    Seen,
    /// A warning or failure.
    Bad,
}

/// Text of one tone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The text, already harmless.
    pub text: String,
    /// Its tone.
    pub tone: Tone,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    /// From left to right, in writing order.
    pub spans: Vec<Span>,
    /// The message that it belongs to.
    pub message: Option<MessageId>,
}

impl Row {
    /// A row of one span.
    pub fn of(text: impl Into<String>, tone: Tone) -> Self {
        Self::default().with(text, tone)
    }

    /// Adds a span.
    pub fn with(mut self, text: impl Into<String>, tone: Tone) -> Self {
        self.spans.push(Span { text: text.into(), tone });
        self
    }

    /// Columns it takes.
    pub fn width(&self) -> usize {
        self.spans.iter().map(|span| span.text.width()).sum()
    }
}

/// Columns of a text.
pub fn columns(text: &str) -> usize {
    text.width()
}

/// At most `width` columns of one harmless line, with an ellipsis where something was cut off.
pub fn fit(text: &str, width: usize) -> String {
    let text = plain(text);
    if columns(&text) <= width {
        return text;
    }
    let mut fitted = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let wide = columns(grapheme);
        if used + wide + 1 > width {
            break;
        }
        used += wide;
        fitted.push_str(grapheme);
    }
    if width > 0 {
        fitted.push('…');
    }
    fitted
}

/// Wraps a text at words, and words that are too long anywhere between graphemes. Never empty.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    crate::output::plain_lines(text).split('\n').flat_map(|line| wrap_line(line, width)).collect()
}

fn wrap_line(line: &str, width: usize) -> Vec<String> {
    let mut rows = vec![String::new()];
    let mut used = 0;
    for word in line.split_word_bounds() {
        let wide = columns(word);
        if used + wide > width && used > 0 && wide <= width {
            rows.push(String::new());
            used = 0;
            // The blank at which a line was broken is not shown.
            if word.trim().is_empty() {
                continue;
            }
        }
        if wide <= width {
            rows.last_mut().expect("starts with one row").push_str(word);
            used += wide;
            continue;
        }
        for grapheme in word.graphemes(true) {
            let wide = columns(grapheme);
            if used + wide > width && used > 0 {
                rows.push(String::new());
                used = 0;
            }
            rows.last_mut().expect("starts with one row").push_str(grapheme);
            used += wide;
        }
    }
    rows.iter_mut().for_each(|row| row.truncate(row.trim_end().len()));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_at_words() {
        assert_eq!(wrap("the quick brown fox", 10), ["the quick", "brown fox"]);
        assert_eq!(wrap("a\n\nb", 10), ["a", "", "b"]);
        assert_eq!(wrap("", 10), [""]);
    }

    #[test]
    fn no_row_is_wider_than_asked_for() {
        let texts = [
            "Donaudampfschifffahrtsgesellschaftskapitän",
            "你好世界你好世界你好世界你好世界",
            "👩\u{200d}👩\u{200d}👧👩\u{200d}👩\u{200d}👧👩\u{200d}👩\u{200d}👧 🇪🇺🇫🇷🇩🇪",
            "שלום עולם שלום עולם שלום עולם",
            "e\u{301}\u{301}\u{301}\u{301}x\u{1b}[31mred",
            "ก็ิ่ก็ิ่ก็ิ่ก็ิ่",
        ];
        for text in texts {
            for width in 2..30 {
                for row in wrap(text, width) {
                    assert!(columns(&row) <= width, "{row:?} in {width}");
                }
                assert!(columns(&fit(text, width)) <= width, "{text:?} in {width}");
            }
        }
    }

    #[test]
    fn nothing_but_blanks_is_lost_in_wrapping() {
        let text = "one two  three, fourfivesix seven 你好世界 end";
        let squeeze = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        for width in 2..40 {
            assert_eq!(squeeze(&wrap(text, width).concat()), squeeze(text), "{width}");
        }
    }

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis() {
        assert_eq!(fit("abcdef", 4), "abc…");
        assert_eq!(fit("你好世界", 5), "你好…");
        assert_eq!(fit("你好世界", 4), "你…");
        assert_eq!(fit("abc", 0), "");
        assert_eq!(fit("a\nb\x1b", 9), "a b␛");
    }
}
