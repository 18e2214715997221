//! The description of the API (OpenAPI 3.1).

use chancery_wire::ids::InvitationId;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        ContentBuilder, OpenApi as Document, Ref, RefOr, ResponseBuilder,
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
    // Only a path names it, and what only paths name isn't collected by itself.
    components(schemas(InvitationId)),
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

/// What any call may be refused with beside what is said of it: a method that the route doesn't have, a fault, a relay that shuts down. To HEAD every
/// refusal comes without its body.
fn describe_every_refusal(document: &mut Document) {
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("ProblemDetails"))).build();
    let any = |with_body| {
        let response = ResponseBuilder::new().description("Any other refusal: problem details (RFC 9457), see `code`");
        if with_body { response.content("application/problem+json", problem.clone()).build() } else { response.build() }
    };
    for item in document.paths.paths.values_mut() {
        let with_body = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in with_body.into_iter().flatten() {
            operation.responses.responses.insert("default".to_owned(), RefOr::T(any(true)));
        }
        for operation in item.head.iter_mut() {
            operation.responses.responses.insert("default".to_owned(), RefOr::T(any(false)));
        }
    }
}

/// The whole document, as JSON.
pub fn openapi() -> String {
    let (_, mut document) = super::described().split_for_parts();
    document.merge(super::files_described::Files::openapi());
    describe_every_refusal(&mut document);
    let mut text = document.to_pretty_json().expect("a description always serialises");
    text.push('\n');
    text
}
