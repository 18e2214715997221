//! The description of the API (OpenAPI 3.1).

use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

const ABOUT: &str = "\
The relay orders, stores and forwards ciphertext. Bodies are JSON; bytes in JSON are base64url without padding (RFC 4648 \
section 5); ids are text, those without a domain in hexadecimal; times are in milliseconds since 1970 where the name ends in \
`_ms`, else in seconds. Refusals are problem details (RFC 9457) with a stable `code`; clients act on the code, people read \
`detail`. Every call may be repeated after a lost reply. Unknown fields are ignored. Messages and handshakes are MLS (RFC 9420); \
docs/protocol describes what is in them.";

#[derive(OpenApi)]
#[openapi(
    info(title = "Chancery relay", version = "1", license(identifier = "AGPL-3.0-or-later", name = "AGPL-3.0-or-later")),
    modifiers(&Session),
    tags((name = "organisation", description = "The organisation's signed objects"),
         (name = "auth", description = "Authentication of devices"),
         (name = "accounts", description = "Invitations, joining, the directory of users"),
         (name = "devices", description = "Devices of a user"),
         (name = "key packages", description = "MLS key packages"),
         (name = "push", description = "Push messages that wake a device"),
         (name = "groups", description = "Groups and their logs"),
         (name = "delivery", description = "The WebSocket"),
         (name = "links", description = "Linking a device"),
         (name = "files", description = "Ciphertext of files: tus 1.0 uploads, downloads by range"))
)]
struct Head;

struct Session;

impl Modify for Session {
    fn modify(&self, document: &mut Document) {
        document.info.description = Some(ABOUT.to_owned());
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The token of `POST /v1/auth/sessions` (RFC 6750)."))
            .build();
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("session", SecurityScheme::Http(scheme));
    }
}

/// What stands before the routes.
pub fn head() -> Document {
    Head::openapi()
}

/// The whole document, as JSON.
pub fn openapi() -> String {
    let (_, mut document) = super::described().split_for_parts();
    document.merge(super::files_described::Files::openapi());
    let mut text = document.to_pretty_json().expect("a description always serialises");
    text.push('\n');
    text
}
