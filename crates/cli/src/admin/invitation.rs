//! Signing an invitation.

use chancery_wire::{
    UserId,
    link::{InvitationLink, invitation_key},
    signed::{Invitation, Kind, PublicKey, Signed, root_fingerprint},
    text::checked_name,
};
use ed25519_dalek::SigningKey;
use rand_core::RngCore;
use url::Url;

use crate::output::{Failure, Outcome};

/// Seconds of a day.
const DAY_SECONDS: u64 = 24 * 3600;

/// Who is invited.
#[derive(Debug, Clone)]
pub struct Invite {
    /// The user to be.
    pub user: UserId,
    /// Display name.
    pub name: String,
    /// What the user will be.
    pub kind: Kind,
    /// How long the invitation lasts, in days.
    pub days: u64,
}

/// Signs an invitation and makes its link.
pub fn invitation(
    invite: Invite,
    enrolment: &SigningKey,
    root: &PublicKey,
    relay: &Url,
    now_seconds: u64,
    rng: &mut dyn RngCore,
) -> Outcome<(Signed<Invitation>, InvitationLink)> {
    let name = checked_name(&invite.name).map_err(|problem| Failure::usage(problem.to_string()))?;
    let mut seed = [0; 16];
    rng.fill_bytes(&mut seed);
    let statement = Invitation {
        user: invite.user,
        name,
        kind: invite.kind,
        key: invitation_key(&seed).verifying_key().to_bytes(),
        issued_at: now_seconds,
        expires_at: now_seconds.saturating_add(invite.days.saturating_mul(DAY_SECONDS)),
    };
    let link = InvitationLink { relay: relay.clone(), root_fingerprint: root_fingerprint(root), seed };
    Ok((Signed::sign(statement, enrolment), link))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_wire::signed::invitation_id;
    use rand_core::OsRng;

    #[test]
    fn link_and_invitation_fit_each_other() {
        let enrolment = SigningKey::from_bytes(&[1; 32]);
        let root = SigningKey::from_bytes(&[2; 32]).verifying_key().to_bytes();
        let relay = chancery_wire::link::relay_origin("https://chat.example.org").unwrap();
        let invite =
            Invite { user: "bob@example.org".parse().unwrap(), name: "Bob".into(), kind: Kind::Guest, days: 2 };
        let (signed, link) = invitation(invite.clone(), &enrolment, &root, &relay, 100, &mut OsRng).unwrap();
        let read = InvitationLink::parse(&link.to_text()).unwrap();
        assert_eq!(read.id(), invitation_id(&signed.key));
        assert_eq!(read.root_fingerprint, root_fingerprint(&root));
        assert_eq!((signed.kind, signed.expires_at), (Kind::Guest, 100 + 2 * 86_400));
        assert!(Signed::<Invitation>::verify(signed.bytes(), enrolment.verifying_key().as_bytes()).is_ok());
        for name in ["", "  ", "a\nb", &"x".repeat(200)] {
            let bad = Invite { name: name.into(), ..invite.clone() };
            assert!(invitation(bad, &enrolment, &root, &relay, 100, &mut OsRng).is_err());
        }
    }
}
