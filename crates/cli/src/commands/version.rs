//! `chancery version`

use crate::{output::Outcome, session::Context};
use serde_json::json;

/// Show the version
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
pub fn run(_: Args, context: Context<'_>) -> Outcome {
    let version = env!("CARGO_PKG_VERSION");
    let protocol = chancery_wire::PROTOCOL_VERSION;
    // The same as About in the app shows: what a relay serves can be compared with what it should.
    let app = chancery_server::web::bundle_hash();
    context.out.record(&json!({ "version": version, "protocol": protocol, "app": app }), || {
        let app =
            app.as_deref().map_or("none; `cargo xtask web` builds it".to_owned(), |hash| format!("bundle {hash}"));
        format!("chancery {version} (protocol {protocol})\napp {app}")
    })
}
