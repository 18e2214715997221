//! Refusals: expected outcomes with a stable, documented code (docs/protocol/refusals.md) that say what to do.
//! Over HTTP they are problem details (RFC 9457).

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! codes {
    ($($variant:ident, $index:literal, $text:literal, $status:literal, $doc:literal;)*) => {
        /// A stable code. Clients act on the code, people read the message.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize, ToSchema)]
        #[cbor(index_only)]
        #[serde(rename_all = "snake_case")]
        pub enum Code {
            $(#[doc = $doc] #[n($index)] $variant,)*
        }

        impl Code {
            /// Every code, for documentation and tests.
            pub const ALL: &'static [Code] = &[$(Code::$variant),*];

            /// The code as it stands in JSON.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text),* }
            }

            /// HTTP status (RFC 9110 section 15).
            pub fn status(self) -> u16 {
                match self { $(Code::$variant => $status),* }
            }

            /// What it means and what to do, as documented.
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$variant => $doc),* }
            }
        }
    };
}

codes! {
    InvalidRequest, 0, "invalid_request", 400, "The request is malformed; the message names the field. Repair it; repeating it won't help.";
    Unauthenticated, 1, "unauthenticated", 401, "No valid session. Authenticate and repeat.";
    Forbidden, 2, "forbidden", 403, "The caller's role doesn't allow this.";
    NotFound, 3, "not_found", 404, "No such object, or none the caller may know of.";
    DeviceRevoked, 4, "device_revoked", 403, "The device was removed from its user's devices. Link it again.";
    InvitationUnknown, 5, "invitation_unknown", 404, "The relay doesn't know the invitation. Ask for a new one.";
    InvitationUsed, 6, "invitation_used", 409, "The invitation was used already. If it wasn't by you, tell your administrator; otherwise ask for a new one.";
    InvitationExpired, 7, "invitation_expired", 410, "The invitation's time is over. Ask for a new one.";
    UserExists, 8, "user_exists", 409, "The user id is taken. Choose another one, or link a device to the existing user.";
    CertificateInvalid, 9, "certificate_invalid", 403, "A certificate isn't signed by whom it should be, or says something else than the request.";
    CertificateExpired, 10, "certificate_expired", 403, "A certificate's time is over. The device has to renew it.";
    KeyPackageInvalid, 11, "key_package_invalid", 400, "A key package doesn't verify, or isn't the device's own.";
    NoKeyPackage, 12, "no_key_package", 409, "A device of the user has no key package for this suite. It has to come online once.";
    WrongEpoch, 13, "wrong_epoch", 409, "The group has moved on. Process the log up to `current_epoch`, then build the item again.";
    PendingRemovals, 14, "pending_removals", 409, "The commit has to include every pending Remove proposal. Process the log, then build it again.";
    CommitInvalid, 15, "commit_invalid", 422, "The commit or proposal doesn't apply to the group, or its GroupInfo or Welcome doesn't fit it.";
    RuleViolated, 16, "rule_violated", 403, "The group's rules don't allow this change to this member; the message names the rule.";
    GroupExists, 17, "group_exists", 409, "The group id is taken.";
    NotMember, 18, "not_member", 403, "The device isn't a member of this group.";
    TooLarge, 19, "too_large", 413, "Larger than the limit; the message names it.";
    RateLimited, 20, "rate_limited", 429, "Too many requests. Wait `retry_after_seconds`, then repeat.";
    QuotaExceeded, 21, "quota_exceeded", 403, "The user's file quota is used up. Delete files, or ask the administrator.";
    StorageFull, 22, "storage_full", 507, "The relay's disk is nearly full. The administrator has to make room; then repeat.";
    OffsetMismatch, 23, "offset_mismatch", 409, "The upload goes on at another offset. Ask for the offset, then go on from there.";
    FileIncomplete, 24, "file_incomplete", 409, "The file isn't completely uploaded yet. Try again later.";
    FileGone, 25, "file_gone", 410, "The file's time is over, or it was deleted. Ask the sender to send it again.";
    BehindHorizon, 26, "behind_horizon", 410, "The log no longer goes back that far. Rejoin the group.";
    StaleVersion, 27, "stale_version", 409, "A newer version of this signed object is in force. Fetch it first.";
    LinkClosed, 28, "link_closed", 410, "The link was used, or its time is over. Start linking again.";
    TooManyDevices, 29, "too_many_devices", 409, "The user has as many devices as allowed. Remove one first.";
    Draining, 30, "draining", 503, "The relay is shutting down. Reconnect in a moment.";
    Internal, 31, "internal", 500, "A fault in the relay; it is logged. Try again later, and tell the administrator if it stays.";
    UnsupportedVersion, 32, "unsupported_version", 400, "Client and relay don't speak the same version. Update the older one.";
    PushOff, 33, "push_off", 403, "The relay sends no push messages: its administrator has switched them off.";
    PushEndpointRefused, 34, "push_endpoint_refused", 422, "The relay sends nothing to this push endpoint: it isn't https, isn't a public address, or the subscription's keys aren't of the right form.";
    TooManyGroups, 36, "too_many_groups", 409, "The user has started as many groups as one person may. Use an existing one, or ask the administrator.";
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A refusal: a code for programs, a message for people.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, thiserror::Error, ToSchema)]
#[error("{message} ({code})")]
pub struct Refusal {
    /// The stable code.
    #[n(0)]
    pub code: Code,
    /// What happened and what to do, in English; never contains content, names or keys.
    #[n(1)]
    #[serde(rename = "detail")]
    pub message: String,
    /// With `wrong_epoch`: the group's epoch now.
    #[n(2)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_epoch: Option<u64>,
    /// With `rate_limited`: how long to wait.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u32>,
    /// With `offset_mismatch`: where the upload goes on.
    #[n(4)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
}

impl Refusal {
    /// A refusal with this message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), current_epoch: None, retry_after_seconds: None, offset: None }
    }

    /// A refusal with the code's documented meaning as its message.
    pub fn of(code: Code) -> Self {
        Self::new(code, code.meaning())
    }

    /// `wrong_epoch`, with the epoch the group is in.
    pub fn wrong_epoch(current: u64) -> Self {
        Self { current_epoch: Some(current), ..Self::of(Code::WrongEpoch) }
    }

    /// `rate_limited`, with the time to wait.
    pub fn rate_limited(seconds: u32) -> Self {
        Self { retry_after_seconds: Some(seconds), ..Self::of(Code::RateLimited) }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self::of(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_in_json_are_their_text() {
        for code in Code::ALL {
            assert_eq!(serde_json::to_string(code).unwrap(), format!("\"{}\"", code.as_str()));
        }
    }
}
