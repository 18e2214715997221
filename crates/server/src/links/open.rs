//! Opens a rendezvous, and reads its request.

use crate::{
    Context, Failure, Relay, Tx,
    relay::{Limit, Weight},
};
use chancery_wire::{
    Code, LinkId, Refusal,
    api::links::{Link, LinkRequest, OpenLink},
    limits::LINK_LIFETIME_SECONDS,
};
use rusqlite::{Connection, OptionalExtension, params};

/// Largest request, in bytes.
const MAX_REQUEST_BYTES: usize = 4096;
/// Rendezvous at one time that nobody has answered yet.
pub const MAX_OPEN_LINKS: u32 = 10_000;
/// Those of one address.
pub const MAX_OPEN_LINKS_PER_ADDRESS: u32 = 60;
/// Expired ones that are deleted when one is opened; more than come, so that none are left in the end.
const DELETED_AT_ONCE: u32 = 64;

/// Opens one, for anybody.
pub fn open(relay: &Relay, tx: &Tx<'_>, context: Context<'_>, body: OpenLink) -> Result<Link, Failure> {
    if body.request.0.len() > MAX_REQUEST_BYTES {
        return Err(Refusal::new(Code::TooLarge, format!("`request` has more than {MAX_REQUEST_BYTES} bytes")).into());
    }
    relay.limit(Limit::Links, (context.peer, 0), context.now_ms)?;
    relay.check_room(Weight::Ordinary)?;
    // SQLite's integers are signed; only equality matters.
    let peer = context.peer as i64;
    tx.prepare_cached(
        "DELETE FROM links WHERE id IN (SELECT id FROM links WHERE device_id IS NULL AND expires_at_ms <= ? LIMIT ?)",
    )?
    .execute(params![context.now_ms, DELETED_AT_ONCE])?;
    let of_address: u32 = tx
        .prepare_cached("SELECT count(*) FROM links WHERE device_id IS NULL AND peer = ? AND expires_at_ms > ?")?
        .query_row(params![peer, context.now_ms], |row| row.get(0))?;
    if of_address >= MAX_OPEN_LINKS_PER_ADDRESS {
        return Err(Refusal::rate_limited(LINK_LIFETIME_SECONDS as u32).into());
    }
    make_room(tx, context, of_address)?;
    let link = LinkId(relay.random());
    let expires_at_ms = context.now_ms + LINK_LIFETIME_SECONDS * 1000;
    tx.prepare_cached("INSERT INTO links (id, request, expires_at_ms, peer) VALUES (?, ?, ?, ?)")?.execute(params![
        link.as_bytes(),
        body.request.0,
        expires_at_ms,
        peer
    ])?;
    Ok(Link { link })
}

/// When all places are taken, the address that has most loses its newest one to whoever has fewer.
fn make_room(tx: &Tx<'_>, context: Context<'_>, of_address: u32) -> Result<(), Failure> {
    let open: u32 = tx
        .prepare_cached("SELECT count(*) FROM links WHERE device_id IS NULL AND expires_at_ms > ?")?
        .query_row([context.now_ms], |row| row.get(0))?;
    if open < MAX_OPEN_LINKS {
        return Ok(());
    }
    let most: Option<(i64, u32)> = tx
        .prepare_cached(
            "SELECT peer, count(*) FROM links WHERE device_id IS NULL AND expires_at_ms > ?
             GROUP BY peer ORDER BY count(*) DESC LIMIT 1",
        )?
        .query_row([context.now_ms], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match most {
        Some((peer, count)) if count > of_address + 1 => {
            tx.prepare_cached(
                "DELETE FROM links WHERE id = (SELECT id FROM links WHERE device_id IS NULL AND peer = ?
                 ORDER BY expires_at_ms DESC LIMIT 1)",
            )?
            .execute([peer])?;
            Ok(())
        }
        _ => Err(Refusal::rate_limited(LINK_LIFETIME_SECONDS as u32).into()),
    }
}

/// The new device's request, for an existing device.
pub fn get_request(db: &Connection, context: Context<'_>, link: LinkId) -> Result<LinkRequest, Failure> {
    let (bound, request) = super::find(db, context, link)?;
    match bound {
        Some(device) if device != context.caller()?.row => Err(Code::LinkClosed.into()),
        _ => Ok(LinkRequest { request: request.into() }),
    }
}
