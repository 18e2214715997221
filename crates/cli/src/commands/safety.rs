//! `chancery safety`

use crate::{
    output::{Failure, Outcome, plain},
    session::{Context, Session},
};
use chancery_core::{Command, query};

/// Show the safety number with a person, to compare it by another way
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The person
    user: String,
    /// Mark it as compared: it was the same on both sides
    #[arg(long)]
    verified: bool,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let session = Session::open(context).await?;
    let user = session.user(&args.user)?;
    if args.verified {
        session.command(Command::VerifyContact { user: user.clone() }).await?;
    }
    let of = user.clone();
    let number = session.query(move |tx| query::safety_number(tx, &of)).await?;
    let Some(number) = number else {
        return Err(Failure::new(
            "unknown_contact",
            format!("Nothing is known of {user} yet; start a conversation first."),
        ));
    };
    context.out.record(&number, || {
        let state = if number.verified { "compared before, and unchanged since" } else { "not compared yet" };
        format!("Safety number with {user}, {state}:\n\n{}\n\nIt has to be the same on the other side. Compare it in person or by phone.", digits(&number.digits))
    })
}

/// Twelve groups in three rows.
fn digits(text: &str) -> String {
    let plain = plain(text);
    let groups: Vec<_> = plain.split(' ').collect();
    groups.chunks(4).map(|row| format!("    {}", row.join(" "))).collect::<Vec<_>>().join("\n")
}
