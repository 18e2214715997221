//! Progress of a transfer: a bar for people, one line at the end for programs.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// A finished transfer, as printed.
#[derive(Debug, Serialize)]
pub struct Transferred<'a> {
    /// The message that carries the file.
    pub message: String,
    /// The file's name.
    pub name: &'a str,
    /// Bytes.
    pub size: u64,
    /// Where it was saved, for a download.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What became of data about place, time and device: `removed`, `kept` (it can't be taken out) or `whole` (as asked for).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<&'static str>,
}

/// A bar on standard error; hidden when programs read along or it is no terminal.
pub fn bar(total_bytes: u64, label: &str, json: bool) -> ProgressBar {
    let target = if json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let style = ProgressStyle::with_template(
        "{prefix} {wide_bar} {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec} {eta}",
    )
    .expect("the template is fixed and tested");
    ProgressBar::with_draw_target(Some(total_bytes), target).with_style(style).with_prefix(super::plain(label))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_bar_can_be_made() {
        let bar = super::bar(10, "report\x1b[2J.pdf", true);
        assert_eq!(bar.prefix(), "report\u{241b}[2J.pdf");
    }
}
