//! Reading MLS messages (RFC 9420 section 6) from bytes, and a few structures that OpenMLS doesn't show.

use crate::MlsError;
use chancery_wire::{GroupId, limits::MAX_ITEM_BYTES};
use openmls::{
    group::GroupContext,
    messages::group_info::VerifiableGroupInfo,
    prelude::{MlsMessageBodyIn, MlsMessageIn, ProtocolMessage, PublicMessageIn, RatchetTreeIn, Welcome},
};
use tls_codec::{Deserialize, TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// Largest ratchet tree or Welcome that is parsed, in bytes: an unfilled post-quantum tree of [`chancery_wire::limits::MAX_GROUP_LEAVES`] has
/// about 6 MB.
pub(crate) const MAX_TREE_BYTES: usize = 12 * 1024 * 1024;

const VERSION_MLS10: u16 = 1;
const WIRE_FORMAT_PRIVATE_MESSAGE: u16 = 2;
const WIRE_FORMAT_WELCOME: u16 = 3;
const CONTENT_TYPE_APPLICATION: u8 = 1;

fn malformed(what: &'static str) -> impl Fn(tls_codec::Error) -> MlsError {
    move |error| MlsError::Malformed(format!("{what}: {error}"))
}

/// Reads exactly one value. With the decoder that reads from a stream: the one for slices has a debug assertion that truncated
/// input trips (tls_codec 0.5.0), and input never panics.
pub(crate) fn exact<T: Deserialize + tls_codec::Size>(
    bytes: &[u8],
    max: usize,
    what: &'static str,
) -> Result<T, MlsError> {
    if bytes.len() > max {
        return Err(MlsError::Malformed(format!("{what}: more than {max} bytes")));
    }
    T::tls_deserialize_exact(bytes).map_err(malformed(what))
}

/// Writes a value.
pub(crate) fn bytes_of<T: tls_codec::Serialize>(value: &T) -> Result<Vec<u8>, MlsError> {
    value.tls_serialize_detached().map_err(|error| MlsError::Internal(format!("writing MLS data: {error}")))
}

/// Reads a message of a group's log.
pub(crate) fn protocol(bytes: &[u8]) -> Result<ProtocolMessage, MlsError> {
    match exact::<MlsMessageIn>(bytes, MAX_ITEM_BYTES, "message")?.extract() {
        MlsMessageBodyIn::PublicMessage(message) => Ok(message.into()),
        MlsMessageBodyIn::PrivateMessage(message) => Ok(message.into()),
        _ => Err(MlsError::Malformed("a log item has to be a PublicMessage or a PrivateMessage".into())),
    }
}

/// Reads a handshake message, which is never encrypted.
pub(crate) fn handshake(bytes: &[u8]) -> Result<PublicMessageIn, MlsError> {
    match exact::<MlsMessageIn>(bytes, MAX_ITEM_BYTES, "message")?.extract() {
        MlsMessageBodyIn::PublicMessage(message) => Ok(message),
        _ => Err(MlsError::Malformed("a commit or proposal has to be a PublicMessage".into())),
    }
}

/// Reads a GroupInfo, which must not contain the tree.
pub(crate) fn group_info(bytes: &[u8]) -> Result<VerifiableGroupInfo, MlsError> {
    match exact::<MlsMessageIn>(bytes, MAX_ITEM_BYTES, "GroupInfo")?.extract() {
        MlsMessageBodyIn::GroupInfo(info) if info.extensions().ratchet_tree().is_some() => {
            Err(MlsError::Malformed("the GroupInfo contains the tree".into()))
        }
        MlsMessageBodyIn::GroupInfo(info) if info.extensions().external_pub().is_none() => {
            Err(MlsError::Malformed("the GroupInfo lacks the key for external commits".into()))
        }
        MlsMessageBodyIn::GroupInfo(info) => Ok(info),
        _ => Err(MlsError::Malformed("not a GroupInfo".into())),
    }
}

/// Reads a Welcome.
pub(crate) fn welcome(bytes: &[u8]) -> Result<Welcome, MlsError> {
    match exact::<MlsMessageIn>(bytes, MAX_TREE_BYTES, "Welcome")?.extract() {
        MlsMessageBodyIn::Welcome(welcome) => Ok(welcome),
        _ => Err(MlsError::Malformed("not a Welcome".into())),
    }
}

/// Reads a ratchet tree.
pub(crate) fn tree(bytes: &[u8]) -> Result<RatchetTreeIn, MlsError> {
    exact(bytes, MAX_TREE_BYTES, "ratchet tree")
}

/// Reads a group's id.
pub(crate) fn group_id(bytes: &[u8]) -> Result<GroupId, MlsError> {
    GroupId::from_mls(bytes).map_err(|error| MlsError::Malformed(error.to_string()))
}

/// What follows the header of a GroupInfo message: [`VerifiableGroupInfo`] shows neither signer nor tag.
#[derive(TlsDeserialize, TlsSize)]
pub(crate) struct GroupInfoParts {
    version: u16,
    wire_format: u16,
    context: GroupContext,
    extensions: VLBytes,
    /// The confirmation tag of the epoch.
    pub(crate) confirmation_tag: VLBytes,
    /// Leaf index of the signer.
    pub(crate) signer: u32,
    signature: VLBytes,
}

/// Reads those parts of bytes that [`group_info`] accepted.
pub(crate) fn group_info_parts(bytes: &[u8]) -> Result<GroupInfoParts, MlsError> {
    exact(bytes, MAX_ITEM_BYTES, "GroupInfo")
}

/// The beginning of a PrivateMessage.
#[derive(TlsDeserialize, TlsSize)]
struct PrivateHeader {
    version: u16,
    wire_format: u16,
    group_id: VLBytes,
    epoch: u64,
    content_type: u8,
}

/// Group and epoch of an application message; reads its header only.
pub(crate) fn application_header(bytes: &[u8]) -> Result<(GroupId, u64), MlsError> {
    let header = PrivateHeader::tls_deserialize(&mut &*bytes).map_err(malformed("application message"))?;
    if (header.version, header.wire_format, header.content_type)
        != (VERSION_MLS10, WIRE_FORMAT_PRIVATE_MESSAGE, CONTENT_TYPE_APPLICATION)
    {
        return Err(MlsError::Malformed("not an application message".into()));
    }
    Ok((group_id(header.group_id.as_slice())?, header.epoch))
}

/// One joiner's share of a Welcome's secrets.
#[derive(Debug, TlsDeserialize, TlsSerialize, TlsSize)]
pub(crate) struct Share {
    /// Reference of the joiner's key package.
    pub(crate) new_member: VLBytes,
    kem_output: VLBytes,
    ciphertext: VLBytes,
}

/// A Welcome message, with its shares open.
#[derive(TlsDeserialize, TlsSerialize, TlsSize)]
pub(crate) struct WelcomeParts {
    version: u16,
    wire_format: u16,
    cipher_suite: u16,
    /// The shares.
    pub(crate) secrets: Vec<Share>,
    encrypted_group_info: VLBytes,
}

/// Reads a Welcome message into its parts.
pub(crate) fn welcome_parts(bytes: &[u8]) -> Result<WelcomeParts, MlsError> {
    let parts: WelcomeParts = exact(bytes, MAX_TREE_BYTES, "Welcome")?;
    if (parts.version, parts.wire_format) != (VERSION_MLS10, WIRE_FORMAT_WELCOME) {
        return Err(MlsError::Malformed("not a Welcome".into()));
    }
    Ok(parts)
}
