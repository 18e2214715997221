//! Characters that draw nothing, or that move what stands around them.

/// Nothing is drawn for it, or only a blank: Default_Ignorable_Code_Point (Unicode, DerivedCoreProperties.txt), blanks that aren't
/// White_Space, and controls.
pub(super) fn draws_nothing(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || is_ignorable(c)
        || matches!(
            c,
            // Braille without dots, musical notation without a head, object replacement and interlinear annotation.
            '\u{2800}' | '\u{1d159}' | '\u{fff9}'..='\u{fffc}'
        )
}

/// Default_Ignorable_Code_Point.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Turns around what stands beside it (UAX #9): embeddings, overrides, isolates and marks.
pub(super) fn turns_text(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether an ignorable character shapes the one before it, so that it is part of how a name is written: joiners in scripts that
/// join letters and in emoji, variation selectors of signs, the letters of flags.
pub(super) fn shapes(before: Option<char>, c: char) -> bool {
    let Some(before) = before else { return false };
    match c {
        '\u{200c}' | '\u{200d}' => joins(before) || (c == '\u{200d}' && is_pictograph(before)),
        '\u{fe0e}' | '\u{fe0f}' => is_pictograph(before) || before.is_ascii_digit() || matches!(before, '#' | '*'),
        '\u{180b}'..='\u{180d}' | '\u{180f}' => ('\u{1820}'..='\u{18aa}').contains(&before),
        // Ideographs have registered variants, which differ in names.
        '\u{e0100}'..='\u{e01ef}' => {
            matches!(before, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
        }
        '\u{e0020}'..='\u{e007f}' => before == '\u{1f3f4}' || ('\u{e0020}'..='\u{e007e}').contains(&before),
        _ => false,
    }
}

/// Letters and vowel signs of scripts in which joiners are part of the spelling: Arabic and its relatives, the Indic scripts, Khmer and Burmese.
fn joins(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{fb50}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefe}')
}

/// Signs that emoji are put together from, near enough: what is wrongly taken for one only keeps its selector.
fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{a9}' | '\u{ae}' | '\u{203c}'..='\u{3299}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
}
