//! Names of people, groups, devices and files: refused where they are typed, made harmless where they come from others.

use super::unseen::{draws_nothing, shapes, turns_text};
use crate::limits::MAX_NAME_BYTES;
use unicode_normalization::UnicodeNormalization;

/// Shown for a file whose name shows nothing.
const NAMELESS_FILE: &str = "file";

/// Why a name that somebody typed is refused, in words for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameProblem {
    /// Nothing of it can be seen.
    #[error("A name needs at least one letter, digit or sign that can be seen.")]
    Nothing,
    /// It holds a character that nobody sees, so that two names look the same and aren't.
    #[error("The name holds a character that can't be seen (U+{:04X}). Type the name anew instead of pasting it.", u32::from(*.0))]
    Unseen(char),
    /// It holds a character that turns around what stands beside it (UAX #9).
    #[error("The name holds a character that turns text around (U+{:04X}). Type the name anew instead of pasting it.", u32::from(*.0))]
    Turning(char),
    /// It has more than one line, or control characters.
    #[error("A name is one line, without control characters.")]
    Lines,
    /// It has more than [`MAX_NAME_BYTES`].
    #[error(
        "A name has at most {MAX_NAME_BYTES} bytes; this one has {0}. Letters beyond the English ones count for two to four."
    )]
    Long(usize),
}

/// A name as it is kept: in composed form (NFC), without blanks around it.
pub fn checked_name(typed: &str) -> Result<String, NameProblem> {
    let typed = typed.trim();
    // Before anything is made of it: what is pasted may be of any length.
    if typed.len() > 4 * MAX_NAME_BYTES {
        return Err(NameProblem::Long(typed.len()));
    }
    let name: String = typed.nfc().collect();
    let mut before = None;
    let mut seen = false;
    for c in name.chars() {
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
            return Err(NameProblem::Lines);
        }
        if turns_text(c) {
            return Err(NameProblem::Turning(c));
        }
        if draws_nothing(c) && c != ' ' && !c.is_whitespace() && !shapes(before, c) {
            return Err(if seen { NameProblem::Unseen(c) } else { first_unseen(&name, c) });
        }
        seen |= shows(c);
        before = Some(c);
    }
    if !seen {
        return Err(NameProblem::Nothing);
    }
    if name.len() > MAX_NAME_BYTES {
        return Err(NameProblem::Long(name.len()));
    }
    Ok(name)
}

/// A name that begins with something unseen: does anything follow that can be seen?
fn first_unseen(name: &str, c: char) -> NameProblem {
    if name.chars().any(shows) { NameProblem::Unseen(c) } else { NameProblem::Nothing }
}

/// What of a name of somebody else's may be shown: characters that can't be seen, turn text around or break lines are left out. Empty when
/// nothing is left; whoever shows it then shows the id.
pub fn shown_name(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    let mut before = None;
    for c in name.chars() {
        if c.is_whitespace() || matches!(c, '\u{2028}' | '\u{2029}') {
            if !shown.is_empty() && !shown.ends_with(' ') {
                shown.push(' ');
            }
            before = None;
        } else if !draws_nothing(c) || shapes(before, c) {
            shown.push(c);
            before = Some(c);
        }
    }
    shown.truncate(shown.trim_end().len());
    if shown.chars().any(shows) { shown } else { String::new() }
}

/// The same for the name of a file, which always has one.
pub fn shown_file_name(name: &str) -> String {
    match shown_name(name) {
        shown if shown.is_empty() => NAMELESS_FILE.to_owned(),
        shown => shown,
    }
}

/// Whether it can be seen by itself: accents alone can't be told from dirt.
fn shows(c: char) -> bool {
    !draws_nothing(c) && !unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_all_scripts_are_taken_as_they_are() {
        for name in [
            "Bob Jones",
            "Łukasz Łukasiewicz",
            "Åsa Öberg-Nyström",
            "José Núñez",
            "Дарья Ильина",
            "山田 太郎",
            "김민준",
            "محمد بن سلمان",
            "שרה כהן",
            "नरेन्द्र",
            // Joiners that are part of the spelling: Persian, Sinhala.
            "مهدی\u{200c}زاده",
            "ශ්\u{200d}රී ලංකා",
            "👩\u{200d}💻 On call",
            "❤\u{fe0f} Team",
            "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f} Scotland",
            "辻\u{e0100}",
            "R&D (2nd floor) – “blue”",
        ] {
            assert_eq!(checked_name(name).as_deref(), Ok(name), "{name:?}");
            assert_eq!(shown_name(name), name, "{name:?}");
        }
    }

    #[test]
    fn a_name_is_kept_composed_and_without_blanks_around_it() {
        assert_eq!(checked_name("  Jose\u{301} ").as_deref(), Ok("José"));
    }

    #[test]
    fn a_name_of_nothing_that_can_be_seen_is_refused() {
        for name in [
            "",
            "   ",
            "\u{a0}",
            "\u{200b}",
            "\u{3164}",
            "\u{2800}",
            "\u{ad}\u{feff}",
            "\u{301}",
            "\u{200d}",
            "\u{e0041}",
            "\u{115f}\u{1160}",
        ] {
            assert_eq!(checked_name(name), Err(NameProblem::Nothing), "{name:?}");
            assert_eq!(shown_name(name), "", "{name:?}");
            assert_eq!(shown_file_name(name), "file");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_refused_where_it_is_typed_and_left_out_where_it_is_shown() {
        for (name, shown) in [
            ("Mark\u{200b}", "Mark"),
            ("\u{feff}Mark", "Mark"),
            ("Ma\u{ad}rk", "Mark"),
            ("Mark\u{200d}", "Mark"),
            ("Mark\u{fe0f}", "Mark"),
            ("Mark\u{3164}", "Mark"),
            ("Mark\u{e0041}", "Mark"),
        ] {
            assert!(matches!(checked_name(name), Err(NameProblem::Unseen(_))), "{name:?}");
            assert_eq!(shown_name(name), shown, "{name:?}");
        }
    }

    #[test]
    fn a_name_does_not_turn_around_what_stands_beside_it() {
        for (name, shown) in
            [("\u{202e}gpj.exe", "gpj.exe"), ("a\u{2067}b", "ab"), ("Mark\u{200f}", "Mark"), ("x\u{2069}y", "xy")]
        {
            assert!(matches!(checked_name(name), Err(NameProblem::Turning(_))), "{name:?}");
            assert_eq!(shown_file_name(name), shown);
        }
    }

    #[test]
    fn a_name_is_one_line() {
        for name in ["a\nb", "a\tb", "a\u{2028}b", "a\u{7f}b", "a\u{0}b"] {
            assert_eq!(checked_name(name), Err(NameProblem::Lines), "{name:?}");
            assert!(!shown_name(name).contains(|c: char| c.is_control() || c == '\u{2028}'));
        }
        assert_eq!(shown_name("Bob\n\n  Jones"), "Bob Jones");
    }

    #[test]
    fn a_name_has_as_many_bytes_as_allowed_and_no_more() {
        assert!(checked_name(&"x".repeat(MAX_NAME_BYTES)).is_ok());
        assert_eq!(checked_name(&"x".repeat(MAX_NAME_BYTES + 1)), Err(NameProblem::Long(MAX_NAME_BYTES + 1)));
        assert!(matches!(checked_name(&"é".repeat(1_000_000)), Err(NameProblem::Long(_))));
    }

    #[test]
    fn what_is_shown_is_never_refused() {
        // Every character by itself and after a letter.
        for c in '\0'..=char::MAX {
            for name in [format!("{c}"), format!("a{c}b")] {
                let shown = shown_name(&name);
                assert!(shown.is_empty() || checked_name(&shown).is_ok(), "{name:?} was shown as {shown:?}");
            }
        }
    }
}
