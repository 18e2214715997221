//! Message content.
