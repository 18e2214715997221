//! `chancery whoami`

use crate::{
    output::{Outcome, plain},
    session::{Context, Session},
};
use chancery_core::{api::AccountView, query};
use serde::Serialize;

/// Show who you are on this device
#[derive(Debug, clap::Args)]
pub struct Args {}

#[derive(Serialize)]
struct Line<'a> {
    profile: &'a str,
    #[serde(flatten)]
    account: &'a AccountView,
    waiting: u64,
}

/// Runs it.
pub async fn run(_: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    let account = session.account().clone();
    let waiting = session.query(|tx| query::waiting(tx)).await?;
    let profile = &context.global.profile;
    context.out.record(&Line { profile, account: &account, waiting }, || {
        format!(
            "{} ({})\nOrganisation  {}\nRelay         {}\nDevice        {} ({})\nProfile       {profile}\nRoot key      {}\nWaiting       {waiting}",
            plain(&account.name),
            account.user,
            plain(&account.organisation),
            plain(&account.relay),
            plain(&account.label),
            account.device,
            account.root_fingerprint,
        )
    })
}
