//! `chancery info`

use crate::{
    output::{Failure, Outcome, plain, stamp, table},
    session::{Context, Network, Session},
};
use chancery_core::query;
use jiff::tz::TimeZone;

/// Show who has got and read a message, and when
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The message: the start of its id, at least 4 digits
    message: String,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    session.connect(Network::IfPossible).await?;
    let message = session.message(&args.message).await?;
    let info = session.query(move |tx| query::message_info(tx, &message)).await?;
    let zone = TimeZone::system();
    let info = info.ok_or_else(|| Failure::new("no_such_message", "There is no such message on this device."))?;
    context.out.record(&info.receipts, || {
        if !info.has_receipts {
            return "In a conversation of this size nobody tells what they got and read.".to_owned();
        }
        let rows = info.receipts.iter().map(|receipt| {
            let (state, at_ms) = match (receipt.read, receipt.delivered) {
                (true, _) => ("read", receipt.read_at_ms),
                (_, true) => ("delivered", receipt.delivered_at_ms),
                _ => ("not yet", None),
            };
            let when = at_ms.map(|at_ms| stamp(at_ms, &zone)).unwrap_or_default();
            vec![receipt.user.to_string(), plain(&receipt.name), state.to_owned(), when]
        });
        table(&rows.collect::<Vec<_>>())
    })
}
