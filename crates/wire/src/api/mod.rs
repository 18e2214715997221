//! The HTTP API as types: one module per capability, and every call in one union, [`Request`].
//! Bodies are JSON; refusals are problem details (RFC 9457). File bytes travel by plain HTTP, see [`files`].

mod answer;
pub mod auth;
pub mod devices;
pub mod enrolment;
pub mod files;
pub mod groups;
pub mod links;
pub mod organisation;
pub mod push;
mod request;

pub use answer::{AnswerHead, NotTheRelay};
pub use request::{Authentication, HttpRequest, Method, Request, Response};
