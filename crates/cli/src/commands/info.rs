//! `chancery info`

use crate::{
    output::{Failure, Outcome, plain, table},
    session::{Context, Network, Session},
};
use chancery_core::query;

/// Show who has got and read a message
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
    let info = info.ok_or_else(|| Failure::new("no_such_message", "There is no such message on this device."))?;
    context.out.record(&info.receipts, || {
        if !info.has_receipts {
            return "In a conversation of this size nobody tells what they got and read.".to_owned();
        }
        let rows = info.receipts.iter().map(|receipt| {
            let state = match (receipt.read, receipt.delivered) {
                (true, _) => "read",
                (_, true) => "delivered",
                _ => "not yet",
            };
            vec![receipt.user.to_string(), plain(&receipt.name), state.to_owned()]
        });
        table(&rows.collect::<Vec<_>>())
    })
}
