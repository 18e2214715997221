//! Commands that start with a slash.

/// What each one is called, what follows it, and what it does; the help overlay shows exactly this.
pub const COMMANDS: &[(&str, &str, &str)] = &[
    ("reply", "[ID] TEXT", "answer the last message, the chosen one, or the one named"),
    ("edit", "[ID] TEXT", "change your last message, or the one named"),
    ("delete", "[ID]", "delete your last message, or the one named, for everyone"),
    ("retry", "", "send what was refused once more: the chosen message, or the last one"),
    ("giveup", "", "give an edit, a deletion or a message up that was refused"),
    ("react", "[ID] EMOJI", "react to the last message, or the one named"),
    ("unreact", "[ID] EMOJI", "take a reaction back"),
    ("resend", "[ID]", "send your last message, or the one named, that was refused or is held"),
    ("forward", "[ID] CONVERSATION", "pass a message on"),
    ("attach", "FILE [CAPTION]", "send a file (quote a path with blanks); photos without place and device"),
    ("document", "FILE [CAPTION]", "send a file byte for byte"),
    ("fetch", "[ID] [FOLDER]", "save a file that was sent"),
    ("search", "WORDS", "search all conversations on this device"),
    ("members", "", "who is here"),
    ("safety", "[USER]", "the safety number to compare"),
    ("start", "USER", "start a conversation with somebody"),
    ("group", "NAME USER…", "start a group"),
    ("add", "USER…", "add people"),
    ("remove", "USER…", "remove people"),
    ("role", "USER ROLE", "make somebody admin, member or reader"),
    ("rename", "NAME", "rename the group"),
    ("leave", "", "leave the group"),
    ("repair", "", "rejoin a conversation that is damaged or stands still"),
    ("help", "", "this help"),
    ("quit", "", "leave the chat"),
];

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// A message.
    Text(String),
    /// A command with its words; quotes keep words together.
    Command {
        /// Its name.
        name: &'static str,
        /// The words after it.
        words: Vec<String>,
        /// All that follows the name, as typed.
        rest: String,
    },
    /// Starts with a slash and is no command.
    Unknown(String),
}

/// Reads a line. `//` at the start sends a text that starts with one slash.
pub fn parse(line: &str) -> Typed {
    let Some(command) = line.strip_prefix('/') else { return Typed::Text(line.to_owned()) };
    if command.starts_with('/') {
        return Typed::Text(command.to_owned());
    }
    let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    match COMMANDS.iter().find(|(known, ..)| *known == name) {
        Some((name, ..)) => Typed::Command { name, words: words(rest), rest: rest.trim().to_owned() },
        None => Typed::Unknown(name.to_owned()),
    }
}

/// Splits at blanks outside quotes; a backslash keeps the next character.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (c, quote) {
            ('\\', _) => word.get_or_insert_default().push(characters.next().unwrap_or('\\')),
            (c, Some(open)) if c == open => quote = None,
            (c, Some(_)) => word.get_or_insert_default().push(c),
            // An apostrophe inside a word is no quote.
            ('"' | '\'', None) if word.is_none() => {
                quote = Some(c);
                word = Some(String::new());
            }
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, None) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_text_and_commands_are_commands() {
        assert_eq!(parse("hello /world"), Typed::Text("hello /world".into()));
        assert_eq!(parse("//etc/hosts"), Typed::Text("/etc/hosts".into()));
        assert_eq!(parse("/nonsense x"), Typed::Unknown("nonsense".into()));
        assert_eq!(
            parse("/attach \"my file.pdf\" for you"),
            Typed::Command {
                name: "attach",
                words: vec!["my file.pdf".into(), "for".into(), "you".into()],
                rest: "\"my file.pdf\" for you".into()
            }
        );
    }

    #[test]
    fn quotes_keep_words_together_and_apostrophes_do_not() {
        assert_eq!(words(r#"a "b c" 'd e' f\ g don't"#), ["a", "b c", "d e", "f g", "don't"]);
        assert_eq!(words("  "), Vec::<String>::new());
        assert_eq!(words("\"open"), ["open"]);
    }
}
