//! Refusals as problem details (RFC 9457).

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chancery_wire::{Code, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

/// Problem details: the refusal with what RFC 9457 adds.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemDetails {
    /// Names the code's documentation.
    #[serde(rename = "type")]
    kind: String,
    /// What the code means and what to do.
    title: &'static str,
    /// HTTP status.
    status: u16,
    #[serde(flatten)]
    refusal: Refusal,
}

/// A refusal on its way out.
#[derive(Debug, Clone)]
pub struct Problem(pub Refusal);

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self(code.into())
    }
}

/// Tells the metrics which code left.
#[derive(Debug, Clone, Copy)]
pub struct RefusedWith(pub Code);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        respond(self.0)
    }
}

/// A refusal as a response.
pub fn respond(refusal: Refusal) -> Response {
    let code = refusal.code;
    let status = StatusCode::from_u16(code.status()).expect("codes have valid statuses");
    let retry_after = refusal.retry_after_seconds;
    let details = ProblemDetails {
        kind: format!("urn:chancery:refusal:{code}"),
        title: code.meaning(),
        status: code.status(),
        refusal,
    };
    let mut response = (status, Json(details)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response.extensions_mut().insert(RefusedWith(code));
    response
}

/// No such route.
pub fn no_route() -> Response {
    respond(Refusal::new(Code::NotFound, "there is no such route"))
}

/// The route has other methods.
pub async fn method_not_allowed() -> Response {
    method_not_allowed_here()
}

/// The same, from a handler of all methods.
pub fn method_not_allowed_here() -> Response {
    let mut response = respond(Refusal::new(Code::InvalidRequest, "the route doesn't have this method"));
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}

/// The logic answered a call with another call's answer: a bug.
pub fn unexpected() -> Problem {
    let fault = crate::RelayFault::new("a call was answered with another call's answer");
    Problem(crate::Failure::from(fault).into_refusal("call"))
}
