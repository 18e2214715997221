//! Folding for searches: the one that the full-text index, the directory of the relay, the command line and the app share. The app has it in
//! TypeScript, made from the letters below and held against the same examples (`web/src/api/generated/folding.json`).

use unicode_normalization::UnicodeNormalization;

/// Letters that Unicode doesn't decompose though people type them without their stroke, and full case folding: a letter, and what is searched
/// for it. Stored indexes were made with them: another letter here needs those to be made anew.
const FOLDED_LETTERS: [(char, &str); 16] = [
    ('ß', "ss"),
    ('ẞ', "ss"),
    ('ς', "σ"),
    ('æ', "ae"),
    ('Æ', "ae"),
    ('œ', "oe"),
    ('Œ', "oe"),
    ('ø', "o"),
    ('Ø', "o"),
    ('ł', "l"),
    ('Ł', "l"),
    ('đ', "d"),
    ('Đ', "d"),
    ('ħ', "h"),
    ('Ħ', "h"),
    ('ı', "i"),
];

/// A text for comparing: decomposed (NFKD), without accents and joiners, in small letters.
pub fn folded(text: &str) -> String {
    fold_chars(text).filter(|&c| !is_joiner(c)).collect()
}

/// The same, character by character, with joiners, which shape letters.
pub fn fold_chars(text: &str) -> impl Iterator<Item = char> {
    text.nfkd().filter(|&c| !is_accent(c)).nfc().flat_map(Folded::of)
}

/// Whether it shapes the letters beside it and doesn't part words.
pub fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{ad}')
}

enum Folded {
    Table(std::str::Chars<'static>),
    Lower(std::char::ToLowercase),
}

impl Folded {
    fn of(c: char) -> Self {
        match FOLDED_LETTERS.iter().find(|(letter, _)| *letter == c) {
            Some((_, folded)) if !c.is_ascii() => Self::Table(folded.chars()),
            _ => Self::Lower(c.to_lowercase()),
        }
    }
}

impl Iterator for Folded {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self {
            Self::Table(chars) => chars.next(),
            Self::Lower(chars) => chars.next(),
        }
    }
}

/// Marks that people leave out when they search: accents, Hebrew points, Arabic vowel signs. Vowel signs of Indic and
/// South-East Asian scripts are letters in all but name, and kana with and without voicing marks are different letters.
fn is_accent(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
        | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'..='\u{5c2}' | '\u{5c4}'..='\u{5c5}' | '\u{5c7}'
        | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/src/api/generated/folding.json");

    /// What is typed, and what has to be found by it.
    const FOUND: [(&str, &str); 10] = [
        ("lukas", "Łukasiewicz"),
        ("strauss", "Strauß"),
        ("Strauß", "STRAUSS"),
        ("jose", "Jose\u{301}"),
        ("José", "jose"),
        ("ostergaard", "Østergaard"),
        ("Aesop", "Æsop"),
        ("istanbul", "İstanbul"),
        ("ΣΊΣΥΦΟΣ", "Σίσυφος"),
        ("ｍａｒｋ", "Mark"),
    ];

    #[test]
    fn people_are_found_by_what_is_typed() {
        for (typed, name) in FOUND {
            assert!(
                folded(name).contains(&folded(typed)),
                "{typed:?}: {:?}, {name:?}: {:?}",
                folded(typed),
                folded(name)
            );
        }
        assert_ne!(folded("が"), folded("か"), "kana with and without voicing marks are different letters");
    }

    #[test]
    fn folding_twice_changes_nothing() {
        for (typed, name) in FOUND {
            for text in [typed, name] {
                assert_eq!(folded(&folded(text)), folded(text));
            }
        }
    }

    /// `UPDATE=1 cargo nextest run -p chancery-wire the_app_folds` writes it again.
    #[test]
    fn the_app_folds_by_the_same_letters_and_examples() {
        let letters: BTreeMap<_, _> =
            FOLDED_LETTERS.iter().map(|(letter, folded)| (letter.to_string(), *folded)).collect();
        let texts = FOUND.iter().flat_map(|(typed, name)| [*typed, *name]).chain([
            "Crème BRÛLÉE, Łódź",
            "Ёлка Йод",
            "مُحَمَّد",
            "שָׁלוֹם",
            "ガイド か\u{3099}",
            "हिन्दी",
            "ﬁn ① K",
            "a\u{ad}b\u{200d}c",
            "한국어",
            "",
        ]);
        let examples: BTreeMap<_, _> = texts.map(|text| (text, folded(text))).collect();
        let mut made = serde_json::to_string_pretty(&BTreeMap::from([
            ("letters", serde_json::to_value(letters).unwrap()),
            ("examples", serde_json::to_value(examples).unwrap()),
        ]))
        .unwrap();
        made.push('\n');
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(FILE, &made).unwrap();
        }
        let committed = std::fs::read_to_string(FILE).unwrap_or_default();
        assert_eq!(
            committed.replace("\r\n", "\n"),
            made,
            "write it again: UPDATE=1 cargo nextest run -p chancery-wire the_app_folds"
        );
    }
}
