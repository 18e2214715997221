//! `chancery passphrase`

use crate::{
    output::{Failure, Outcome},
    session::{Context, Profile, new_passphrase, open_failure, required},
};
use clap::Subcommand;
use serde_json::json;
use std::path::PathBuf;

/// Protect this profile with a passphrase, change it, or take it away
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Set a passphrase on a profile that has none
    Set {
        /// File whose first line is the new passphrase [default: you are asked]
        #[arg(long, value_name = "FILE")]
        new_file: Option<PathBuf>,
    },
    /// Change the passphrase; the present one is asked for, or given by --passphrase-file
    Change {
        /// File whose first line is the new passphrase [default: you are asked]
        #[arg(long, value_name = "FILE")]
        new_file: Option<PathBuf>,
    },
    /// Take the passphrase away
    Remove,
}

/// Runs it.
pub async fn run(args: Args, context: Context<'_>) -> Outcome {
    let profile = Profile::of(context.global)?;
    if !profile.dir.exists() {
        return Err(Failure::locked("not_joined", format!("There is no profile \"{}\" here.", profile.name)));
    }
    let sealed = chancery_client::Profile::is_sealed(&profile.dir).map_err(open_failure)?;
    match (&args.command, sealed) {
        (What::Set { .. }, true) => {
            return Err(Failure::new(
                "sealed",
                "The profile has a passphrase already; use `chancery passphrase change`.",
            ));
        }
        (What::Change { .. } | What::Remove, false) => {
            return Err(Failure::new("not_sealed", "The profile has no passphrase; use `chancery passphrase set`."));
        }
        _ => {}
    }
    let old = if sealed { Some(required(context)?) } else { None };
    let (new, done) = match &args.command {
        What::Set { new_file } => (Some(new_passphrase(new_file.as_deref())?), "set"),
        What::Change { new_file } => (Some(new_passphrase(new_file.as_deref())?), "changed"),
        What::Remove => (None, "removed"),
    };
    tokio::task::block_in_place(|| {
        let (old, new) = (old.as_ref().map(|p| p.as_str()), new.as_ref().map(|p| p.as_str()));
        chancery_client::Profile::change_passphrase(&profile.dir, old, new)
    })
    .map_err(open_failure)?;
    context.out.record(&json!({ "passphrase": done, "profile": profile.name }), || {
        let advice = if new.is_some() {
            " Keep it: nobody can restore it, but you can link this device again from another one."
        } else {
            ""
        };
        format!("The passphrase was {done}.{advice}")
    })
}
