//! Mentions: links to a person's URI in Markdown (draft-ietf-mimi-content, "Mentions").

use super::uri;
use crate::ids::{GroupId, UserId};
use std::collections::HashMap;

/// People that one text can mention; further ones are only links.
pub const MAX_MENTIONS: usize = 256;

/// The Markdown that mentions a person: `[@Alice Smith](mimi://example.org/u/alice)`.
pub fn mention(name: &str, user: &UserId) -> String {
    let mut text = String::from("[@");
    for c in name.chars() {
        if matches!(c, '\\' | '[' | ']' | '`' | '<' | '>' | '*' | '_') {
            text.push('\\');
        }
        text.push(if c.is_control() { ' ' } else { c });
    }
    text.push_str("](");
    text.push_str(&uri::user_uri(user));
    text.push(')');
    text
}

/// The Markdown that mentions everybody in a conversation: a link to the conversation itself.
pub fn mention_everyone(group: &GroupId) -> String {
    format!("[@all]({})", uri::room_uri(group))
}

/// Whether a Markdown text mentions everybody. Which conversation the link names is for the caller to see: content can't be
/// moved to another one.
pub fn mentions_everyone(text: &str) -> bool {
    let mut everyone = false;
    targets(text, |uri| {
        everyone |= uri::parse_room(uri).is_some();
        everyone
    });
    everyone
}

/// The people that a Markdown text mentions, each once, in the order of the text: targets of links and autolinks outside of
/// code. Whether they are members is for the caller to see.
pub fn mentions(text: &str) -> Vec<UserId> {
    let mut found: Vec<UserId> = Vec::new();
    targets(text, |uri| {
        if let Some(user) = uri::parse_user(uri)
            && !found.contains(&user)
        {
            found.push(user);
        }
        found.len() >= MAX_MENTIONS
    });
    found
}

/// Gives the MIMI URIs of links and autolinks outside of code, until `f` has seen enough.
fn targets(text: &str, mut f: impl FnMut(&str) -> bool) {
    let bytes = text.as_bytes();
    let runs = last_backtick_runs(bytes);
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let (skip, closing) = match rest {
            [b'\\', _, ..] => {
                at += 2;
                continue;
            }
            [b'`', ..] => {
                at += code_span(rest, at, &runs);
                continue;
            }
            [b']', b'(', ..] => (2, b")".as_slice()),
            [b'<', ..] => (1, b">".as_slice()),
            _ => {
                at += 1;
                continue;
            }
        };
        at += skip;
        if target(&bytes[at..], closing[0]).is_some_and(&mut f) {
            return;
        }
    }
}

/// The MIMI URI that stands at the start of `bytes`, up to `closing`.
fn target(bytes: &[u8], closing: u8) -> Option<&str> {
    if !bytes.starts_with(b"mimi://") {
        return None;
    }
    // No URI of a user is longer than this, so a text of many openings is still read in one go.
    let end = bytes.iter().take(512).position(|&byte| byte == closing)?;
    std::str::from_utf8(&bytes[..end]).ok()
}

fn backtick_run(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|&&byte| byte == b'`').count()
}

/// Where the last run of each length of backticks starts: whether a code span can end is then known without searching.
fn last_backtick_runs(bytes: &[u8]) -> HashMap<usize, usize> {
    let mut runs = HashMap::new();
    let mut at = 0;
    while at < bytes.len() {
        let run = backtick_run(&bytes[at..]);
        if run > 0 {
            runs.insert(run, at);
        }
        at += run.max(1);
    }
    runs
}

/// Length of the code span (or of the backticks, when nothing closes them) at the start of `rest`.
fn code_span(rest: &[u8], start: usize, last: &HashMap<usize, usize>) -> usize {
    let opening = backtick_run(rest);
    if last.get(&opening).is_none_or(|&last| last <= start) {
        return opening;
    }
    let mut at = opening;
    while at < rest.len() {
        let run = backtick_run(&rest[at..]);
        if run == opening {
            return at + run;
        }
        at += run.max(1);
    }
    opening
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        mentions(text).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn links_and_autolinks_to_people_are_mentions() {
        let text = "Kudos to [@Alice](mimi://example.com/u/alice-smith), <mimi://example.com/u/bob> and \
                    [Alice](mimi://example.com/u/alice-smith)";
        assert_eq!(found(text), ["alice-smith@example.com", "bob@example.com"]);
    }

    #[test]
    fn a_link_to_a_conversation_mentions_everybody_in_it() {
        let group: GroupId = "00112233445566778899aabbccddeeff@example.org".parse().unwrap();
        let text = format!("{}: lunch", mention_everyone(&group));
        assert!(mentions_everyone(&text) && mentions(&text).is_empty());
        assert!(!mentions_everyone(&format!("`{text}`")));
        assert!(!mentions_everyone("@all [@all](mimi://example.com/u/all)"));
    }

    #[test]
    fn code_escapes_and_other_links_are_no_mentions() {
        for text in [
            "`[@A](mimi://example.com/u/a)`",
            "```\n[@A](mimi://example.com/u/a)\n```",
            r"[@A\](mimi://example.com/u/a)",
            "[@A](https://example.com/u/a)",
            "[@A](mimi://example.com/r/a)",
            "mimi://example.com/u/a",
            "[@A](mimi://example.com/u/a",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
        assert_eq!(found("`` ` [@A](mimi://x.org/u/a)"), ["a@x.org"], "an unclosed backtick is text");
    }

    #[test]
    fn a_name_cannot_break_out_of_its_mention() {
        let user: UserId = "alice@example.org".parse().unwrap();
        for name in [
            "Alice",
            "a](mimi://example.org/u/bob) [",
            "x`y",
            "<mimi://example.org/u/bob>",
            "back\\slash",
            "two\nlines",
        ] {
            assert_eq!(mentions(&mention(name, &user)), std::slice::from_ref(&user), "{name}");
        }
    }

    #[test]
    fn a_hostile_text_is_read_in_linear_time() {
        let mut text = String::new();
        for run in 1..600 {
            text.push_str(&"`".repeat(run));
            text.push(' ');
        }
        text.push_str(&"<mimi://".repeat(4000));
        assert_eq!(found(&text), [""; 0]);
    }
}
