//! Joins with an invitation: makes the user and the first device.

use crate::{Context, Failure, Relay, RelayFault, Tx, devices, key_packages, relay::Weight};
use chancery_mls::VerifiedKeyPackage;
use chancery_wire::{
    Code,
    api::enrolment::Join,
    signed::{Credential, Invitation, Unverified, VerifiedDevice, invitation_id},
};
use rusqlite::{OptionalExtension, params};

/// Joins. The credential was verified; the same one again succeeds, because a reply may have been lost.
pub fn join(
    relay: &Relay,
    tx: &Tx<'_>,
    context: Context<'_>,
    body: &Join,
    device: &VerifiedDevice,
    packages: &[VerifiedKeyPackage],
) -> Result<(), Failure> {
    let credential = Credential::from_slice(&body.credential.0).map_err(RelayFault::new)?;
    let invitation = Unverified::<Invitation>::parse(&credential.invitation).map_err(RelayFault::new)?;
    let id = invitation_id(&invitation.peek().key);
    let registered: Option<(Vec<u8>, bool, u64)> = tx
        .prepare_cached("SELECT body, used, expires_at FROM invitations WHERE id = ?")?
        .query_row([id.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let same_device = tx
        .prepare_cached("SELECT 1 FROM devices WHERE device = ? AND credential = ? AND revoked_at_ms IS NULL")?
        .exists(params![device.device.as_bytes(), body.credential.0])?;
    if same_device {
        return Ok(());
    }
    let user_exists = tx.prepare_cached("SELECT 1 FROM users WHERE user = ?")?.exists([device.user.as_str()])?;
    match registered {
        Some((known, _, _)) if known != credential.invitation => return Err(Code::InvitationUnknown.into()),
        Some((_, true, _)) => return Err(Code::InvitationUsed.into()),
        _ if user_exists => return Err(Code::UserExists.into()),
        None => return Err(Code::InvitationUnknown.into()),
        Some((_, _, expires_at)) if expires_at <= context.now_seconds() => return Err(Code::InvitationExpired.into()),
        Some(_) => {}
    }
    relay.check_room(Weight::Ordinary)?;
    tx.prepare_cached("UPDATE invitations SET used = 1 WHERE id = ?")?.execute([id.as_bytes()])?;
    let user: i64 = tx
        .prepare_cached(
            "INSERT INTO users (user, name, kind, identity_key, joined_at_ms) VALUES (?, ?, ?, ?, ?) RETURNING id",
        )?
        .query_row(
            params![device.user.as_str(), device.name, device.kind.as_str(), device.identity_key, context.now_ms],
            |row| row.get(0),
        )?;
    let row = devices::insert(tx, user, device, &body.credential.0, context.now_ms)?;
    key_packages::put(tx, row, packages)
}
