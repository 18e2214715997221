//! Counts tests from what their runners print.

use anyhow::{Context, Result, bail};
use std::{
    io::{BufRead, BufReader, IsTerminal, Read, Write},
    process::{Command, Stdio},
};

/// How many tests passed and failed so far.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub passed: u64,
    pub failed: u64,
}

impl Count {
    /// Reads a line of cargo-nextest (`Summary [ 1.0s] 5 tests run: 4 passed, 1 failed`), of libtest
    /// (`test result: ok. 4 passed; 1 failed`), of Vitest (`      Tests  1 failed | 4 passed (5)`) or of Playwright
    /// (`  4 passed (1.0m)`); other lines count nothing.
    pub fn read_line(&mut self, line: &str) {
        let line = without_colours(line);
        let words: Vec<&str> = line.split([' ', ',', ';', '(', ')', '|']).filter(|word| !word.is_empty()).collect();
        let is_summary = line.trim_start().starts_with("Summary [")
            || line.starts_with("test result: ")
            || line.trim_start().starts_with("Tests  ")
            || (line.starts_with("  ") && matches!(words[..], [_, "passed" | "failed"] | [_, "passed", _]));
        if !is_summary {
            return;
        }
        for pair in words.windows(2) {
            let Ok(number) = pair[0].parse::<u64>() else { continue };
            match pair[1] {
                "passed" => self.passed += number,
                "failed" | "timed" => self.failed += number,
                _ => {}
            }
        }
    }

    /// Runs a test runner, shows what it prints, and counts.
    pub fn run(&mut self, mut command: Command) -> Result<()> {
        let line = crate::process::shown(&command);
        if std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
            command.env("CARGO_TERM_COLOR", "always");
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting `{line}`"))?;
        let stdout = child.stdout.take().expect("piped");
        let stderr = child.stderr.take().expect("piped");
        let errors = std::thread::spawn(move || show(stderr, std::io::stderr()));
        for count in [show(stdout, std::io::stdout()), errors.join().expect("the reading thread doesn't panic")] {
            self.passed += count.passed;
            self.failed += count.failed;
        }
        let status = child.wait().with_context(|| format!("waiting for `{line}`"))?;
        if !status.success() {
            bail!("`{line}` failed ({status})");
        }
        Ok(())
    }
}

fn show(from: impl Read, mut to: impl Write) -> Count {
    let mut count = Count::default();
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
        // A closed terminal doesn't stop the tests.
        let _ = to.write_all(&line).and_then(|()| to.flush());
        count.read_line(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
    count
}

/// Takes ANSI colour sequences out.
fn without_colours(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            chars.by_ref().find(|c| c.is_ascii_alphabetic());
        } else {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(lines: &[&str]) -> (u64, u64) {
        let mut count = Count::default();
        lines.iter().for_each(|line| count.read_line(line));
        (count.passed, count.failed)
    }

    #[test]
    fn summaries_of_both_runners_are_counted() {
        assert_eq!(
            counted(&["     Summary [   0.005s] 9 tests run: 7 passed (1 slow), 1 failed, 1 timed out, 2 skipped"]),
            (7, 2)
        );
        assert_eq!(
            counted(&[
                "\u{1b}[32;1m     Summary\u{1b}[0m [   0.005s] \u{1b}[1m3\u{1b}[0m tests run: \u{1b}[1m3\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, 0 skipped"
            ]),
            (3, 0)
        );
        assert_eq!(
            counted(&[
                "test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
                "test result: FAILED. 1 passed; 2 failed; 0 ignored"
            ]),
            (5, 2)
        );
        assert_eq!(
            counted(&["      Tests  1 failed | 478 passed (479)", " Test Files  1 failed | 3 passed (4)"]),
            (478, 1)
        );
        assert_eq!(counted(&["  1 failed", "    engine.spec.ts:3:1 › joins ──", "  6 passed (1.2m)"]), (6, 1));
    }

    #[test]
    fn what_tests_print_counts_nothing() {
        assert_eq!(counted(&["12 passed, 3 failed", "running 4 tests", ""]), (0, 0));
    }
}
