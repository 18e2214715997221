//! A file or folder that can't be used: which one, why, and what to do about it.

use std::{
    fmt,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

/// What was done to which path, and what came in between.
#[derive(Debug)]
pub struct PathError {
    doing: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl PathError {
    /// `doing` goes before the path, as in `reading the relay's key`.
    pub fn new(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self { doing, path: path.to_owned(), source }
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.doing, self.path.display(), with_advice(&self.source))
    }
}

impl std::error::Error for PathError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// The error with what to do about it, where that is known.
pub fn with_advice(error: &io::Error) -> String {
    match advice(error.kind()) {
        Some(advice) => format!("{error}; {advice}"),
        None => error.to_string(),
    }
}

/// What to do about an error with a file or folder.
pub fn advice(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::NotFound => "see whether the path is right and everything on it is there",
        ErrorKind::PermissionDenied => {
            "it has to belong to the user that this runs as: give it to them with chown, or run this as its owner"
        }
        ErrorKind::NotADirectory => "a part of this path is a file: name a folder",
        ErrorKind::IsADirectory => "this is a folder: name a file",
        ErrorKind::ReadOnlyFilesystem => {
            "its disk is mounted read-only: mount it for writing, or name a place on another one"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "the disk is full: make room",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_file_and_what_to_do() {
        for (kind, words) in [
            (ErrorKind::PermissionDenied, "chown"),
            (ErrorKind::ReadOnlyFilesystem, "read-only"),
            (ErrorKind::NotADirectory, "name a folder"),
            (ErrorKind::NotFound, "path is right"),
        ] {
            let text = PathError::new("opening", Path::new("/srv/chancery/relay.db"), kind.into()).to_string();
            assert!(text.starts_with("opening /srv/chancery/relay.db: ") && text.contains(words), "{text}");
            assert!(!text.contains(".rs:"), "{text}");
        }
    }
}
