//! Opens a rendezvous, and reads its request.

use crate::{Context, Failure, Relay, Tx, relay::Limit};
use chancery_wire::{
    Code, LinkId, Refusal,
    api::links::{Link, LinkRequest, OpenLink},
    limits::LINK_LIFETIME_SECONDS,
};
use rusqlite::{Connection, params};

/// Largest request, in bytes.
const MAX_REQUEST_BYTES: usize = 4096;
/// Open rendezvous at one time.
const MAX_LINKS: u32 = 10_000;

/// Opens one, for anybody.
pub fn open(relay: &Relay, tx: &Tx<'_>, context: Context<'_>, body: OpenLink) -> Result<Link, Failure> {
    if body.request.0.len() > MAX_REQUEST_BYTES {
        return Err(Refusal::new(Code::TooLarge, format!("`request` has more than {MAX_REQUEST_BYTES} bytes")).into());
    }
    relay.limit(Limit::Links, (context.peer, 0), context.now_ms)?;
    let count: u32 = tx.prepare_cached("SELECT count(*) FROM links")?.query_row((), |row| row.get(0))?;
    if count >= MAX_LINKS {
        return Err(Refusal::rate_limited(LINK_LIFETIME_SECONDS as u32).into());
    }
    let link = LinkId(relay.random());
    let expires_at_ms = context.now_ms + LINK_LIFETIME_SECONDS * 1000;
    tx.prepare_cached("INSERT INTO links (id, request, expires_at_ms) VALUES (?, ?, ?)")?.execute(params![
        link.as_bytes(),
        body.request.0,
        expires_at_ms
    ])?;
    Ok(Link { link })
}

/// The new device's request, for an existing device.
pub fn get_request(db: &Connection, context: Context<'_>, link: LinkId) -> Result<LinkRequest, Failure> {
    let (bound, request) = super::find(db, context, link)?;
    match bound {
        Some(device) if device != context.caller()?.row => Err(Code::LinkClosed.into()),
        _ => Ok(LinkRequest { request: request.into() }),
    }
}
