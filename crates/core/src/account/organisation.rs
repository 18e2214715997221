//! The organisation's manifest and policy: verified against the pinned root, never older than what was seen before.

use crate::{
    engine::{CoreError, Ctx, Loaded, verify_policy},
    records::Account,
    sync,
};
use chancery_wire::{
    api::organisation::Organisation,
    signed::{Manifest, Policy, PublicKey, Signed, root_fingerprint},
};

/// Verifies an organisation's objects. The error is a sentence for people.
pub(crate) fn verify_organisation(
    organisation: &Organisation,
    pinned: &[u8; 32],
) -> Result<(PublicKey, Signed<Manifest>, Signed<Policy>), &'static str> {
    let root: PublicKey =
        organisation.root_key.0.as_slice().try_into().map_err(|_| "The relay's root key is malformed.")?;
    if root_fingerprint(&root) != *pinned {
        return Err("The relay shows another organisation's root key than the invitation names. \
                    Don't go on; tell whoever invited you.");
    }
    let manifest = Signed::<Manifest>::verify(&organisation.manifest.0, &root).map_err(
        |_| "The organisation's manifest isn't signed by its root key. Don't go on; tell your administrator.",
    )?;
    let policy = verify_policy(&organisation.policy.0, &manifest).ok_or(
        "The organisation's policy isn't signed by one of its policy keys. Don't go on; tell your administrator.",
    )?;
    Ok((root, manifest, policy))
}

/// Takes over newer versions; refuses forged or older ones with a warning.
pub(super) fn update(ctx: &mut Ctx<'_>, organisation: &Organisation) -> Result<(), CoreError> {
    let Some(loaded) = ctx.loaded()? else { return Ok(()) };
    let pinned = root_fingerprint(&loaded.account.root_key);
    let (_, manifest, policy) = match verify_organisation(organisation, &pinned) {
        Ok(verified) => verified,
        Err(why) => {
            ctx.warn("untrusted_organisation", None, why);
            return Ok(());
        }
    };
    let known = loaded.trust.manifest();
    if manifest.version < known.version
        || policy.version < loaded.policy.version
        || (manifest.version == known.version && *manifest != *known)
    {
        ctx.warn(
            "untrusted_organisation",
            None,
            "The relay shows an older manifest or policy than before. It was restored from a backup, or it cheats; \
             the newer one stays in force here. Tell your administrator.",
        );
        return Ok(());
    }
    if manifest.bytes() == loaded.account.manifest.as_slice() && policy.bytes() == loaded.account.policy.as_slice() {
        return Ok(());
    }
    let mut account: Account = loaded.account.clone();
    account.manifest = manifest.bytes().to_vec().into();
    account.policy = policy.bytes().to_vec().into();
    if Loaded::new(account.clone()).is_err() {
        // The organisation took back the key that enrolled us. What is here stays readable; nothing goes on.
        ctx.warn(
            "not_enrolled",
            None,
            "The organisation has withdrawn the key that your invitation was signed with. Ask your administrator for a new invitation.",
        );
        return sync::revoked(ctx);
    }
    account.save(ctx.tx)?;
    // Groups hold nothing of the old trust; verified credentials are checked again against the new manifest.
    ctx.state.loaded = None;
    Ok(())
}
