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
    context.out.record(&json!({ "version": version, "protocol": protocol }), || {
        format!("chancery {version} (protocol {protocol})")
    })
}
