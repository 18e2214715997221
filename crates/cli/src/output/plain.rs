//! Text of others made safe for a terminal.
//!
//! A terminal obeys what it prints: escape sequences move the cursor, rewrite what stands above, set the window's title,
//! in some terminals answer back as if typed. Bidirectional overrides reorder the rest of the line, the sender's name
//! included. So none of these characters is ever printed.

/// Whether a terminal, or the reader, could be led astray by this character.
pub(super) fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Bidirectional embeddings, overrides and isolates.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separators.
            | '\u{2028}' | '\u{2029}'
            // Byte-order mark, interlinear annotation, object replacement.
            | '\u{feff}' | '\u{fff9}'..='\u{fffc}')
}

/// What stands in for a harmful character: a visible picture for C0 and DEL, the replacement character for C1, nothing
/// for the invisible ones.
fn stand_in(c: char) -> Option<char> {
    match c {
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)),
        '\x7f' => Some('\u{2421}'),
        '\u{80}'..='\u{9f}' => Some('\u{fffd}'),
        '\u{2028}' | '\u{2029}' => Some(' '),
        _ => None,
    }
}

/// One line: line breaks and tabs become blanks, harmful characters are replaced.
pub fn plain(text: &str) -> String {
    text.replace("\r\n", " ")
        .chars()
        .filter_map(|c| match c {
            '\n' | '\r' | '\t' => Some(' '),
            c if is_harmful(c) => stand_in(c),
            c => Some(c),
        })
        .collect()
}

/// Several lines: line breaks stay, tabs become four blanks, harmful characters are replaced.
pub fn plain_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
        .split(['\n', '\r', '\u{2028}', '\u{2029}'])
        .map(|line| plain(&line.replace('\t', "    ")))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_can_control_the_terminal() {
        for hostile in [
            "\x1b[2J\x1b[H",
            "\x1b]0;title\x07",
            "\u{9b}31m",
            "\u{9d}52;c;AAAA\u{9c}",
            "\x08\x08\x08",
            "\r",
            "\x7f",
            "\u{202e}gpj.exe",
            "\u{2066}x\u{2069}",
            "a\0b",
        ] {
            for safe in [plain(hostile), plain_lines(hostile)] {
                assert!(safe.chars().all(|c| c == '\n' || !is_harmful(c)), "{hostile:?} became {safe:?}");
            }
        }
    }

    #[test]
    fn every_character_comes_out_harmless() {
        for c in '\0'..=char::MAX {
            let text = c.to_string();
            assert!(plain(&text).chars().all(|c| !is_harmful(c)), "{c:?}");
        }
    }

    #[test]
    fn ordinary_text_in_any_script_stays_as_it_is() {
        for text in ["Grüße", "שלום עולם", "你好", "👩\u{200d}👩\u{200d}👧 ok", "क्षि"] {
            assert_eq!(plain(text), text);
        }
        assert_eq!(plain_lines("a\r\nb\tc"), "a\nb    c");
        assert_eq!(plain("a\r\nb\tc"), "a b c");
    }
}
