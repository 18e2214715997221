//! The key somebody meant.

/// The candidate with the least edits to `text`, and their number.
pub(crate) fn nearest_within(text: &str, candidates: impl Iterator<Item = &'static str>) -> (&'static str, usize) {
    candidates.map(|name| (name, edits(text, name))).min_by_key(|(_, edits)| *edits).expect("there are candidates")
}

/// The key with the least edits to `text`; among equals the first.
pub(super) fn nearest(text: &str, candidates: impl Iterator<Item = &'static str>) -> &'static str {
    // A section left out (`certificate` for `tls.certificate`) is a nearer mistake than its letters tell.
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let distance = |name: &str| match edits(&last(text), &last(name)) {
        near @ 0..=1 => edits(text, name).min(1 + near),
        _ => edits(text, name),
    };
    candidates.min_by_key(|name| distance(name)).expect("there are keys")
}

/// Insertions, deletions and replacements from one text to the other (Levenshtein).
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (from, to, count) in [("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3), ("listn", "listen", 1)] {
            assert_eq!((edits(from, to), edits(to, from)), (count, count));
        }
    }
}
