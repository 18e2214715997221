//! File encryption.
