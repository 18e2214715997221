//! `chancery recovery`

use crate::{
    admin::{DataArgs, Folder, KeyRing, Kit, fingerprint_text},
    output::{Failure, Outcome},
    session::{Context, secret_line},
};
use chancery_wire::signed::root_fingerprint;
use clap::Subcommand;
use serde_json::json;
use std::path::PathBuf;

/// Check the recovery kit
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check that kit and phrase open, and belong to this organisation
    Check {
        /// The kit's file
        kit: PathBuf,
        #[command(flatten)]
        data: DataArgs,
        /// Folder with organisation.json [default: keys in the data folder]
        #[arg(long, value_name = "DIR")]
        keys: Option<PathBuf>,
    },
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let What::Check { kit, data, keys } = args.command;
    let text =
        std::fs::read_to_string(&kit).map_err(|error| Failure::fault(&format!("reading {}", kit.display()), error))?;
    let refused = |error: crate::admin::KitError| Failure::new("recovery_kit", error.to_string());
    let kit = Kit::from_text(&text).map_err(refused)?;
    let organisation = keys.map_or_else(|| Folder::at(&data.data).keys(), KeyRing::at).organisation()?;
    if organisation.root()? != kit.root_key || organisation.domain != kit.domain {
        return Err(Failure::new(
            "recovery_kit",
            format!("This kit belongs to another organisation ({}).", kit.domain),
        ));
    }
    let phrase = secret_line("Phrase (24 words): ")?;
    let opened = tokio::task::spawn_blocking(move || kit.open(&phrase).map(|_| kit));
    let kit = opened.await.map_err(|error| Failure::fault("opening the kit", error))?.map_err(refused)?;
    let fingerprint = fingerprint_text(&root_fingerprint(&kit.root_key));
    context.out.record(
        &json!({ "domain": kit.domain, "root_fingerprint": fingerprint.replace(' ', ""), "opens": true }),
        || format!("The kit opens and holds the root key of {}.\nRoot key  {fingerprint}", kit.domain),
    )
}
