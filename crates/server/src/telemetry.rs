//! Logging: structured events on standard error, as JSON for machines or as text for people.
//!
//! **Invariant:** no event carries content, a name, an id of a user or a key; see CONTRIBUTING.md.

use crate::config::{LogFormat, nearest::nearest_within};
use thiserror::Error;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter, layer::SubscriberExt, util::SubscriberInitExt};

/// Why logging can't start.
#[derive(Debug, Error)]
pub enum TelemetryError {
    /// Not a level or list of levels.
    #[error("log.level: {0}; say `info`, `debug`, or `info,chancery_server=debug`")]
    Level(String),
    /// Another subscriber is there.
    #[error("logging was started already")]
    Started,
}

/// The words for levels, from the fewest lines to none.
const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];
/// A word that is further away than so many edits from every level is none of them misspelt.
const MAX_EDITS: usize = 2;

/// Checks a level or list of levels per module. The filter's own reading takes a misspelt level for a module's name, and the log is silent.
pub fn parse_level(level: &str) -> Result<EnvFilter, TelemetryError> {
    for part in level.split(',') {
        let word = match part.split_once('=') {
            Some((module, _)) if module.trim().is_empty() => {
                return Err(TelemetryError::Level(format!("`{part}` has no module before `=`")));
            }
            Some((_, word)) => word.trim(),
            None => part.trim(),
        };
        check_word(word)?;
    }
    let without_spaces: String = level.split_whitespace().collect();
    EnvFilter::try_new(without_spaces).map_err(|_| TelemetryError::Level(format!("`{level}` isn't understood")))
}

fn check_word(word: &str) -> Result<(), TelemetryError> {
    let lower = word.to_lowercase();
    if LEVELS.contains(&lower.as_str()) {
        return Ok(());
    }
    let (meant, edits) = nearest_within(&lower, LEVELS.into_iter());
    Err(TelemetryError::Level(match lower.as_str() {
        "" => "a level is empty".to_owned(),
        _ if edits <= MAX_EDITS => format!("there is no level `{word}`; did you mean `{meant}`?"),
        _ => format!("there is no level `{word}`; there are {}", LEVELS.join(", ")),
    }))
}

/// Starts logging to standard error for the whole process.
pub fn start(format: LogFormat, level: &str) -> Result<(), TelemetryError> {
    subscriber(format, level, std::io::stderr)?.try_init().map_err(|_| TelemetryError::Started)
}

fn subscriber<W>(
    format: LogFormat,
    level: &str,
    writer: W,
) -> Result<Box<dyn tracing::Subscriber + Send + Sync>, TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let registry = tracing_subscriber::registry().with(parse_level(level)?);
    let layer = tracing_subscriber::fmt::layer().with_writer(writer);
    Ok(match format {
        LogFormat::Json => Box::new(registry.with(layer.json().flatten_event(true).with_current_span(false))),
        LogFormat::Text => Box::new(registry.with(layer.with_ansi(false).compact())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, level: &str) -> String {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let subscriber = subscriber(format, level, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(items = 3, "caught up");
            tracing::debug!("detail");
        });
        String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn json_lines_are_objects_and_levels_filter() {
        let text = logged(LogFormat::Json, "info");
        assert_eq!(text.lines().count(), 1);
        let event: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&event["message"], &event["items"], &event["level"]),
            (&"caught up".into(), &3.into(), &"INFO".into())
        );
    }

    #[test]
    fn text_lines_are_plain() {
        let text = logged(LogFormat::Text, "debug");
        assert_eq!(text.lines().count(), 2);
        assert!(text.contains("caught up") && !text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn a_level_that_is_none_is_refused() {
        assert!(parse_level("info,chancery_server=debug").is_ok());
        assert!(matches!(parse_level("info,=="), Err(TelemetryError::Level(_))));
    }
}
