//! Mentions as people read them: `@Bob Lee` instead of the link that stands in the text.

/// Replaces `[@Name](mimi://…)` by `@Name`; every other link stays as it is, so that its target can be seen.
pub fn readable(text: &str) -> String {
    let mut readable = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("[@") {
        let (before, link) = rest.split_at(at);
        readable.push_str(before);
        match mention(link) {
            Some((name, length)) => {
                readable.push_str(&name);
                rest = &link[length..];
            }
            None => {
                readable.push('[');
                rest = &link[1..];
            }
        }
    }
    readable.push_str(rest);
    readable
}

/// The `@Name` of a mention at the start of a text, and how many bytes the mention takes.
fn mention(text: &str) -> Option<(String, usize)> {
    let mut name = String::new();
    let mut characters = text.char_indices().skip(1);
    let label_end = loop {
        match characters.next()? {
            (_, '\\') => name.push(characters.next()?.1),
            (at, ']') => break at,
            (_, '[' | '\n') => return None,
            (_, c) => name.push(c),
        }
    };
    let target = text[label_end..].strip_prefix("](mimi://")?;
    let end = target.find(')')?;
    let plain = target[..end].bytes().all(|b| b.is_ascii_graphic());
    plain.then(|| (name, text.len() - target.len() + end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::mention as link_to;

    #[test]
    fn a_mention_reads_as_a_name() {
        let bob = "bob@example.org".parse().unwrap();
        for name in ["Bob Lee", "B[o]b", "a\\b", "*x*"] {
            assert_eq!(readable(&format!("hi {}, ok", link_to(name, &bob))), format!("hi @{name}, ok"));
        }
    }

    #[test]
    fn other_links_and_halves_stay() {
        for text in
            ["[@x](https://evil.example)", "[@x](mimi://a b)", "[@x]", "[@", "[@[@x]", "a [b] c", "[@x\n](mimi://a)"]
        {
            assert_eq!(readable(text), text);
        }
        assert_eq!(readable("[@[@x](mimi://a/u/b)"), "[@@x");
    }
}
