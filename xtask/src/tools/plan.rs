//! What is done about missing tools. Pure: what the machine is like is passed in.

use super::{
    Tool, WASM_TARGET,
    look::{Machine, Missing},
};

/// What is done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Plan {
    Install(What),
    /// Nothing is built; this is said.
    Stop(String),
}

/// What is installed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct What {
    /// Packages of apt.
    pub packages: Vec<&'static str>,
    pub with_sudo: bool,
    /// The browser's target, by rustup.
    pub wasm_target: bool,
}

/// CI installs what it lacks, and so does root, whose command it is anyway. On other people's machines packages are theirs to install: they are told the line.
/// A target of the compiler belongs to the person who types, so rustup adds it for everybody.
pub(super) fn plan(missing: &[Missing], machine: &Machine) -> Plan {
    let may_install = machine.apt && (machine.root || (machine.ci && machine.sudo));
    if missing.iter().any(|missing| !installable(missing.tool, machine, may_install)) {
        return Plan::Stop(message(missing, machine));
    }
    Plan::Install(What {
        packages: packages(missing, machine),
        with_sudo: !machine.root,
        wasm_target: missing.iter().any(|missing| missing.tool == Tool::WasmTarget),
    })
}

fn installable(tool: Tool, machine: &Machine, may_install: bool) -> bool {
    match tool {
        Tool::WasmTarget => machine.rustup,
        _ => may_install && in_apt(tool, machine),
    }
}

/// Whether apt has it as it has to be.
fn in_apt(tool: Tool, machine: &Machine) -> bool {
    machine.apt && tool != Tool::WasmTarget && (tool != Tool::Node || machine.apt_has_node)
}

fn packages(missing: &[Missing], machine: &Machine) -> Vec<&'static str> {
    let by_apt = missing.iter().filter(|missing| in_apt(missing.tool, machine));
    by_apt.flat_map(|missing| missing.tool.about().debian.iter().copied()).collect()
}

/// Everything that is missing, and the one line that installs it.
pub(super) fn message(missing: &[Missing], machine: &Machine) -> String {
    let names: Vec<&str> = missing.iter().map(|missing| missing.tool.about().name).collect();
    let mut text = format!("this needs {}, which this machine lacks", listed(&names));
    let found: Vec<&str> = missing.iter().filter_map(|missing| missing.found.as_deref()).collect();
    if !found.is_empty() {
        text.push_str(&format!(" ({})", found.join("; ")));
    }
    let lines = lines(missing, machine);
    if !lines.is_empty() {
        text.push_str(&format!(". Type this, then repeat:\n\n  {}", lines.join(" && ")));
    } else {
        text.push_str(". Install it, then repeat");
    }
    let node_elsewhere =
        missing.iter().any(|missing| missing.tool == Tool::Node && machine.apt && !machine.apt_has_node);
    if node_elsewhere {
        text.push_str(
            "\n\nThe Node.js that apt has here is too old: get a newer one from https://nodejs.org/en/download",
        );
    }
    text
}

/// What is typed, to be joined by `&&`.
fn lines(missing: &[Missing], machine: &Machine) -> Vec<String> {
    let mut lines = Vec::new();
    let lacks = |tool| missing.iter().any(|missing| missing.tool == tool);
    let packages = packages(missing, machine);
    if !packages.is_empty() {
        let sudo = if machine.root { "" } else { "sudo " };
        lines.push(format!("{sudo}apt-get update && {sudo}apt-get install --yes {}", packages.join(" ")));
    }
    if machine.mac {
        if lacks(Tool::Compiler) || lacks(Tool::Make) || lacks(Tool::Perl) {
            lines.push("xcode-select --install".to_owned());
        }
        let brewed: Vec<&str> = missing.iter().filter_map(|missing| missing.tool.about().homebrew).collect();
        if !brewed.is_empty() {
            lines.push(format!("brew install {}", brewed.join(" ")));
        }
        if lacks(Tool::Clang) {
            // Homebrew keeps its clang out of the way of Apple's.
            lines.push("export PATH=\"$(brew --prefix llvm)/bin:$PATH\"".to_owned());
        }
    }
    if lacks(Tool::WasmTarget) {
        lines.push(format!("rustup target add {WASM_TARGET}"));
    }
    lines
}

fn listed(names: &[&str]) -> String {
    match names {
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(tools: &[Tool]) -> Vec<Missing> {
        tools.iter().map(|tool| Missing { tool: *tool, found: None }).collect()
    }

    /// A fresh Debian.
    const DEBIAN: Machine =
        Machine { ci: false, root: false, sudo: false, apt: true, apt_has_node: false, rustup: true, mac: false };

    #[test]
    fn ci_installs_what_a_fresh_machine_lacks() {
        let lacks = missing(&[Tool::Clang, Tool::WasmTarget, Tool::Chromium, Tool::Python]);
        let packages = vec!["clang", "chromium", "python3", "python3-venv"];
        for (machine, with_sudo) in
            [(Machine { ci: true, root: true, ..DEBIAN }, false), (Machine { ci: true, sudo: true, ..DEBIAN }, true)]
        {
            let what = What { packages: packages.clone(), with_sudo, wasm_target: true };
            assert_eq!(plan(&lacks, &machine), Plan::Install(what));
        }
    }

    #[test]
    fn root_gets_it_installed_and_others_the_one_line() {
        let lacks = missing(&[Tool::Clang, Tool::Make]);
        let root = Machine { root: true, ..DEBIAN };
        assert!(
            matches!(plan(&lacks, &root), Plan::Install(what) if what.packages == ["clang", "make"] && !what.with_sudo)
        );
        let Plan::Stop(text) = plan(&lacks, &Machine { sudo: true, ..DEBIAN }) else { panic!("nobody was asked") };
        assert!(text.contains("clang with WebAssembly and make"), "{text}");
        assert!(text.contains("\n  sudo apt-get update && sudo apt-get install --yes clang make"), "{text}");
    }

    #[test]
    fn what_apt_does_not_have_stops_it_and_everything_missing_is_named_together() {
        let mut lacks = missing(&[Tool::Clang, Tool::Node]);
        lacks[1].found = Some("the Node.js here is v18.20.4".to_owned());
        let Plan::Stop(text) = plan(&lacks, &Machine { ci: true, root: true, ..DEBIAN }) else { panic!("installed") };
        for part in ["clang", "Node.js 20.19", "v18.20.4", "apt-get install --yes clang", "nodejs.org"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("nodejs npm"), "{text}");
        let newer = Machine { root: true, apt_has_node: true, ..DEBIAN };
        assert!(matches!(plan(&lacks, &newer), Plan::Install(what) if what.packages == ["clang", "nodejs", "npm"]));
    }

    #[test]
    fn the_browsers_target_is_added_by_rustup_for_everybody() {
        let lacks = missing(&[Tool::WasmTarget]);
        let what = What { packages: Vec::new(), with_sudo: true, wasm_target: true };
        assert_eq!(plan(&lacks, &DEBIAN), Plan::Install(what));
        let Plan::Stop(text) = plan(&lacks, &Machine { rustup: false, ..DEBIAN }) else { panic!("no rustup") };
        assert!(text.contains("rustup target add"), "{text}");
    }

    #[test]
    fn a_mac_is_told_its_own_line() {
        let mac = Machine { rustup: true, mac: true, ..Machine::default() };
        let Plan::Stop(text) = plan(&missing(&[Tool::Compiler, Tool::Clang, Tool::Node]), &mac) else { panic!() };
        assert!(text.contains("xcode-select --install && brew install llvm node && export PATH"), "{text}");
    }
}
