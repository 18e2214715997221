//! `chancery --help`: the commands in groups, examples at the end.

use crate::args::Cli;
use clap::{Command, CommandFactory};
use std::fmt::Write;

/// The groups in the order people meet them. Every command stands in exactly one (tested).
const GROUPS: &[(&str, &[&str])] = &[
    ("Getting started", &["join", "link", "approve", "whoami", "chat", "sync"]),
    (
        "Conversations",
        &[
            "conversations",
            "people",
            "start",
            "group",
            "members",
            "add",
            "remove",
            "role",
            "rename",
            "purpose",
            "picture",
            "disappearing",
            "group-link",
            "join-group",
            "leave",
            "repair",
            "safety",
            "warnings",
        ],
    ),
    (
        "Messages",
        &["send", "messages", "search", "edit", "delete", "react", "forward", "resend", "star", "info", "read"],
    ),
    ("Files", &["attach", "fetch", "transfers"]),
    ("Devices", &["devices", "remove-device", "passphrase"]),
    ("Administration", &["init", "serve", "invite", "policy", "clock", "recovery", "version"]),
];

const EXAMPLES: &str = "\
Conversations are named by title, by the other person (bob), or by the start of their id; messages by at least 4 digits of their id. Where the name is ambiguous, the candidates are listed.

Examples:
  chancery init --domain example.org --name \"Example Ltd\" --owner alice
  chancery serve
  chancery join 'https://chat.example.org/i#AQ…'
  chancery start bob && chancery send bob 'Good morning'
  chancery chat
  chancery attach 'Site visit' plan.pdf --caption 'Second draft'
  tail -n1 build.log | chancery --profile bot send Builds -
  chancery messages bob --json | jq -r 'select(.body.type == \"text\").body.text'

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 offline or out of time (what is queued stays queued), 4 profile locked, in use or not joined.

`chancery COMMAND --help` explains each command.
";

/// The command line with its grouped help.
pub fn command() -> Command {
    let command = Cli::command();
    let width = command.get_subcommands().map(|sub| shown_name(sub).len()).max().unwrap_or(0);
    let mut list = String::new();
    for (group, names) in GROUPS {
        // Bold headings; the printer takes the codes away when the output is no terminal.
        writeln!(list, "\x1b[1m\x1b[4m{group}:\x1b[0m").expect("writing to a String can't fail");
        for sub in names.iter().filter_map(|name| command.find_subcommand(name)) {
            let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
            writeln!(list, "  \x1b[1m{:width$}\x1b[0m  {about}", shown_name(sub))
                .expect("writing to a String can't fail");
        }
        list.push('\n');
    }
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{list}\x1b[1m\x1b[4mOptions:\x1b[0m\n{{options}}{{after-help}}"
    );
    command.help_template(template).after_help(EXAMPLES)
}

fn shown_name(sub: &Command) -> String {
    std::iter::once(sub.get_name()).chain(sub.get_visible_aliases()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_command_stands_in_exactly_one_group() {
        let grouped: Vec<_> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let distinct: BTreeSet<_> = grouped.iter().copied().collect();
        assert_eq!(grouped.len(), distinct.len());
        let command = Cli::command();
        let all: BTreeSet<_> = command.get_subcommands().map(|sub| sub.get_name()).collect();
        assert_eq!(distinct, all);
    }

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn every_command_and_every_argument_is_explained() {
        fn check(command: &Command, path: &str) {
            assert!(command.get_about().is_some(), "{path} has no description");
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{path} {} is not explained", argument.get_id());
            }
            for sub in command.get_subcommands() {
                check(sub, &format!("{path} {}", sub.get_name()));
            }
        }
        check(&Cli::command(), "chancery");
    }

    #[test]
    fn the_help_fits_a_terminal_and_ends_in_examples() {
        let help = command().render_help().to_string();
        assert!(help.contains("Getting started:") && help.contains("chancery chat"), "{help}");
        let longest = help.lines().max_by_key(|line| line.chars().count()).unwrap();
        assert!(longest.chars().count() <= 120, "{longest}");
    }
}
