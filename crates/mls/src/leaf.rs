//! Leaves of a tree: whose they are, verified or read from our own state.

use crate::{
    MlsError, Trust,
    rules::{Leaf, Violation},
};
use chancery_wire::{
    DeviceId, UserId,
    signed::{
        self, CREDENTIAL_TYPE, ChainError, DeviceCertificate, Invitation, Unverified, UserCertificate, VerifiedDevice,
    },
};
use openmls::{
    group::Member,
    prelude::{Credential, CredentialType, LeafNode, LeafNodeIndex},
};
use std::collections::HashSet;

/// An MLS credential from the chain's bytes.
pub(crate) fn credential_of(chain: &[u8]) -> Credential {
    Credential::new(CredentialType::Other(CREDENTIAL_TYPE), chain.to_vec())
}

/// Verifies that a leaf's chain verifies and certifies the leaf's signature key. With `now_seconds` its time is checked too.
pub(crate) fn verify(
    trust: &Trust,
    credential: &Credential,
    signature_key: &[u8],
    now_seconds: Option<u64>,
) -> Result<VerifiedDevice, MlsError> {
    if credential.credential_type() != CredentialType::Other(CREDENTIAL_TYPE) {
        return Err(ChainError::Malformed.into());
    }
    let device = trust.verify(credential.serialized_content(), now_seconds)?;
    if device.key != signature_key {
        return Err(MlsError::Mismatch("the leaf's signature key isn't the certified device key"));
    }
    Ok(device)
}

/// Verifies every leaf of a tree (without time: a leaf that was valid when it was added stays) and that no device is in it twice.
pub(crate) fn verify_all(trust: &Trust, members: impl Iterator<Item = Member>) -> Result<Vec<Leaf>, MlsError> {
    let mut seen: HashSet<(UserId, DeviceId)> = HashSet::new();
    let mut verified = Vec::new();
    for member in members {
        let device = verify(trust, &member.credential, &member.signature_key, None)?;
        if !seen.insert((device.user.clone(), device.device)) {
            return Err(Violation::DeviceTwice.into());
        }
        verified.push(leaf(member.index.u32(), device));
    }
    Ok(verified)
}

/// A verified device's leaf at this position.
pub(crate) fn leaf(index: u32, device: VerifiedDevice) -> Leaf {
    Leaf {
        index,
        user: device.user,
        device: device.device,
        kind: device.kind,
        name: device.name,
        identity_key: device.identity_key,
    }
}

/// Reads a leaf of our own state, which was verified when it came in. It is not verified again: an enrolment key that was
/// withdrawn since must not make a group unreadable, it has to be possible to remove the leaf.
pub(crate) fn read(index: u32, credential: &Credential) -> Result<Leaf, MlsError> {
    let chain = signed::Credential::from_slice(credential.serialized_content())?;
    let invitation = Unverified::<Invitation>::parse(&chain.invitation).map_err(ChainError::from)?;
    let device = Unverified::<DeviceCertificate>::parse(&chain.device).map_err(ChainError::from)?;
    let user = Unverified::<UserCertificate>::parse(&chain.user).map_err(ChainError::from)?;
    let invitation = invitation.peek();
    Ok(Leaf {
        index,
        user: invitation.user.clone(),
        device: device.peek().device,
        kind: invitation.kind,
        name: invitation.name.clone(),
        identity_key: user.peek().identity_key,
    })
}

/// Since when the certificate of a leaf of our own state holds, in seconds since 1970.
pub(crate) fn issued_at(credential: &Credential) -> Result<u64, MlsError> {
    let chain = signed::Credential::from_slice(credential.serialized_content())?;
    let device = Unverified::<DeviceCertificate>::parse(&chain.device).map_err(ChainError::from)?;
    Ok(device.peek().issued_at)
}

/// Reads the leaves of our own state; those in `known` that still are the same (`unchanged`) are taken from there.
pub(crate) fn read_all<'a>(
    nodes: impl Iterator<Item = (LeafNodeIndex, &'a LeafNode)>,
    known: &[Leaf],
    unchanged: impl Fn(&Leaf) -> bool,
) -> Result<Vec<Leaf>, MlsError> {
    nodes
        .map(|(index, node)| match find(known, index.u32()) {
            Some(leaf) if unchanged(leaf) => Ok(leaf.clone()),
            _ => read(index.u32(), node.credential()),
        })
        .collect()
}

/// The leaf at this position. The leaves are in order.
pub(crate) fn find(leaves: &[Leaf], index: u32) -> Option<&Leaf> {
    leaves.binary_search_by_key(&index, |leaf| leaf.index).ok().map(|at| &leaves[at])
}
