//! `chancery invite`

use crate::{
    admin::{DataArgs, Folder, Invite, KeyKind, KeyRing, RelayApi, invitation},
    output::{Failure, Outcome, now_ms, plain, qr, stamp},
    session::{Context, user},
};
use chancery_wire::{
    api::{Request, enrolment},
    link::relay_address,
    signed::Kind,
};
use jiff::tz::TimeZone;
use rand_core::OsRng;
use serde_json::json;
use std::path::PathBuf;

/// Invite somebody: prints a link to pass on
///
/// Signs with the enrolment key and registers the invitation at the running relay. Whoever opens the link first becomes the
/// user, so pass it on by a way that reaches only that person. It is shown once and stored nowhere.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The new user's id: `bob` or `bob@example.org`; it never changes
    user: String,
    /// The name that others see [default: the id's first part]
    #[arg(long)]
    name: Option<String>,
    /// What the user will be: member of the organisation, guest from outside, or bot (a program)
    #[arg(long, default_value = "member", value_parser = ["member", "guest", "bot"])]
    kind: String,
    /// How many days the link can be used
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=90))]
    days: u64,
    /// Show the link as a QR code, too
    #[arg(long)]
    qr: bool,
    #[command(flatten)]
    data: DataArgs,
    /// Folder with organisation.json and enrolment.key, when they are kept elsewhere [default: keys in the data folder]
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    /// The relay's address [default: public_url of the data folder's configuration]
    #[arg(long, value_name = "URL")]
    relay: Option<String>,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let folder = Folder::at(&args.data.data);
    let ring = args.keys.map_or_else(|| folder.keys(), KeyRing::at);
    let organisation = ring.organisation()?;
    let enrolment = ring.key(KeyKind::Enrolment)?;
    let origin = match &args.relay {
        Some(url) => relay_address(url).map_err(|error| Failure::usage(format!("--relay: {error}.")))?,
        None => folder.config()?.public_url().clone(),
    };
    let user = user(&args.user, &organisation.domain)?;
    if user.domain() != organisation.domain {
        return Err(Failure::usage(format!("This organisation invites users of {} only.", organisation.domain)));
    }
    let name = args.name.unwrap_or_else(|| user.local().to_owned());
    let kind = Kind::from_text(&args.kind).expect("clap let only kinds through");
    let invite = Invite { user: user.clone(), name: name.clone(), kind, days: args.days };
    let (signed, link) = invitation(invite, &enrolment, &organisation.root()?, &origin, now_ms() / 1000, &mut OsRng)?;
    let api = RelayApi::new(origin, context.global)?;
    api.call(&Request::Invite { body: enrolment::Invite { invitation: signed.bytes().to_vec().into() } }).await?;
    let link = link.to_text();
    let value = json!({ "user": user, "name": name, "kind": kind, "link": link, "expires_at": signed.expires_at });
    context.out.record(&value, || {
        format!(
            "Invitation for {} ({user}), until {}:\n\n{link}\n",
            plain(&name),
            stamp(signed.expires_at * 1000, &TimeZone::system())
        )
    })?;
    if args.qr {
        context.out.say(qr(&link)?)?;
    }
    context
        .out
        .aside("Pass the link on by a way that reaches only this person: whoever opens it first becomes the user.");
    Ok(())
}
