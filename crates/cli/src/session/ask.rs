//! Questions at the terminal.

use super::Context;
use crate::output::{Failure, Outcome};
use std::io::{BufRead, IsTerminal, Write};
use zeroize::Zeroizing;

/// Longest answer that is read, in bytes.
const MAX_ANSWER_BYTES: u64 = 4096;

fn line(stdin: impl BufRead) -> Outcome<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::new());
    stdin.take(MAX_ANSWER_BYTES).read_line(&mut line).map_err(|error| Failure::fault("reading the answer", error))?;
    Ok(line)
}

/// Asks y/N. Without a terminal, or for programs, nobody can be asked: `--yes` has to be given.
pub fn confirm(context: Context<'_>, question: &str, yes: bool) -> Outcome {
    if yes {
        return Ok(());
    }
    let stdin = std::io::stdin();
    if context.out.is_json() || !stdin.is_terminal() {
        return Err(Failure::new(
            "not_confirmed",
            format!("{question} Nobody can be asked here; add --yes to confirm."),
        ));
    }
    let mut stderr = std::io::stderr();
    write!(stderr, "{question} [y/N] ")
        .and_then(|()| stderr.flush())
        .map_err(|error| Failure::fault("asking", error))?;
    match line(stdin.lock())?.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::new("not_confirmed", "Not confirmed; nothing was done.")),
    }
}

/// Asks for a secret without showing it; reads a line from standard input when that is no terminal.
pub fn secret_line(prompt: &str) -> Outcome<Zeroizing<String>> {
    let stdin = std::io::stdin();
    let text = if stdin.is_terminal() {
        rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(|error| Failure::fault("asking", error))?
    } else {
        line(stdin.lock())?
    };
    Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}
