//! The relay from outside: real server, real port, real store.

mod files;
mod tls;
