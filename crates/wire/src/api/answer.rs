//! Who answered: the relay, or something between here and there.
//!
//! **Invariant:** only the status, the type and the body that a call expects count as its answer, and only problem details with one of our codes as a
//! refusal. Whatever else comes is a proxy's, and is told as such: it says nothing about what the relay did.

use crate::{
    limits::MAX_REQUEST_BYTES,
    refusal::{Code, Refusal},
};
use serde::Deserialize;
use std::fmt;

/// What refusals are sent as (RFC 9457).
const PROBLEM: &str = "application/problem+json";
/// What answers are sent as.
const JSON: &str = "application/json";
/// Names a refusal's code in `type`, before the code.
const PROBLEM_TYPE: &str = "urn:chancery:refusal:";

/// The head of an HTTP answer, as far as it tells who answered.
#[derive(Debug, Clone, Copy)]
pub struct AnswerHead<'a> {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub media_type: Option<&'a str>,
    /// `Location`.
    pub location: Option<&'a str>,
}

impl AnswerHead<'_> {
    /// Whether the body is of this media type; parameters don't matter.
    pub fn is_of_type(&self, media_type: &str) -> bool {
        let named = self.media_type.and_then(|named| named.split(';').next());
        named.is_some_and(|named| named.trim().eq_ignore_ascii_case(media_type))
    }

    /// Whether it is JSON with this status.
    pub fn is_json(&self, status: u16) -> bool {
        self.status == status && self.is_of_type(JSON)
    }

    /// Whether it has the form of a refusal; to HEAD it comes without the body.
    pub fn is_problem(&self) -> bool {
        self.status >= 400 && self.is_of_type(PROBLEM)
    }

    /// Reads a refusal.
    pub fn read_refusal(&self, body: &[u8]) -> Result<Refusal, NotTheRelay> {
        if !self.is_problem() {
            return Err(self.not_the_relay());
        }
        serde_json::from_slice::<Refusal>(body).or_else(|_| of_a_newer_relay(body).ok_or_else(|| self.not_the_relay()))
    }

    /// It is somebody else's.
    pub fn not_the_relay(&self) -> NotTheRelay {
        NotTheRelay {
            status: self.status,
            leads_to: self.location.filter(|_| (300..400).contains(&self.status)).and_then(host),
            is_page: self.is_of_type("text/html"),
        }
    }
}

/// A refusal with a code that this version doesn't know: whatever it means, repeating won't help.
fn of_a_newer_relay(body: &[u8]) -> Option<Refusal> {
    #[derive(Deserialize)]
    struct Unknown {
        r#type: String,
        detail: String,
    }
    let unknown: Unknown = serde_json::from_slice(body).ok()?;
    let code = unknown.r#type.strip_prefix(PROBLEM_TYPE)?;
    let is_code = !code.is_empty() && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    is_code.then(|| {
        let message = format!("{} (`{code}`, which this version doesn't know: update Chancery)", unknown.detail);
        Refusal::new(Code::UnsupportedVersion, message)
    })
}

/// The host of an absolute address.
fn host(location: &str) -> Option<String> {
    url::Url::parse(location).ok()?.host_str().map(str::to_owned)
}

/// Something answered in the relay's place: a proxy, its login page, another server. What the relay did is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTheRelay {
    status: u16,
    leads_to: Option<String>,
    is_page: bool,
}

impl NotTheRelay {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self.status {
            _ if self.may_pass() => "unreachable",
            413 => "proxy_too_large",
            _ => "unexpected_answer",
        }
    }

    /// Whether the same may work in a moment.
    pub fn may_pass(&self) -> bool {
        matches!(self.status, 408 | 425 | 429 | 500 | 502..=504)
    }
}

impl std::error::Error for NotTheRelay {}

impl fmt::Display for NotTheRelay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Something between here and the relay answered in its place, probably a proxy (HTTP status {}",
            self.status
        )?;
        if let Some(host) = &self.leads_to {
            write!(f, ", leading to {host}")?;
        }
        f.write_str("). ")?;
        match self.status {
            407 | 511 | 300..=399 => f.write_str(SIGN_IN),
            200..=299 | 401 if self.is_page => f.write_str(SIGN_IN),
            401 | 403 => f.write_str("It lets nothing through to the relay from here: ask whoever runs it to."),
            413 => write!(
                f,
                "It takes nothing as large as this: whoever runs it has to allow bodies of {} MiB.",
                MAX_REQUEST_BYTES / 1024 / 1024
            ),
            429 => f.write_str("It takes no more requests at present: try again in a moment."),
            500 | 502..=504 => {
                f.write_str("It doesn't reach the relay: try again in a moment, and tell whoever runs the relay if it stays.")
            }
            _ => f.write_str(
                "See whether the relay's address is right; if it is, whoever runs the proxy has to pass the relay's answers on unchanged.",
            ),
        }
    }
}

const SIGN_IN: &str = "It may want you to sign in: open the relay's address in a browser, sign in there, then try again; or have whoever runs it let \
    the relay's address through.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Request, Response};

    fn head(status: u16, media_type: Option<&'static str>) -> AnswerHead<'static> {
        AnswerHead { status, media_type, location: None }
    }

    fn problem(code: &str) -> Vec<u8> {
        serde_json::to_vec(&serde_json::json!({
            "type": format!("{PROBLEM_TYPE}{code}"), "title": "t", "status": 400, "code": code, "detail": "what to do"
        }))
        .unwrap()
    }

    #[test]
    fn only_the_expected_status_type_and_body_are_an_answer() {
        let invite = Request::RemovePush {};
        assert_eq!(invite.read_response(&head(204, None), b"").unwrap().unwrap(), Response::Done);
        for (status, media_type) in [(200, Some("text/html")), (200, Some(JSON)), (200, None), (302, None)] {
            assert!(invite.read_response(&head(status, media_type), b"<html>").is_err(), "{status}");
        }
        let list = Request::ListGroups {};
        let body = br#"{"groups":[]}"#;
        assert!(list.read_response(&head(200, Some("Application/JSON; charset=utf-8")), body).unwrap().is_ok());
        for (status, media_type) in [(200, Some("text/html")), (200, None), (203, Some(JSON)), (204, None)] {
            assert!(list.read_response(&head(status, media_type), body).is_err(), "{status}");
        }
    }

    #[test]
    fn only_problem_details_with_a_code_of_ours_are_a_refusal() {
        let list = Request::ListGroups {};
        let read = |status, media_type, body: &[u8]| list.read_response(&head(status, media_type), body);
        let refusal = read(403, Some(PROBLEM), &problem("not_member")).unwrap().unwrap_err();
        assert_eq!((refusal.code, refusal.message.as_str()), (Code::NotMember, "what to do"));
        // A newer relay's code is final, whatever it means.
        let refusal = read(409, Some(PROBLEM), &problem("moon_phase")).unwrap().unwrap_err();
        assert!(refusal.code == Code::UnsupportedVersion && refusal.message.contains("moon_phase"), "{refusal}");
        for status in [302, 401, 403, 404, 413, 429, 500, 502, 503, 504, 507] {
            for (media_type, body) in [
                (Some("text/html"), &b"<html>"[..]),
                (None, b""),
                (Some(JSON), &problem("not_member")),
                (Some(PROBLEM), br#"{"type":"about:blank","title":"Forbidden","status":403}"#),
            ] {
                assert!(read(status, media_type, body).is_err(), "{status} {media_type:?}");
            }
        }
    }

    #[test]
    fn what_a_proxy_says_is_told_as_a_proxys_with_what_to_do() {
        for (status, words, passes) in [
            (302, "sign in", false),
            (511, "sign in", false),
            (403, "ask whoever runs it", false),
            (413, "16 MiB", false),
            (429, "in a moment", true),
            (502, "doesn't reach the relay", true),
            (404, "address is right", false),
        ] {
            let not = head(status, Some("text/html")).not_the_relay();
            let text = not.to_string();
            assert!(text.contains("proxy") && text.contains(words) && text.contains(&status.to_string()), "{text}");
            assert_eq!(not.may_pass(), passes, "{status}");
        }
        let page = head(200, Some("text/html; charset=utf-8")).not_the_relay().to_string();
        assert!(page.contains("sign in"), "{page}");
        let location = Some("https://login.example.net/?back=%2Fv1");
        let text = AnswerHead { location, ..head(302, None) }.not_the_relay().to_string();
        assert!(text.contains("leading to login.example.net)"), "{text}");
    }
}
