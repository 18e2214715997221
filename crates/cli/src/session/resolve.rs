//! Names as people type them: of conversations, users and roles. Ambiguity is an error that lists the candidates.

use crate::output::{Failure, Outcome, plain};
use chancery_core::api::ConversationView;
use chancery_mls::Role;
use chancery_wire::{Domain, GroupId, UserId};

/// Shortest beginning of an id that is taken for one, in hexadecimal digits.
pub const MIN_PREFIX_DIGITS: usize = 4;
/// Candidates listed in an error.
const MAX_LISTED_CANDIDATES: usize = 8;

/// A conversation that may be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its id.
    pub group: GroupId,
    /// Its title.
    pub title: String,
    /// The other one, in a conversation of two.
    pub other: Option<UserId>,
}

impl Candidate {
    /// A candidate from its view.
    pub fn of(view: &ConversationView, other: Option<UserId>) -> Self {
        Self { group: view.group.clone(), title: view.title.clone(), other }
    }
}

/// The conversation that a text names: by id, by the other one's user id, by title or the user id's local part, or by the
/// beginning of the id. A group titled like somebody's id never passes for the conversation with that person: both match,
/// and the text is ambiguous.
pub fn conversation(candidates: &[Candidate], text: &str) -> Outcome<GroupId> {
    let lower = text.to_lowercase();
    let other_is = |c: &Candidate, check: &dyn Fn(&UserId) -> bool| c.other.as_ref().is_some_and(check);
    let stages: [&dyn Fn(&Candidate) -> bool; 4] = [
        &|c| c.group.as_str() == text,
        &|c| other_is(c, &|user| user.as_str() == text),
        &|c| c.title == text || other_is(c, &|user| user.local() == text),
        &|c| c.title.to_lowercase() == lower || is_prefix(text, c.group.as_str()),
    ];
    for matches in stages {
        let found: Vec<_> = candidates.iter().filter(|c| matches(c)).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok(one.group.clone()),
            several => return Err(ambiguous(text, several)),
        }
    }
    let text = plain(text);
    Err(Failure::new(
        "no_such_conversation",
        format!(
            "No conversation is called \"{text}\". `chancery conversations` lists them; `chancery start {text}` starts one with a person."
        ),
    ))
}

fn ambiguous(text: &str, several: &[&Candidate]) -> Failure {
    let mut lines: Vec<_> = several
        .iter()
        .take(MAX_LISTED_CANDIDATES)
        .map(|c| {
            let other = c.other.as_ref().map(|user| format!(" with {user}")).unwrap_or_default();
            format!("  {}  {}{other}", &c.group.as_str()[..8], plain(&c.title))
        })
        .collect();
    if several.len() > MAX_LISTED_CANDIDATES {
        lines.push(format!("  and {} more", several.len() - MAX_LISTED_CANDIDATES));
    }
    let text = plain(text);
    Failure::new(
        "ambiguous",
        format!("\"{text}\" may mean several conversations; name one by its id:\n{}", lines.join("\n")),
    )
}

/// Whether a text is at least [`MIN_PREFIX_DIGITS`] digits and `id` begins with it.
pub fn is_prefix(text: &str, id: &str) -> bool {
    is_id_text(text) && id.starts_with(&text.to_lowercase())
}

/// Whether a text can be the beginning of an id.
pub fn is_id_text(text: &str) -> bool {
    text.len() >= MIN_PREFIX_DIGITS && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A user: `bob@example.org`, or `bob` in one's own organisation; a leading `@` is ignored.
pub fn user(text: &str, own: &Domain) -> Outcome<UserId> {
    let text = text.strip_prefix('@').unwrap_or(text);
    let full = if text.contains('@') { text.to_owned() } else { format!("{text}@{own}") };
    full.parse().map_err(|error| Failure::new("invalid_user", format!("\"{}\" is no user: {error}.", plain(text))))
}

/// A role by its word.
pub fn role(word: &str) -> Option<Role> {
    match word {
        "admin" => Some(Role::Admin),
        "member" => Some(Role::Member),
        "reader" => Some(Role::Reader),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(digit: char, title: &str, other: Option<&str>) -> Candidate {
        Candidate {
            group: format!("{}@example.org", digit.to_string().repeat(32)).parse().unwrap(),
            title: title.to_owned(),
            other: other.map(|user| user.parse().unwrap()),
        }
    }

    fn all() -> Vec<Candidate> {
        vec![
            candidate('a', "Bob Lee", Some("bob@example.org")),
            candidate('b', "Site visit", None),
            candidate('c', "Site Visit", None),
            candidate('d', "carol", None),
            candidate('e', "Carol", Some("carol@example.org")),
        ]
    }

    #[test]
    fn a_conversation_is_found_by_id_person_title_or_prefix() {
        let find = |text: &str| conversation(&all(), text).map(|group| group.as_str()[..1].to_owned());
        assert_eq!(find(&format!("{}@example.org", "b".repeat(32))).unwrap(), "b");
        assert_eq!(find("bob@example.org").unwrap(), "a");
        assert_eq!(find("bob").unwrap(), "a");
        assert_eq!(find("bob lee").unwrap(), "a");
        assert_eq!(find("Site visit").unwrap(), "b");
        assert_eq!(find("Site Visit").unwrap(), "c");
        assert_eq!(find("BBBB").unwrap(), "b");
        assert_eq!(find("bbb").unwrap_err().code, "no_such_conversation");
    }

    #[test]
    fn ambiguity_lists_the_candidates() {
        let error = conversation(&all(), "SITE VISIT").unwrap_err();
        assert_eq!(error.code, "ambiguous");
        assert!(error.message.contains("bbbbbbbb  Site visit") && error.message.contains("cccccccc  Site Visit"));
    }

    #[test]
    fn a_group_titled_like_a_person_does_not_pass_for_the_person() {
        assert_eq!(conversation(&all(), "carol").unwrap_err().code, "ambiguous");
        assert!(conversation(&all(), "carol@example.org").unwrap().as_str().starts_with('e'));
    }

    #[test]
    fn users_are_completed_with_the_own_domain() {
        let own = "example.org".parse().unwrap();
        assert_eq!(user("bob", &own).unwrap().as_str(), "bob@example.org");
        assert_eq!(user("@bob", &own).unwrap().as_str(), "bob@example.org");
        assert_eq!(user("bob@other.org", &own).unwrap().as_str(), "bob@other.org");
        assert_eq!(user("Bob!", &own).unwrap_err().code, "invalid_user");
    }
}
