//! Columns that line up in any script.

use unicode_width::UnicodeWidthStr;

/// Rows with columns padded to the same width; the last column runs on. The cells have to be [`super::plain`].
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0))
        .collect();
    rows.iter()
        .map(|row| {
            let line: String = row
                .iter()
                .enumerate()
                .map(|(column, cell)| {
                    let gap = if column + 1 == row.len() { 0 } else { widths[column] - cell.width() + 2 };
                    format!("{cell}{}", " ".repeat(gap))
                })
                .collect();
            line.trim_end().to_owned()
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_count_twice() {
        let rows = [["你好", "x"], ["abcde", "y"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), "你好   x\nabcde  y");
    }
}
