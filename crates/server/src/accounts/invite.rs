//! Registers an invitation.

use crate::{Context, Failure, Relay, Tx, relay::Weight};
use chancery_wire::{
    Code, Refusal,
    api::enrolment::InvitationState,
    ids::InvitationId,
    signed::{Invitation, Signed, invitation_id},
    text::checked_name,
};
use rusqlite::{Connection, OptionalExtension, params};

/// Registers an invitation. The same bytes again succeed; a pending one for the same user gives way to a newer one.
pub fn invite(relay: &Relay, tx: &Tx<'_>, context: Context<'_>, bytes: &[u8]) -> Result<(), Failure> {
    let organisation = tx.organisation(relay);
    let invitation = organisation
        .manifest
        .enrolment_keys
        .iter()
        .find_map(|key| Signed::<Invitation>::verify(bytes, key).ok())
        .ok_or_else(|| {
            Refusal::new(Code::CertificateInvalid, "the invitation isn't signed by an enrolment key of the manifest")
        })?;
    if invitation.user.domain() != organisation.manifest.domain {
        return Err(Refusal::new(Code::CertificateInvalid, "the user is of another organisation").into());
    }
    if let Err(problem) = checked_name(&invitation.name) {
        return Err(Refusal::new(Code::InvalidRequest, format!("the invitation's name: {problem}")).into());
    }
    let id = invitation_id(&invitation.key);
    let known: Option<Vec<u8>> = tx
        .prepare_cached("SELECT body FROM invitations WHERE id = ?")?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?;
    match known {
        Some(known) if known == bytes => return Ok(()),
        Some(_) => {
            return Err(Refusal::new(Code::InvalidRequest, "another invitation with the same key is registered").into());
        }
        None => {}
    }
    if invitation.expires_at <= context.now_seconds() {
        return Err(Code::InvitationExpired.into());
    }
    relay.check_room(Weight::Ordinary)?;
    let user = invitation.user.as_str();
    if tx.prepare_cached("SELECT 1 FROM users WHERE user = ?")?.exists([user])? {
        return Err(Code::UserExists.into());
    }
    let newer = tx
        .prepare_cached("SELECT 1 FROM invitations WHERE user = ? AND issued_at > ?")?
        .exists(params![user, invitation.issued_at])?;
    if newer {
        return Err(Code::StaleVersion.into());
    }
    tx.prepare_cached("DELETE FROM invitations WHERE user = ?")?.execute([user])?;
    tx.prepare_cached("INSERT INTO invitations (id, user, body, issued_at, expires_at) VALUES (?, ?, ?, ?, ?)")?
        .execute(params![id.as_bytes(), user, bytes, invitation.issued_at, sqlite_time(invitation.expires_at)])?;
    Ok(())
}

/// Times come signed and may be any number; the store's integers are signed.
fn sqlite_time(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

/// What is known of an invitation.
pub fn get_invitation(db: &Connection, id: InvitationId) -> Result<InvitationState, Failure> {
    db.prepare_cached("SELECT body, used FROM invitations WHERE id = ?")?
        .query_row([id.as_bytes()], |row| {
            Ok(InvitationState { invitation: row.get::<_, Vec<u8>>(0)?.into(), used: row.get(1)? })
        })
        .optional()?
        .ok_or_else(|| Code::InvitationUnknown.into())
}
