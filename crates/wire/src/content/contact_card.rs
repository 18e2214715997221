//! A person to get in touch with: a vCard (RFC 6350) with the properties that people share.

use super::uri;
use crate::{ids::UserId, limits::MAX_NAME_BYTES};
use std::fmt;

/// Media type of a contact card.
pub const CONTACT_TYPE: &str = "text/vcard;charset=utf-8";
/// Longest card that is read, in bytes.
const MAX_CARD_BYTES: usize = 16 * 1024;
/// E-mail addresses or telephone numbers of one card.
pub const MAX_ADDRESSES: usize = 8;
/// Longest of them, in bytes.
pub const MAX_ADDRESS_BYTES: usize = 256;

/// A contact.
#[derive(Clone, PartialEq, Eq)]
pub struct ContactCard {
    /// Display name.
    pub name: String,
    /// Who it is in an organisation that speaks MIMI.
    pub user: Option<UserId>,
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// Telephone numbers.
    pub phones: Vec<String>,
}

impl ContactCard {
    /// Whether everything in it is within the limits, and it names anybody.
    pub fn is_valid(&self) -> bool {
        let short = |all: &[String]| {
            all.len() <= MAX_ADDRESSES
                && all
                    .iter()
                    .all(|one| (1..=MAX_ADDRESS_BYTES).contains(&one.len()) && !one.chars().any(char::is_control))
        };
        (1..=MAX_NAME_BYTES).contains(&self.name.len())
            && !self.name.chars().any(char::is_control)
            && short(&self.emails)
            && short(&self.phones)
    }

    pub(super) fn to_vec(&self) -> Vec<u8> {
        let mut card = String::from("BEGIN:VCARD\r\nVERSION:4.0\r\n");
        let mut line = |property: &str, value: &str| {
            card.push_str(property);
            card.push(':');
            for c in value.chars() {
                if matches!(c, '\\' | ',' | ';') {
                    card.push('\\');
                }
                card.push(c);
            }
            card.push_str("\r\n");
        };
        line("FN", &self.name);
        if let Some(user) = &self.user {
            line("IMPP", &uri::user_uri(user));
        }
        self.emails.iter().for_each(|email| line("EMAIL", email));
        self.phones.iter().for_each(|phone| line("TEL", phone));
        card.push_str("END:VCARD\r\n");
        card.into_bytes()
    }

    /// Reads the first card; properties that aren't known are passed over, further addresses left out.
    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= MAX_CARD_BYTES)?;
        // Folded lines continue after a line break and one space (section 3.2).
        let text = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
        let mut lines = text.lines();
        if !lines.next()?.trim_end().eq_ignore_ascii_case("BEGIN:VCARD") {
            return None;
        }
        let mut card = Self { name: String::new(), user: None, emails: Vec::new(), phones: Vec::new() };
        for line in lines {
            let Some((property, value)) = line.split_once(':') else { continue };
            let property = property.split(';').next().unwrap_or_default();
            let property = property.rsplit('.').next().unwrap_or_default().to_ascii_uppercase();
            let value = unescaped(value);
            match property.as_str() {
                "END" => break,
                "FN" if card.name.is_empty() => card.name = value,
                "IMPP" if card.user.is_none() => card.user = uri::parse_user(&value),
                "EMAIL" if card.emails.len() < MAX_ADDRESSES => card.emails.push(value),
                "TEL" if card.phones.len() < MAX_ADDRESSES => {
                    card.phones.push(value.strip_prefix("tel:").unwrap_or(&value).to_owned());
                }
                _ => {}
            }
        }
        card.is_valid().then_some(card)
    }
}

fn unescaped(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut chars = value.trim().chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => plain.push(' '),
                Some(c) => plain.push(c),
                None => {}
            },
            c => plain.push(c),
        }
    }
    plain
}

impl fmt::Debug for ContactCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContactCard")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_read_as_written() {
        let card = ContactCard {
            name: r"Smith; Jones, \Co".to_owned(),
            user: Some("alice@example.org".parse().unwrap()),
            emails: vec!["a@example.org".to_owned()],
            phones: vec!["+49 30 123".to_owned(), "112".to_owned()],
        };
        assert!(ContactCard::from_slice(&card.to_vec()).unwrap() == card);
    }

    #[test]
    fn cards_of_other_programs_are_read_and_anything_else_is_refused() {
        let other = "BEGIN:VCARD\nVERSION:3.0\nN:Doe;Jane\nitem1.FN;CHARSET=utf-8:Ja\n ne Doe\nTEL;TYPE=cell:tel:+1\nPHOTO:xx\nEND:VCARD\nFN:no";
        let card = ContactCard::from_slice(other.as_bytes()).unwrap();
        assert_eq!((card.name.as_str(), card.phones), ("Jane Doe", vec!["+1".to_owned()]));
        for bad in ["", "hello", "BEGIN:VCARD\nEND:VCARD", "BEGIN:VCALENDAR\nFN:x"] {
            assert!(ContactCard::from_slice(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
