//! Messages in a rendezvous.

use crate::{
    Context, Failure, Relay, Row, Tx,
    relay::{Limit, Weight},
};
use chancery_wire::{
    Code, LinkId, Refusal,
    api::links::{LinkMessage, LinkMessages, PostLinkMessage},
    limits::{
        LINK_HISTORY_LIFETIME_SECONDS, LINK_LIFETIME_SECONDS, MAX_DEVICES_PER_USER, MAX_LINK_MESSAGE_BYTES,
        MAX_LINK_MESSAGES,
    },
};
use rusqlite::{Connection, OptionalExtension, params};

/// Bytes of messages in one answer, for whoever knows the link; one message always fits.
const PAGE_BYTES: usize = 1024 * 1024;
/// Links of one user that wait for their history to be fetched.
pub const MAX_LINKS_PER_USER: u32 = MAX_DEVICES_PER_USER as u32 * 3 / 2;
/// Bytes of messages in all links of one user.
const MAX_LINK_BYTES_PER_USER: u64 = 4 * 1024 * 1024 * 1024;

/// Adds a message. The same again succeeds.
pub fn post(
    relay: &Relay,
    tx: &Tx<'_>,
    context: Context<'_>,
    link: LinkId,
    body: &PostLinkMessage,
) -> Result<(), Failure> {
    let caller = context.caller()?;
    if body.body.0.len() > MAX_LINK_MESSAGE_BYTES {
        return Err(Refusal::new(Code::TooLarge, format!("`body` has more than {MAX_LINK_MESSAGE_BYTES} bytes")).into());
    }
    if body.n >= MAX_LINK_MESSAGES {
        return Err(Refusal::new(Code::TooLarge, format!("more than {MAX_LINK_MESSAGES} messages")).into());
    }
    match super::find(tx, context, link)?.0 {
        None => {
            if links_of(tx, caller.user_row, context.now_ms)?.0 >= MAX_LINKS_PER_USER {
                return Err(Refusal::rate_limited(LINK_LIFETIME_SECONDS as u32).into());
            }
            let admits = body.admits.as_ref().map(|hash| hash.0.as_slice());
            if admits.is_some_and(|hash| hash.len() != 32) {
                return Err(Refusal::new(Code::InvalidRequest, "`admits` has 32 bytes").into());
            }
            let expires_at_ms = context.now_ms + LINK_HISTORY_LIFETIME_SECONDS * 1000;
            tx.prepare_cached("UPDATE links SET device_id = ?, expires_at_ms = ?, admits = ? WHERE id = ?")?
                .execute(params![caller.row, expires_at_ms, admits, link.as_bytes()])?;
        }
        Some(device) if device == caller.row => {}
        Some(_) => return Err(Code::LinkClosed.into()),
    }
    let known: Option<Vec<u8>> = tx
        .prepare_cached("SELECT body FROM link_messages WHERE link = ? AND n = ?")?
        .query_row(params![link.as_bytes(), body.n], |row| row.get(0))
        .optional()?;
    match known {
        Some(known) if known == body.body.0 => return Ok(()),
        Some(_) => return Err(Refusal::new(Code::InvalidRequest, "`n` holds another message").into()),
        None => {}
    }
    let next: u32 = tx
        .prepare_cached("SELECT coalesce(max(n) + 1, 0) FROM link_messages WHERE link = ?")?
        .query_row([link.as_bytes()], |row| row.get(0))?;
    if body.n != next {
        return Err(Refusal::new(Code::InvalidRequest, "`n` leaves a gap").into());
    }
    // The first message lets a device in; what follows is history.
    relay.check_room(if body.n == 0 { Weight::Ordinary } else { Weight::Bulk })?;
    let bytes = body.body.0.len() as u64;
    if links_of(tx, caller.user_row, context.now_ms)?.1 + bytes > MAX_LINK_BYTES_PER_USER {
        let text = format!("more than {MAX_LINK_BYTES_PER_USER} bytes for devices that are being linked");
        return Err(Refusal::new(Code::TooLarge, text).into());
    }
    relay.take_bytes(Limit::LinkBytes, caller.user_row, body.body.0.len(), context.now_ms)?;
    tx.prepare_cached("UPDATE links SET bytes = bytes + ? WHERE id = ?")?.execute(params![bytes, link.as_bytes()])?;
    tx.prepare_cached("INSERT INTO link_messages (link, n, body) VALUES (?, ?, ?)")?.execute(params![
        link.as_bytes(),
        body.n,
        body.body.0
    ])?;
    Ok(())
}

/// A user's answered links, and the bytes in them.
fn links_of(tx: &Tx<'_>, user: Row, now_ms: u64) -> Result<(u32, u64), Failure> {
    Ok(tx
        .prepare_cached(
            "SELECT count(*), coalesce(sum(bytes), 0) FROM links
             WHERE device_id IN (SELECT id FROM devices WHERE user_id = ?) AND expires_at_ms > ?",
        )?
        .query_row(params![user, now_ms], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// Messages from `from` on.
pub fn get_messages(db: &Connection, context: Context<'_>, link: LinkId, from: u32) -> Result<LinkMessages, Failure> {
    super::find(db, context, link)?;
    let mut statement = db.prepare_cached("SELECT n, body FROM link_messages WHERE link = ? AND n >= ? ORDER BY n")?;
    let mut rows = statement.query(params![link.as_bytes(), from])?;
    let (mut messages, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let body: Vec<u8> = row.get(1)?;
        bytes += body.len();
        if bytes > PAGE_BYTES && !messages.is_empty() {
            break;
        }
        messages.push(LinkMessage { n: row.get(0)?, body: body.into() });
    }
    Ok(LinkMessages { messages })
}
