//! What stands in a GroupContext and in capabilities.
//!
//! A GroupContext has exactly three extensions: RequiredCapabilities (our credential and extension type), ExternalSenders (the
//! relay's key, with a basic credential whose identity is the organisation's domain) and [`GroupData`].
//!
//! **Invariant:** after creation only the [`GroupData`] changes.

use crate::{GroupData, MlsError, group_data::GROUP_DATA_EXTENSION, rules::Violation};
use chancery_wire::signed::{CREDENTIAL_TYPE, Manifest, Suite};
use openmls::prelude::{
    BasicCredential, Capabilities, Ciphersuite, CredentialType, Extension, ExtensionType, Extensions, ExternalSender,
    GroupContext, RequiredCapabilitiesExtension, UnknownExtension,
};

/// Key package extension (private use) with the time in which it may be used: see [`crate::VerifiedKeyPackage::verify`].
pub(crate) const KEY_PACKAGE_TIME_EXTENSION: u16 = 0xF0C3;

/// OpenMLS's name of a suite.
pub(crate) fn ciphersuite(suite: Suite) -> Ciphersuite {
    match suite {
        Suite::Hybrid => Ciphersuite::try_from(suite.number()).expect("0x004F is compiled in"),
        Suite::Classical => Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519,
    }
}

/// Our name of a suite.
pub(crate) fn suite(ciphersuite: Ciphersuite) -> Result<Suite, MlsError> {
    Suite::from_number(ciphersuite.into())
        .ok_or_else(|| MlsError::Refused("a cipher suite that Chancery doesn't run".into()))
}

/// What every leaf of ours can do. Basic credentials are those of the external sender: a strict implementation wants every member to
/// support its type, too (RFC 9420 section 13.3: the credentials used in a group are those that all members support).
pub(crate) fn capabilities() -> Capabilities {
    Capabilities::new(
        None,
        Some(&Suite::ALL.map(ciphersuite)),
        Some(&[
            ExtensionType::Unknown(GROUP_DATA_EXTENSION),
            ExtensionType::Unknown(KEY_PACKAGE_TIME_EXTENSION),
            ExtensionType::LastResort,
        ]),
        None,
        Some(&[CredentialType::Other(CREDENTIAL_TYPE), CredentialType::Basic]),
    )
}

fn required_capabilities() -> RequiredCapabilitiesExtension {
    RequiredCapabilitiesExtension::new(
        &[ExtensionType::Unknown(GROUP_DATA_EXTENSION)],
        &[],
        &[CredentialType::Other(CREDENTIAL_TYPE)],
    )
}

fn external_senders(manifest: &Manifest) -> Vec<ExternalSender> {
    let identity = BasicCredential::new(manifest.domain.as_str().as_bytes().to_vec());
    vec![ExternalSender::new(manifest.relay_key.to_vec().into(), identity.into())]
}

/// The extensions of a new group.
pub(crate) fn create(data: &GroupData, manifest: &Manifest) -> Result<Extensions<GroupContext>, MlsError> {
    Extensions::from_vec(vec![
        Extension::RequiredCapabilities(required_capabilities()),
        Extension::ExternalSenders(external_senders(manifest)),
        data_extension(data),
    ])
    .map_err(|error| MlsError::Internal(error.to_string()))
}

/// The extensions with other data.
pub(crate) fn with_data(
    extensions: &Extensions<GroupContext>,
    data: &GroupData,
) -> Result<Extensions<GroupContext>, MlsError> {
    let mut extensions = extensions.clone();
    extensions.add_or_replace(data_extension(data)).map_err(|error| MlsError::Internal(error.to_string()))?;
    Ok(extensions)
}

fn data_extension(data: &GroupData) -> Extension {
    Extension::Unknown(GROUP_DATA_EXTENSION, UnknownExtension(data.to_vec()))
}

/// Reads the data of a group that we enter: the other extensions are as they have to be, and the relay's key of the manifest is the
/// only external sender.
pub(crate) fn open(extensions: &Extensions<GroupContext>, manifest: &Manifest) -> Result<GroupData, MlsError> {
    let data = read(extensions)?;
    let expected = create(&data, manifest)?;
    if extensions.required_capabilities() != expected.required_capabilities() {
        return Err(Violation::Extensions.into());
    }
    if extensions.external_senders() != expected.external_senders() {
        return Err(Violation::ExternalSenders.into());
    }
    Ok(data)
}

/// Reads the data that a commit brings: all else stays as it was.
pub(crate) fn change(old: &Extensions<GroupContext>, new: &Extensions<GroupContext>) -> Result<GroupData, MlsError> {
    let data = read(new)?;
    if new.required_capabilities() != old.required_capabilities() || new.external_senders() != old.external_senders() {
        return Err(Violation::Extensions.into());
    }
    Ok(data)
}

/// Reads the data.
pub(crate) fn read(extensions: &Extensions<GroupContext>) -> Result<GroupData, MlsError> {
    if extensions.iter().count() != 3
        || extensions.required_capabilities().is_none()
        || extensions.external_senders().is_none()
    {
        return Err(Violation::Extensions.into());
    }
    let data = extensions.unknown(GROUP_DATA_EXTENSION).ok_or(Violation::Extensions)?;
    GroupData::from_slice(&data.0)
}
