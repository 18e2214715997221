//! What the binary prints: text for people, JSON lines for programs, failures with exit codes.

mod failure;
mod plain;
mod progress;
mod qr;
mod table;
mod time;

pub use chancery_wire::content::readable;
pub use failure::{Exit, Failure, Outcome};
pub use plain::{plain, plain_lines};
pub use progress::{Transferred, bar};
pub use qr::qr;
pub use table::table;
pub use time::{clock, day, day_of, now_ms, size, stamp};

use serde::Serialize;
use std::io::{ErrorKind, Write};

/// Standard output, in one of two forms.
#[derive(Debug, Clone, Copy)]
pub struct Out {
    json: bool,
}

impl Out {
    /// Output as JSON lines, or as text.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether programs read along.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// One object: as a JSON line, or as the text that `text` makes of it. The text has to be [`plain`] already.
    pub fn record(&self, value: &impl Serialize, text: impl FnOnce() -> String) -> Outcome {
        if self.json { write_line(&json_line(value)) } else { self.say(text()) }
    }

    /// Text for people only.
    pub fn say(&self, text: impl AsRef<str>) -> Outcome {
        if self.json { Ok(()) } else { write_line(text.as_ref().trim_end_matches('\n')) }
    }

    /// An aside on standard error, for people only: progress, advice.
    pub fn aside(&self, text: impl AsRef<str>) {
        if !self.json {
            // An aside that nobody can read is no reason to fail.
            let _ = writeln!(std::io::stderr(), "{}", text.as_ref());
        }
    }
}

/// A value as one line of JSON. Control and direction characters that JSON leaves as they are (DEL, C1, bidirectional
/// overrides) are escaped, because the line may end up on a terminal.
pub fn json_line(value: &impl Serialize) -> String {
    use std::fmt::Write;
    let json = serde_json::to_string(value).expect("output types always serialise");
    let mut line = String::with_capacity(json.len());
    for c in json.chars() {
        if plain::is_harmful(c) {
            // All of them stand in the Basic Multilingual Plane, and inside strings.
            write!(line, "\\u{:04x}", u32::from(c)).expect("writing to a String can't fail");
        } else {
            line.push(c);
        }
    }
    line
}

fn write_line(line: &str) -> Outcome {
    let mut stdout = std::io::stdout().lock();
    match writeln!(stdout, "{line}").and_then(|()| stdout.flush()) {
        // `chancery messages … | head` is no failure.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        written => written.map_err(|error| Failure::fault("writing to standard output", error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_lines_hold_no_raw_control_characters_and_read_back_the_same() {
        let hostile = "a\u{9b}31m\u{7f}\u{202e}b\u{1b}[2Jé👍";
        let line = json_line(&hostile);
        assert!(line.chars().all(|c| !c.is_control() && !plain::is_harmful(c)), "{line:?}");
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), hostile);
    }
}
