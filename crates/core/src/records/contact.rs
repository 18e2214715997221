//! People, with the identity key they have now and whether it was compared.

use super::{load, namesake, save};
use crate::{
    engine::CoreError,
    storage::{Table, Tx},
};
use chancery_wire::{
    UserId,
    signed::{Kind, PublicKey},
    text::shown_name,
};
use minicbor::{Decode, Encode, bytes::ByteArray};

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Contact {
    #[n(0)]
    pub name: String,
    /// Text form of [`Kind`].
    #[n(1)]
    kind: String,
    #[cbor(n(2), with = "minicbor::bytes")]
    pub identity_key: PublicKey,
    /// The key above was compared in person.
    #[n(3)]
    pub verified: bool,
    /// How often the key has changed since this device first saw the user.
    #[n(4)]
    pub changes: u32,
    /// Other identity keys of this user that the person was told of.
    #[n(5)]
    #[cbor(default)]
    pub other_keys: Vec<ByteArray<32>>,
}

impl Contact {
    pub fn new(name: String, kind: Kind, identity_key: PublicKey) -> Self {
        Self { name, kind: kind.as_str().to_owned(), identity_key, verified: false, changes: 0, other_keys: Vec::new() }
    }

    pub fn kind(&self) -> Kind {
        Kind::from_text(&self.kind).unwrap_or(Kind::Guest)
    }

    pub fn load(tx: &dyn Tx, user: &UserId) -> Result<Option<Self>, CoreError> {
        load(tx, Table::Contact, user.as_str().as_bytes(), "contact")
    }

    pub fn save(&self, tx: &dyn Tx, user: &UserId) -> Result<(), CoreError> {
        let former = Self::load(tx, user)?.map(|contact| contact.name);
        namesake::remember(tx, user, former.as_deref(), &self.name)?;
        save(tx, Table::Contact, user.as_str().as_bytes(), self)
    }
}

/// The display name of a user as it may be shown, or the id while nothing is known.
pub(crate) fn name_of(tx: &dyn Tx, user: &UserId) -> Result<String, CoreError> {
    match Contact::load(tx, user)? {
        Some(contact) => shown_person(tx, user, &contact.name),
        None => Ok(user.to_string()),
    }
}

/// A person's name as it may be shown: with the id when it looks like somebody else's, or as if it named one; the id when nothing of it can be seen.
pub(crate) fn shown_person(tx: &dyn Tx, user: &UserId, name: &str) -> Result<String, CoreError> {
    let shown = shown_name(name);
    if shown.is_empty() {
        return Ok(user.to_string());
    }
    if names_an_id(&shown) || namesake::has_namesake(tx, user, name)? {
        return Ok(format!("{shown} ({user})"));
    }
    Ok(shown)
}

/// Whether a name has an id in it: it may be another's.
fn names_an_id(name: &str) -> bool {
    name.contains(['@', '＠', '﹫'])
}
