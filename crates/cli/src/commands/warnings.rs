//! `chancery warnings`

use crate::{
    output::{Outcome, plain},
    session::{Context, Session},
};
use chancery_core::query;

/// Show what went wrong: damaged conversations, changed keys, a relay that misbehaved
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many, at most
    #[arg(long, short = 'n', default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=1000))]
    limit: u64,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let warnings = session.query(move |tx| query::warnings(tx, limit)).await?;
    if warnings.is_empty() {
        return context.out.say("No warnings.");
    }
    warnings.iter().try_for_each(|warning| {
        context.out.record(warning, || {
            let group = warning.group.as_ref().map(|group| format!(" [{}]", &group.as_str()[..8])).unwrap_or_default();
            format!("{}{group}: {}", plain(&warning.code), plain(&warning.message))
        })
    })
}
