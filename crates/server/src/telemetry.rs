//! Logging: structured events on standard error, as JSON for machines or as text for people.
//!
//! **Invariant:** no event carries content, a name, an id of a user or a key; see CONTRIBUTING.md.

use crate::config::LogFormat;
use thiserror::Error;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter, layer::SubscriberExt, util::SubscriberInitExt};

/// Why logging can't start.
#[derive(Debug, Error)]
pub enum TelemetryError {
    /// Not a level or list of levels.
    #[error("log.level `{0}` isn't understood; say `info`, `debug`, or `info,chancery_server=debug`")]
    Level(String),
    /// Another subscriber is there.
    #[error("logging was started already")]
    Started,
}

/// Checks a level or list of levels per module.
pub fn parse_level(level: &str) -> Result<EnvFilter, TelemetryError> {
    EnvFilter::try_new(level).map_err(|_| TelemetryError::Level(level.to_owned()))
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
