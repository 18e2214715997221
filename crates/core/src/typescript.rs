//! The TypeScript form of the API: one generated file that the app in the browser compiles against.

use crate::{
    api::{Command, CommandResult, Event, UserError},
    ask::{Query, answer_types},
};
use std::{any::TypeId, collections::BTreeMap, fmt::Write};
use ts_rs::{Config, TS, TypeVisitor};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/src/api/generated/index.ts");

/// Declarations by name.
struct Declarations {
    config: Config,
    found: BTreeMap<String, (TypeId, String)>,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Only what is declared has a place of its own; the rest is written where it is used.
        if T::output_path().is_some() {
            let name = T::ident(&self.config);
            match self.found.get(&name) {
                Some((id, _)) => assert_eq!(*id, TypeId::of::<T>(), "two types are called {name}"),
                None => {
                    let docs = T::docs().unwrap_or_default();
                    let declaration = format!("{docs}export {}\n", T::decl(&self.config));
                    self.found.insert(name, (TypeId::of::<T>(), declaration));
                    T::visit_dependencies(self);
                }
            }
        } else {
            T::visit_dependencies(self);
        }
    }
}

fn render() -> String {
    let config = || Config::new().with_large_int("number");
    let mut declarations = Declarations { config: config(), found: BTreeMap::new() };
    declarations.visit::<Command>();
    declarations.visit::<CommandResult>();
    declarations.visit::<Event>();
    declarations.visit::<UserError>();
    declarations.visit::<Query>();
    let answers = answer_types(&config(), &mut declarations);
    let mut text =
        "// Made from crates/core: `UPDATE=1 cargo nextest run -p chancery-core typescript` writes it again.\n"
            .to_owned();
    for (_, declaration) in declarations.found.values() {
        write!(text, "\n{declaration}").unwrap();
    }
    text.push_str("\n/**\n * The answer to each query, by the query's type.\n */\nexport type Answers = {\n");
    for (tag, name) in answers {
        writeln!(text, "  {tag}: {name};").unwrap();
    }
    text.push_str("};\n");
    text
}

#[test]
fn the_typescript_types_are_current() {
    let text = render();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(std::path::Path::new(FILE).parent().unwrap()).unwrap();
        std::fs::write(FILE, &text).unwrap();
    }
    let written = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(written == text, "web/src/api/generated/index.ts isn't current: run this test with UPDATE=1");
}

#[test]
fn commands_and_questions_are_read_from_what_the_app_writes() {
    let command =
        r#"{"type":"send","group":"00112233445566778899aabbccddeeff@localhost","draft":{"type":"text","text":"hi"}}"#;
    assert!(matches!(serde_json::from_str(command).unwrap(), Command::Send { .. }));
    let query = r#"{"type":"messages","group":"00112233445566778899aabbccddeeff@localhost","around":12,"limit":20}"#;
    assert!(matches!(serde_json::from_str(query).unwrap(), Query::Messages { around: Some(_), before: None, .. }));
    assert!(matches!(serde_json::from_str(r#"{"type":"waiting"}"#).unwrap(), Query::Waiting {}));
    let result = serde_json::to_string(&CommandResult::People { people: Vec::new() }).unwrap();
    assert_eq!(result, r#"{"type":"people","people":[]}"#);
}
