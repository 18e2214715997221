//! mls-rs, told what docs/protocol/mls.md asks of an MLS implementation.

use super::{
    cbor,
    certificates::{self, Owner},
};
use ed25519_dalek::{SigningKey, VerifyingKey};
use mls_rs::{
    CipherSuite, Client, CryptoProvider, Extension, ExtensionList, IdentityProvider, MlsRules,
    client_builder::{MlsConfig, PaddingMode},
    crypto::{SignaturePublicKey, SignatureSecretKey},
    error::IntoAnyError,
    extension::{
        ExtensionType,
        built_in::{ExternalSendersExt, RequiredCapabilitiesExt},
    },
    group::{GroupContext, Roster, Sender},
    identity::{Credential, CredentialType, CustomCredential, SigningIdentity, basic::BasicCredential},
    mls_rules::{CommitDirection, CommitOptions, CommitSource, EncryptionOptions, ProposalBundle},
    time::MlsTime,
};
use mls_rs_core::identity::MemberValidationContext;
use std::time::Duration;

/// The lifetime of leaves; as good as unlimited, and mls-rs can add it to the present.
const UNLIMITED: Duration = Duration::from_secs(1 << 40);

/// Our credential type.
pub const CREDENTIAL: CredentialType = CredentialType::new(0xF0C1);
/// The extension with the group's data.
pub const GROUP_DATA: ExtensionType = ExtensionType::new(0xF0C2);
/// The extension with a key package's time.
pub const KEY_PACKAGE_TIME: ExtensionType = ExtensionType::new(0xF0C3);

/// This device refuses something.
#[derive(Debug)]
pub struct Refused;

impl IntoAnyError for Refused {}

/// Says why: mls-rs passes on that it was refused, but not the reason.
fn refused(why: &str) -> Refused {
    eprintln!("refused: {why}");
    Refused
}

/// What the manifest says.
#[derive(Clone)]
pub struct Organisation {
    pub domain: String,
    pub enrolment_keys: Vec<VerifyingKey>,
    pub relay_key: VerifyingKey,
}

impl Organisation {
    /// The external senders that every group has.
    fn external_senders(&self) -> ExternalSendersExt {
        let credential = BasicCredential::new(self.domain.clone().into_bytes()).into_credential();
        let key = SignaturePublicKey::from(self.relay_key.as_bytes().to_vec());
        ExternalSendersExt::new(vec![SigningIdentity::new(credential, key)])
    }

    /// The extensions of a GroupContext with this data.
    pub fn extensions(&self, data: Vec<u8>) -> ExtensionList {
        let mut extensions = ExtensionList::new();
        extensions.set_from(RequiredCapabilitiesExt::new(vec![GROUP_DATA], vec![], vec![CREDENTIAL])).unwrap();
        extensions.set_from(self.external_senders()).unwrap();
        extensions.set(Extension::new(GROUP_DATA, data));
        extensions
    }

    /// Whether a GroupContext has exactly the three extensions.
    pub fn accepts(&self, extensions: &ExtensionList) -> bool {
        let expected = self.extensions(extensions.get(GROUP_DATA).map(|data| data.extension_data).unwrap_or_default());
        extensions.len() == 3 && expected.iter().all(|one| extensions.get(one.extension_type).as_ref() == Some(one))
    }

    /// Whose leaf it is.
    pub fn owner(&self, identity: &SigningIdentity, now: Option<u64>) -> Result<Owner, Refused> {
        let custom = identity.credential.as_custom().filter(|custom| custom.credential_type == CREDENTIAL);
        let chain = custom.ok_or(refused("another credential type"))?;
        let owner = certificates::verify(&chain.data, &self.enrolment_keys, &self.domain, now).map_err(refused)?;
        if owner.key.as_bytes()[..] != identity.signature_key[..] {
            return Err(refused("the leaf's key isn't the device key"));
        }
        Ok(owner)
    }
}

impl IdentityProvider for Organisation {
    type Error = Refused;

    fn validate_member(
        &self,
        identity: &SigningIdentity,
        time: Option<MlsTime>,
        _context: MemberValidationContext<'_>,
    ) -> Result<(), Refused> {
        self.owner(identity, time.map(|time| time.seconds_since_epoch())).map(|_| ())
    }

    fn validate_external_sender(
        &self,
        identity: &SigningIdentity,
        _time: Option<MlsTime>,
        _extensions: Option<&ExtensionList>,
    ) -> Result<(), Refused> {
        match self.external_senders().allowed_senders() == [identity.clone()] {
            true => Ok(()),
            false => Err(refused("not the relay's key")),
        }
    }

    fn identity(&self, identity: &SigningIdentity, _extensions: &ExtensionList) -> Result<Vec<u8>, Refused> {
        let owner = self.owner(identity, None)?;
        Ok([owner.user.as_bytes(), &owner.device].concat())
    }

    fn valid_successor(
        &self,
        before: &SigningIdentity,
        after: &SigningIdentity,
        _extensions: &ExtensionList,
    ) -> Result<bool, Refused> {
        let (before, after) = (self.owner(before, None)?, self.owner(after, None)?);
        Ok((before.user, before.device) == (after.user, after.device))
    }

    fn supported_types(&self) -> Vec<CredentialType> {
        vec![CREDENTIAL, CredentialType::BASIC]
    }
}

/// Commits with a path, handshakes in public, the tree apart; and what nobody may propose.
#[derive(Clone)]
pub struct Rules(pub Organisation);

impl MlsRules for Rules {
    type Error = Refused;

    fn filter_proposals(
        &self,
        _direction: CommitDirection,
        _source: CommitSource,
        _roster: &Roster<'_>,
        _context: &GroupContext,
        proposals: ProposalBundle,
    ) -> Result<ProposalBundle, Refused> {
        if !proposals.update_proposals().is_empty() || !proposals.reinit_proposals().is_empty() {
            return Err(refused("a proposal that isn't used"));
        }
        let external = |sender: &Sender| !matches!(sender, Sender::Member(_) | Sender::NewMemberCommit);
        if proposals.add_proposals().iter().any(|add| add.is_by_reference() || external(&add.sender)) {
            return Err(refused("an Add that isn't inline"));
        }
        let changes = proposals.group_context_ext_proposals();
        if changes.len() > 1 || changes.iter().any(|set| set.is_by_reference() || !self.0.accepts(&set.proposal)) {
            return Err(refused("another change of the context than its data"));
        }
        Ok(proposals)
    }

    fn commit_options(
        &self,
        _roster: &Roster<'_>,
        _context: &GroupContext,
        _proposals: &ProposalBundle,
    ) -> Result<CommitOptions, Refused> {
        let options = CommitOptions::new().with_path_required(true).with_allow_external_commit(true);
        Ok(options.with_ratchet_tree_extension(false).with_single_welcome_message(true))
    }

    fn encryption_options(&self, _roster: &Roster<'_>, _context: &GroupContext) -> Result<EncryptionOptions, Refused> {
        Ok(EncryptionOptions::new(false, PaddingMode::None))
    }
}

/// A client of mls-rs for this device.
pub fn client<P: CryptoProvider + Clone>(
    organisation: &Organisation,
    crypto: P,
    suite: u16,
    credential: &[u8],
    key: &SigningKey,
) -> Client<impl MlsConfig + use<P>> {
    let credential = Credential::Custom(CustomCredential::new(CREDENTIAL, credential.to_vec()));
    let public = SignaturePublicKey::from(key.verifying_key().to_bytes().to_vec());
    let secret = SignatureSecretKey::from(key.to_keypair_bytes().to_vec());
    Client::builder()
        .crypto_provider(crypto)
        .identity_provider(organisation.clone())
        .mls_rules(Rules(organisation.clone()))
        .extension_types([GROUP_DATA, KEY_PACKAGE_TIME, ExtensionType::LAST_RESORT_KEY_PACKAGE])
        .signing_identity(SigningIdentity::new(credential, public), secret, CipherSuite::new(suite))
        .key_package_lifetime(UNLIMITED)
        .build()
}

/// The extensions of a key package: its time, and whether it is the last resort.
pub fn key_package_extensions(now: u64, last_resort: bool) -> ExtensionList {
    const DAY: u64 = 24 * 3600;
    let time = cbor::encode(&cbor::array([(now - DAY).into(), (now + 90 * DAY).into()]));
    let mut extensions = ExtensionList::new();
    extensions.set(Extension::new(KEY_PACKAGE_TIME, time));
    if last_resort {
        extensions.set(Extension::new(ExtensionType::LAST_RESORT_KEY_PACKAGE, vec![]));
    }
    extensions
}
