//! Names of files that come from others.

use crate::limits::NAME_ATTEMPTS;
use chancery_wire::text::shown_name;
use std::path::{Path, PathBuf};

/// Longest name, in bytes: room is left for ` (1)` and `.part` within the 255 that file systems take.
const MAX_NAME_BYTES: usize = 200;
/// Names that are devices on Windows, with any ending.
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "COM", "LPT"];

/// A name that stays in its folder, shows what it is and works everywhere: no parts of a path, no control or direction
/// characters, no leading dot, no character or name that Windows reserves, not too long (its ending is kept).
pub fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = shown_name(last).chars().map(|c| if "<>:\"|?*".contains(c) { '_' } else { c }).collect();
    let trimmed = shown.trim_start_matches(['.', ' ']).trim_end_matches(['.', ' ']);
    let (stem, ending) = split(trimmed);
    let ending = if ending.len() > 20 { "" } else { ending };
    let stem = if ending.is_empty() { trimmed } else { stem };
    let mut safe = cut(stem, MAX_NAME_BYTES - ending.len()).to_owned();
    safe.push_str(ending);
    if safe.is_empty() {
        return "file".to_owned();
    }
    let base = safe.split('.').next().unwrap_or_default().trim_end_matches(|c: char| c.is_ascii_digit());
    if DEVICES.iter().any(|device| base.eq_ignore_ascii_case(device)) {
        safe.insert(0, '_');
    }
    safe
}

fn cut(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// `report` and `.pdf`.
fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 => name.split_at(at),
        _ => (name, ""),
    }
}

/// `report.pdf`, `report (1).pdf`, `report (2).pdf`, …
pub(super) fn candidates(wanted: &Path) -> impl Iterator<Item = PathBuf> {
    let name = wanted.file_name().and_then(|name| name.to_str()).unwrap_or("file").to_owned();
    let wanted = wanted.to_owned();
    (0..NAME_ATTEMPTS).map(move |n| {
        let (stem, ending) = split(&name);
        if n == 0 { wanted.clone() } else { wanted.with_file_name(format!("{stem} ({n}){ending}")) }
    })
}

/// Where a file is while it is coming.
pub(super) fn part_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_its_folder_and_shows_what_it_is() {
        for (name, safe) in [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Windows\\evil.exe", "evil.exe"),
            (".bashrc", "bashrc"),
            ("...", "file"),
            ("", "file"),
            ("a/", "file"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("two\nlines\u{7}.txt", "two lines.txt"),
            ("a\u{200b}b\u{2066}.txt", "ab.txt"),
            ("what?: <yes>|\"no\"*.txt", "what__ _yes___no__.txt"),
            ("con.txt", "_con.txt"),
            ("COM1", "_COM1"),
            ("Übersicht 会議.docx", "Übersicht 会議.docx"),
            ("ends with dot. ", "ends with dot"),
        ] {
            assert_eq!(safe_name(name), safe, "{name:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut_and_keeps_its_ending() {
        let safe = safe_name(&format!("{}.pdf", "é".repeat(500)));
        assert!(safe.len() <= MAX_NAME_BYTES && safe.ends_with("é.pdf"));
        assert_eq!(safe_name(&"x".repeat(500)).len(), MAX_NAME_BYTES);
        assert!(safe_name(&format!("a.{}", "b".repeat(500))).len() <= MAX_NAME_BYTES);
    }

    #[test]
    fn names_beside_an_existing_file_are_numbered_before_the_ending() {
        let names: Vec<_> = candidates(Path::new("/x/report.pdf")).take(3).collect();
        assert_eq!(names, ["/x/report.pdf", "/x/report (1).pdf", "/x/report (2).pdf"].map(PathBuf::from));
        assert_eq!(candidates(Path::new("/x/notes")).nth(1).unwrap(), Path::new("/x/notes (1)"));
        assert_eq!(part_of(Path::new("/x/report.pdf")), Path::new("/x/report.pdf.part"));
    }
}
