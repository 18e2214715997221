//! The relay on a real port, with real MLS clients.

mod abuse;
mod accounts;
mod api_tester;
mod authorisation;
mod delivery;
mod durability;
mod files;
mod groups;
mod independent;
mod openapi;
mod organisation;
mod push;
mod sent_again;
mod store;
mod support;
mod tls;
mod upkeep;
mod web;
