//! Users and groups as MIMI URIs (draft-ietf-mimi-protocol): `mimi://example.org/u/alice`, `mimi://example.org/r/0123…`.

use crate::ids::{Domain, GroupId, UserId};

const SCHEME: &str = "mimi://";

/// The URI of a user.
pub fn user_uri(user: &UserId) -> String {
    format!("{SCHEME}{}/u/{}", user.domain(), user.local())
}

/// The URI of a group.
pub fn room_uri(group: &GroupId) -> String {
    let (local, domain) = group.as_str().split_once('@').expect("checked when parsed");
    format!("{SCHEME}{domain}/r/{local}")
}

/// The user of a URI.
pub fn parse_user(uri: &str) -> Option<UserId> {
    let (domain, local) = parts(uri, "/u/")?;
    UserId::new(local, &domain).ok()
}

/// The group of a URI.
pub fn parse_room(uri: &str) -> Option<GroupId> {
    let (domain, local) = parts(uri, "/r/")?;
    format!("{local}@{domain}").parse().ok()
}

fn parts<'a>(uri: &'a str, kind: &str) -> Option<(Domain, &'a str)> {
    let (domain, local) = uri.strip_prefix(SCHEME)?.split_once(kind)?;
    Some((domain.parse().ok()?, local))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_uris_and_back() {
        let alice: UserId = "alice.smith-1_x@chat.example.org".parse().unwrap();
        assert_eq!(user_uri(&alice), "mimi://chat.example.org/u/alice.smith-1_x");
        assert_eq!(parse_user(&user_uri(&alice)), Some(alice));
        let group: GroupId = "00112233445566778899aabbccddeeff@example.org".parse().unwrap();
        assert_eq!(room_uri(&group), "mimi://example.org/r/00112233445566778899aabbccddeeff");
        assert_eq!(parse_room(&room_uri(&group)), Some(group));
    }

    #[test]
    fn other_uris_are_no_ids() {
        for bad in [
            "",
            "mimi://",
            "https://example.org/u/alice",
            "mimi://example.org/u/",
            "mimi://example.org/u/alice@evil",
            "mimi://example.org/u/alice/u/bob",
            "mimi://example.org/r/alice",
            "mimi:///u/alice",
        ] {
            assert_eq!((parse_user(bad), parse_room(bad)), (None, None), "{bad}");
        }
    }
}
