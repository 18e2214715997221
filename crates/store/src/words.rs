//! Words for full-text search: the same for every store, so that a search finds the same on every device.
//!
//! Text is folded as for every other search (`chancery_wire::text`). Words are runs of letters and digits; in scripts that
//! don't put spaces between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) every letter is a word by itself, and a
//! search for several of them is a search for the phrase.

use chancery_wire::text::{fold_chars, is_joiner};
use unicode_normalization::char::is_combining_mark;

/// Longer words are cut, in characters: nobody types more, and the index stays small when someone sends base64.
const MAX_WORD_CHARS: usize = 64;
/// Characters of a query that are read.
const MAX_QUERY_CHARS: usize = 1024;
/// Words of a query that are looked for.
const MAX_QUERY_PHRASES: usize = 16;

/// The words of a text, in order.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut splitter = Splitter::default();
    for c in fold_chars(text) {
        splitter.push(c);
    }
    splitter.finish()
}

/// What a query looks for: phrases, all of which have to be there. The last word of the last one may be the beginning of
/// a word.
pub(crate) fn phrases(query: &str) -> Vec<Vec<String>> {
    let end = query.char_indices().nth(MAX_QUERY_CHARS).map_or(query.len(), |(at, _)| at);
    query[..end].split_whitespace().map(words).filter(|phrase| !phrase.is_empty()).take(MAX_QUERY_PHRASES).collect()
}

/// Whether words hold all phrases: what full-text search does, for a store that has none.
pub(crate) fn matches(words: &[String], phrases: &[Vec<String>]) -> bool {
    !phrases.is_empty()
        && phrases.iter().enumerate().all(|(n, phrase)| {
            let may_end_early = n + 1 == phrases.len();
            words.windows(phrase.len()).any(|window| {
                let (last, before) = phrase.split_last().expect("empty phrases are filtered out");
                let (last_word, words_before) = window.split_last().expect("as long as the phrase");
                words_before == before
                    && if may_end_early { last_word.starts_with(last.as_str()) } else { last_word == last }
            })
        })
}

#[derive(Default)]
struct Splitter {
    done: Vec<String>,
    word: String,
    chars: usize,
    alone: bool,
}

impl Splitter {
    fn push(&mut self, c: char) {
        if is_joiner(c) {
            return;
        }
        if is_combining_mark(c) {
            if self.chars > 0 {
                self.append(c);
            }
        } else if !c.is_alphanumeric() {
            self.end();
        } else {
            let alone = is_of_unspaced_script(c);
            if alone || self.alone {
                self.end();
            }
            self.alone = alone;
            self.append(c);
        }
    }

    fn append(&mut self, c: char) {
        self.chars += 1;
        if self.chars <= MAX_WORD_CHARS {
            self.word.push(c);
        }
    }

    fn end(&mut self) {
        if self.chars > 0 {
            self.done.push(std::mem::take(&mut self.word));
        }
        self.chars = 0;
        self.alone = false;
    }

    fn finish(mut self) -> Vec<String> {
        self.end();
        self.done
    }
}

fn is_of_unspaced_script(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' // Thai, Lao
        | '\u{1000}'..='\u{109f}' // Burmese
        | '\u{1780}'..='\u{17ff}' // Khmer
        | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{312f}' | '\u{31a0}'..='\u{31ff}' // kana, bopomofo
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}') // Han
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_strokes_are_folded() {
        assert_eq!(words("Crème BRÛLÉE, Straße; Łódź Øre"), ["creme", "brulee", "strasse", "lodz", "ore"]);
        assert_eq!(words("ΣΊΣΥΦΟΣ Ёлка مُحَمَّد"), ["σισυφοσ", "елка", "محمد"]);
        assert_eq!(words("e\u{301}te\u{301}"), ["ete"]);
    }

    #[test]
    fn scripts_without_spaces_fall_into_letters() {
        assert_eq!(words("Rust入門ガイド"), ["rust", "入", "門", "ガ", "イ", "ド"]);
        assert_eq!(words("ที่นี่"), ["ที่", "นี่"]);
        assert_eq!(words("한국어 हिन्दी"), ["한국어", "हिन्दी"]);
    }

    #[test]
    fn a_long_word_is_cut_and_still_found() {
        let long = "x".repeat(10_000);
        assert_eq!(words(&long)[0].len(), MAX_WORD_CHARS);
        assert!(matches(&words(&long), &phrases(&long)));
    }

    #[test]
    fn a_query_without_words_looks_for_nothing() {
        for query in ["", "   ", "\"*)(", "-- ' ;", "\u{301}"] {
            assert!(phrases(query).is_empty(), "{query:?}");
        }
        assert!(!matches(&words("anything"), &[]));
    }
}
