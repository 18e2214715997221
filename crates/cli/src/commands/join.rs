//! `chancery join`

use crate::{
    output::{Failure, Outcome, plain},
    session::{Context, Session, device_label},
};
use chancery_core::{Command, CommandResult};
use chancery_wire::link::InvitationLink;
use serde_json::json;

/// Join an organisation with an invitation link
///
/// Makes your identity and this profile on this machine. The part of the link behind the # proves who invited you and
/// never reaches the relay.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The invitation link, whole; quote it, because of the #
    link: String,
    /// What you call this device [default: this machine's name]
    #[arg(long)]
    label: Option<String>,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    // Checked before a profile is made.
    InvitationLink::parse(&args.link).map_err(|error| Failure::new("invalid_link", sentence(&error.to_string())))?;
    if context.global.offline {
        return Err(Failure::offline("offline", "Joining needs the relay; leave --offline out."));
    }
    let session = Session::open_any(context).await?;
    if session.has_joined() {
        let account = session.account();
        return Err(Failure::new(
            "already_joined",
            format!("This profile is {} already. Choose another one with --profile NAME.", account.user),
        ));
    }
    let label = args.label.unwrap_or_else(device_label);
    let joined = session.command(Command::Join { link: args.link, label: label.clone() }).await?;
    let CommandResult::Joined { user, name, organisation } = joined else {
        return Err(Failure::new("internal", "Joining gave an unexpected answer; this is a bug."));
    };
    let finished = session.finish().await;
    let profile = &context.global.profile;
    let value = json!({ "user": user, "name": name, "organisation": organisation, "label": label, "profile": profile });
    context.out.record(&value, || {
        format!("Welcome to {}, {}. You are {user} on this device.", plain(&organisation), plain(&name))
    })?;
    context.out.aside("Next: `chancery people` shows who is there, `chancery start USER` begins a conversation, `chancery chat` opens the chat.");
    finished
}

/// A message with a capital letter and a full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
