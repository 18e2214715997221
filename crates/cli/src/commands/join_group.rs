//! `chancery join-group`

use crate::{
    output::{Failure, Outcome, plain},
    session::{Context, Network, Session},
};
use chancery_core::{Command, CommandResult, api::JoinLinkState, query};
use serde_json::json;

/// Ask to be let into a group by the link of one of its admins
///
/// The request goes to the admin who gave out the link, end to end encrypted; one of their devices lets you in when it is online.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The link: https://…/g#…
    link: String,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    session.connect(Network::Queue).await?;
    if let CommandResult::Conversation { group } =
        session.command(Command::JoinByLink { link: args.link.clone() }).await?
    {
        return print(context, &group, JoinLinkState::Member, "You are in the group already.");
    }
    let finished = session.finish().await;
    let link = args.link;
    let view = session.query(move |tx| query::join_link(tx, &link)).await?;
    let view = view.ok_or_else(|| Failure::new("internal", "The link leads nowhere now; this is a bug."))?;
    let admin = plain(&view.admin_name);
    let text = match view.state {
        JoinLinkState::Member => "You are in the group.".to_owned(),
        JoinLinkState::Refused => {
            return Err(Failure::new(
                "link_refused",
                format!("This link doesn't work any more. Ask {admin} for a new one."),
            ));
        }
        JoinLinkState::NotSent => {
            return Err(finished
                .err()
                .unwrap_or_else(|| Failure::new("not_sent", format!("{admin} could not be asked. Try again."))));
        }
        JoinLinkState::Queued => "Queued.".to_owned(),
        JoinLinkState::New | JoinLinkState::Asked => {
            format!("Asked {admin}. You are in as soon as one of their devices is online; `chancery sync` shows it.")
        }
    };
    print(context, &view.group, view.state, &text)?;
    finished
}

fn print(context: Context<'_>, group: &chancery_wire::GroupId, state: JoinLinkState, text: &str) -> Outcome {
    context.out.record(&json!({ "group": group, "state": state }), || text.to_owned())
}
