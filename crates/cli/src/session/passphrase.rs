//! The profile's passphrase: from a file, the environment, or a question.

use super::{Context, secret_line};
use crate::output::{Failure, Outcome};
use std::{io::IsTerminal, path::Path};
use zeroize::Zeroizing;

/// Longest passphrase, in bytes.
const MAX_PASSPHRASE_BYTES: u64 = 4096;

/// The passphrase in a file: its first line.
fn from_file(path: &Path) -> Outcome<Zeroizing<String>> {
    use std::io::Read;
    let operation = format!("reading {}", path.display());
    let mut text = Zeroizing::new(String::new());
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_PASSPHRASE_BYTES).read_to_string(&mut text))
        .map_err(|error| Failure::fault(&operation, error))?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

/// The passphrase given by option or environment, if any.
fn given(context: Context<'_>) -> Outcome<Option<Zeroizing<String>>> {
    match &context.global.passphrase_file {
        Some(path) => from_file(path).map(Some),
        None => Ok(std::env::var("CHANCERY_PASSPHRASE").ok().map(Zeroizing::new)),
    }
}

/// The passphrase of a sealed profile.
pub fn required(context: Context<'_>) -> Outcome<Zeroizing<String>> {
    if let Some(passphrase) = given(context)? {
        return Ok(passphrase);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::locked(
            "locked",
            "The profile is locked with a passphrase. Give it with --passphrase-file or CHANCERY_PASSPHRASE.",
        ));
    }
    secret_line("Passphrase: ")
}

/// A new passphrase: from a file, or asked twice.
pub fn new_passphrase(file: Option<&Path>) -> Outcome<Zeroizing<String>> {
    let passphrase = match file {
        Some(path) => from_file(path)?,
        None if std::io::stdin().is_terminal() => {
            let first = secret_line("New passphrase: ")?;
            if *first != *secret_line("Once more: ")? {
                return Err(Failure::new("not_the_same", "The two aren't the same; nothing was changed."));
            }
            first
        }
        None => return Err(Failure::usage("Give the new passphrase with --new-file; there is no terminal to ask at.")),
    };
    if passphrase.is_empty() {
        return Err(Failure::new(
            "empty_passphrase",
            "An empty passphrase protects nothing. Use `chancery passphrase remove` to have none.",
        ));
    }
    Ok(passphrase)
}
