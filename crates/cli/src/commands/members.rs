//! `chancery members`

use crate::{
    output::{Outcome, plain, table},
    session::{Context, Network, Session},
};
use chancery_core::query;
use serde_json::to_value;

/// Show who is in a conversation
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The conversation
    #[arg(value_name = "CONVERSATION")]
    conversation: String,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    session.connect(Network::IfPossible).await?;
    let group = session.conversation(&args.conversation).await?;
    let members = session.query(move |tx| query::members(tx, &group)).await?;
    if context.out.is_json() {
        return members.iter().try_for_each(|member| context.out.record(member, String::new));
    }
    let rows: Vec<_> = members
        .iter()
        .map(|member| {
            let role = to_value(member.role).ok().and_then(|role| role.as_str().map(str::to_owned)).unwrap_or_default();
            let kind = member.kind.map_or("no device here yet", |kind| kind.as_str());
            let devices =
                if member.devices == 1 { "1 device".to_owned() } else { format!("{} devices", member.devices) };
            vec![member.user.to_string(), plain(&member.name), role, kind.to_owned(), devices]
        })
        .collect();
    context.out.say(table(&rows))
}
