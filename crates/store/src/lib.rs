//! Client storage: the core's tables and full-text search on encrypted SQLite.
