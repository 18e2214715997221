//! Public tools look at the API as somebody would who knows only its description: a validator of OpenAPI, and a property-based tester that asks a running
//! relay for whatever the description allows, and for what it doesn't.

use crate::support::*;
use chancery_mls::Role;
use chancery_server::testkit::TestServer;
use std::{path::PathBuf, process::Command};

/// Examples of each call and role.
const EXAMPLES: &str = "4";
/// The same run every time.
const SEED: &str = "20261130";
/// What isn't asked of the relay: bodies are read as JSON whatever their media type; unknown fields and parameters are ignored, and what a signature or a
/// key doesn't verify is refused, so that what is well formed is seldom taken; a file that was made by one device isn't shown to others.
const UNCHECKED: &str = "negative_data_rejection,positive_data_acceptance,missing_required_header,use_after_free,ensure_resource_availability";

fn tool(name: &str) -> Command {
    let folder = std::env::var_os("API_TESTER").expect("`cargo xtask test` says where the tools are");
    Command::new(PathBuf::from(folder).join(name))
}

fn passes(mut command: Command, what: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("starting {what}: {error}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{what}:\n{out}\n{err}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the Python tools that `cargo xtask test` installs"]
async fn public_tools_find_no_answer_that_the_description_lacks() {
    let description = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let mut validator = tool("openapi-spec-validator");
    validator.arg(description);
    passes(validator, "the validator");

    let server = TestServer::start().await;
    let mut admin = Client::join(&server, "alice").await;
    let member = Client::join(&server, "bob").await;
    let group = admin.create_group(&[(&member.user, Role::Member)]).await;
    admin.add(&group, &[&member.user]).await;
    let outsider = Client::join(&server, "erin").await;
    let roles =
        [("nobody", None), ("an outsider", Some(&outsider)), ("a member", Some(&member)), ("an admin", Some(&admin))];
    let folder = tempfile::tempdir().unwrap();
    let mut testers = Vec::new();
    for (role, client) in roles {
        let mut tester = tool("schemathesis");
        tester.current_dir(folder.path()).args(["--no-color", "run", description, "--url", &server.url()]);
        tester.args(["--phases", "examples,coverage,fuzzing", "--seed", SEED, "--max-examples", EXAMPLES]);
        tester.args(["--exclude-checks", UNCHECKED, "--warnings", "off", "--request-timeout", "20"]);
        tester.args(["--suppress-health-check", "all"]);
        // The tester's own extension: a module by name.
        tester.env("SCHEMATHESIS_HOOKS", "api_tester");
        tester.env("PYTHONPATH", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it")).env("PYTHONDONTWRITEBYTECODE", "1");
        if let Some(token) = client.and_then(|client| client.token.as_deref()) {
            tester.arg("--header").arg(format!("Authorization: Bearer {token}"));
        }
        let what = format!("the tester as {role}");
        testers.push(tokio::task::spawn_blocking(move || passes(tester, &what)));
    }
    for tester in testers {
        tester.await.unwrap();
    }
}
