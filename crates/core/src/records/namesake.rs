//! People whose names look alike (`chancery_wire::text`), so that each is shown with the id. An entry for each person that this device knows:
//! what the name looks like, and whose it is.

use super::{SCAN_LIMIT, decode, prefix_end, scan_prefix};
use crate::{
    engine::CoreError,
    records::{Account, Contact},
    storage::{Order, Table, Tx},
};
use chancery_wire::{UserId, text::likeness};
use std::ops::Bound;

const PREFIX: &[u8] = b"alike/";
/// Everybody whom the device knows has an entry.
const COMPLETE: &[u8] = b"alike";

fn prefix(name: &str) -> Vec<u8> {
    [PREFIX, likeness(name).as_bytes(), b"\0"].concat()
}

fn key(user: &UserId, name: &str) -> Vec<u8> {
    [&prefix(name), user.as_str().as_bytes()].concat()
}

/// A person is called so from now on.
pub(crate) fn remember(tx: &dyn Tx, user: &UserId, former: Option<&str>, name: &str) -> Result<(), CoreError> {
    if former == Some(name) {
        return Ok(());
    }
    if let Some(former) = former {
        tx.delete(Table::Meta, &key(user, former))?;
    }
    Ok(tx.put(Table::Meta, &key(user, name), &[])?)
}

/// Whether somebody else has a name that looks like this one.
pub(crate) fn has_namesake(tx: &dyn Tx, user: &UserId, name: &str) -> Result<bool, CoreError> {
    let prefix = prefix(name);
    let own = user.as_str().as_bytes();
    // One's own entry and another.
    Ok(scan_prefix(tx, Table::Meta, &prefix, 2)?.iter().any(|(key, _)| &key[prefix.len()..] != own))
}

/// Makes the entries of those whom a former version met, once.
pub(crate) fn complete(tx: &dyn Tx, account: &Account) -> Result<(), CoreError> {
    if tx.get(Table::Meta, COMPLETE)?.is_some() {
        return Ok(());
    }
    remember(tx, &account.user, None, &account.name)?;
    let end = prefix_end(&[]);
    let mut from = Vec::new();
    loop {
        let after = if from.is_empty() { Bound::Unbounded } else { Bound::Excluded(from.as_slice()) };
        let page = tx.scan(Table::Contact, after, end.as_ref().map(Vec::as_slice), Order::Ascending, SCAN_LIMIT)?;
        let Some((last, _)) = page.last() else { break };
        for (id, value) in &page {
            let contact: Contact = decode(value, "contact")?;
            if let Some(user) = std::str::from_utf8(id).ok().and_then(|id| id.parse().ok()) {
                remember(tx, &user, None, &contact.name)?;
            }
        }
        from = last.clone();
    }
    Ok(tx.put(Table::Meta, COMPLETE, &[])?)
}
