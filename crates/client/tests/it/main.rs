//! The client against a real relay on a real port.

mod download;
mod faults;
mod kit;
mod proxy;
mod scenario;
mod talk;
mod tls;
mod upload;
