//! What MLS and certificates refuse, in the API's codes.

use crate::{Failure, RelayFault};
use chancery_mls::{MlsError, rules::Violation};
use chancery_wire::{Code, Refusal, signed::ChainError};

/// A chain that doesn't verify.
pub fn chain(error: &ChainError) -> Refusal {
    match error {
        ChainError::Expired => Code::CertificateExpired.into(),
        ChainError::Malformed => Refusal::new(Code::InvalidRequest, error.to_string()),
        _ => Refusal::new(Code::CertificateInvalid, error.to_string()),
    }
}

/// What depends on the time says what time it is here, so that whoever reads it sees whose clock is wrong.
pub fn with_time(refusal: Refusal, now_ms: u64) -> Refusal {
    if !matches!(refusal.code, Code::CertificateExpired | Code::InvitationExpired) {
        return refusal;
    }
    let message = format!(
        "{} By this relay's clock it is {}; if that isn't so, a clock is wrong.",
        refusal.message,
        crate::clock::display(now_ms)
    );
    Refusal { message, ..refusal }
}

/// A group, commit, proposal or message that doesn't fit.
pub fn mls(error: MlsError, current_epoch: u64) -> Failure {
    match error {
        MlsError::Untrusted(error) => chain(&error).into(),
        MlsError::PendingProposals | MlsError::Rule(Violation::PendingRemovals) => Code::PendingRemovals.into(),
        MlsError::Rule(violation) => Refusal::new(Code::RuleViolated, violation.to_string()).into(),
        MlsError::Epoch { .. } => Refusal::wrong_epoch(current_epoch).into(),
        MlsError::NotMember => Code::NotMember.into(),
        MlsError::Store(_) | MlsError::Internal(_) => RelayFault::new(error).into(),
        error => Refusal::new(Code::CommitInvalid, error.to_string()).into(),
    }
}
