//! Names that look alike (Unicode Technical Standard #39, section 4).

use super::{fold::folded, name::shown_name};
use unicode_security::skeleton;

/// Longest key, in characters: a longer name is compared by its beginning.
const MAX_KEY_CHARS: usize = 64;

/// Two names that people may take for each other have the same key: letters that look the same in another script or with another accent
/// left out or in, in capitals or not, with whatever can't be seen.
///
/// The skeleton is taken twice because it depends on the case: `AIice` is `Alice` before folding, `Mark` and `MARK` are the same after it.
pub fn likeness(name: &str) -> String {
    let shown = shown_name(name);
    let first: String = skeleton(&shown).collect();
    let lower = folded(&first);
    skeleton(&lower).filter(|c| !c.is_whitespace()).take(MAX_KEY_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_the_same_have_one_key() {
        for [one, two] in [
            ["Mark", "M\u{430}rk"],
            ["Mark", "Mark\u{200b}"],
            ["Mark", "MARK"],
            ["Mark", "ｍａｒｋ"],
            ["Alice", "AIice"],
            ["Alice", "A1ice"],
            ["Renate Bauer", "Renate  Bauer"],
            ["Renate Bauer", "RenateBauer"],
            ["José", "Jose\u{301}"],
            ["José", "Jose"],
            ["Corner", "Comer"],
            ["Paypal", "Раураl"],
        ] {
            assert_eq!(likeness(one), likeness(two), "{one:?} and {two:?}");
        }
    }

    #[test]
    fn names_that_differ_have_their_own() {
        for [one, two] in [
            ["Mark", "Marc"],
            ["Anna", "Hannah"],
            ["Bob Jones", "Rob Jones"],
            ["山田", "山口"],
            ["Иван", "Игорь"],
            ["Tim", "Kim"],
        ] {
            assert_ne!(likeness(one), likeness(two), "{one:?} and {two:?}");
        }
    }

    #[test]
    fn a_long_name_has_a_short_key() {
        assert!(likeness(&"m".repeat(1000)).chars().count() <= MAX_KEY_CHARS);
    }
}
