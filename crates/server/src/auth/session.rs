//! Challenge and answer.

use crate::{Caller, Context, Failure, Relay};
use chancery_wire::{
    Code, DeviceId, Refusal, UserId,
    api::auth::{Challenge, OpenSession, Session, challenge_statement},
    limits::SESSION_LIFETIME_SECONDS,
};
use ed25519_dalek::{Signature, VerifyingKey};
use rusqlite::{Connection, OptionalExtension};

/// A challenge to sign.
pub fn challenge(relay: &Relay, context: Context<'_>) -> Result<Challenge, Failure> {
    let challenge = relay.random::<32>();
    relay.auth.add_challenge(challenge, context.now_ms);
    Ok(Challenge { challenge: challenge.to_vec().into() })
}

/// Opens a session for whoever signed a challenge of ours.
pub fn open_session(
    relay: &Relay,
    db: &Connection,
    context: Context<'_>,
    body: &OpenSession,
) -> Result<Session, Failure> {
    if !relay.auth.take_challenge(&body.challenge.0, context.now_ms) {
        return Err(
            Refusal::new(Code::Unauthenticated, "the challenge is unknown, used or too old; ask for another").into()
        );
    }
    let caller = verify_device(relay, db, &body.user, body.device, &body.challenge.0, &body.signature.0)?;
    let token = relay.auth.add_session(caller, relay.random(), context.now_ms);
    Ok(Session { token, expires_in_seconds: SESSION_LIFETIME_SECONDS })
}

/// Checks the signature of a challenge by a registered device.
pub fn verify_device(
    relay: &Relay,
    db: &Connection,
    user: &UserId,
    device: DeviceId,
    challenge: &[u8],
    signature: &[u8],
) -> Result<Caller, Failure> {
    let unknown = || Refusal::new(Code::Unauthenticated, "no such device, or the signature doesn't verify");
    let (row, user_row, key, revoked): (i64, i64, [u8; 32], bool) = db
        .prepare_cached(
            "SELECT devices.id, user_id, key, revoked_at_ms IS NOT NULL FROM devices JOIN users ON users.id = user_id
             WHERE device = ? AND user = ?",
        )?
        .query_row((device.as_bytes(), user.as_str()), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?
        .ok_or_else(unknown)?;
    let key = VerifyingKey::from_bytes(&key).map_err(|_| unknown())?;
    let signature = Signature::from_slice(signature).map_err(|_| unknown())?;
    let statement = challenge_statement(&relay.domain(), user, &device, challenge);
    key.verify_strict(&statement, &signature).map_err(|_| unknown())?;
    if revoked {
        return Err(Code::DeviceRevoked.into());
    }
    Ok(Caller { user: user.clone(), device, row, user_row })
}
