//! The command line: global options and the tree of commands. Each command's own arguments stand in its file.

use crate::commands::*;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Encrypted messaging for an organisation: its relay, its administration, and a client.
#[derive(Debug, Parser)]
#[command(name = "chancery", version, max_term_width = 100, disable_help_subcommand = false)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// Which identity on this machine
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "CHANCERY_PROFILE",
        hide_env_values = true,
        default_value = "default"
    )]
    pub profile: String,
    /// Folder of the profiles [default: the user's data folder]
    #[arg(long, global = true, value_name = "DIR", env = "CHANCERY_PROFILES_DIR", hide_env_values = true)]
    pub profiles_dir: Option<PathBuf>,
    /// File with the profile's passphrase; else CHANCERY_PASSPHRASE, else you are asked
    #[arg(long, global = true, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// PEM file with certificates to trust beside the system's, for an organisation's own authority
    #[arg(long, global = true, value_name = "FILE", env = "CHANCERY_CA", hide_env_values = true)]
    pub ca: Option<PathBuf>,
    /// Print JSON objects, one per line; failures too, on standard error
    #[arg(long, global = true)]
    pub json: bool,
    /// Don't connect: show what this device has, queue what is to be sent
    #[arg(long, global = true)]
    pub offline: bool,
    /// Give up waiting for the relay after this many seconds; what is queued stays queued
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,
}

/// Every command. The groups and their order in the help are in [`crate::help`].
#[derive(Debug, Subcommand)]
#[allow(missing_docs)]
pub enum Command {
    Init(init::Args),
    Serve(serve::Args),
    Invite(invite::Args),
    Policy(policy::Args),
    Clock(clock::Args),
    Recovery(recovery::Args),
    Version(version::Args),

    Join(join::Args),
    Link(link::Args),
    Approve(approve::Args),
    Whoami(whoami::Args),
    Chat(chat::Args),
    Sync(sync::Args),

    #[command(visible_alias = "ls")]
    Conversations(conversations::Args),
    People(people::Args),
    Start(start::Args),
    Group(group::Args),
    Members(members::Args),
    Add(add::Args),
    Remove(remove::Args),
    Role(role::Args),
    Rename(rename::Args),
    Purpose(purpose::Args),
    Picture(picture::Args),
    Disappearing(disappearing::Args),
    GroupLink(group_link::Args),
    JoinGroup(join_group::Args),
    Leave(leave::Args),
    Repair(repair::Args),
    Safety(safety::Args),
    Warnings(warnings::Args),

    Send(send::Args),
    Messages(messages::Args),
    Search(search::Args),
    Edit(edit::Args),
    Delete(delete::Args),
    React(react::Args),
    Forward(forward::Args),
    Resend(resend::Args),
    Star(star::Args),
    Info(info::Args),
    Read(read::Args),

    Attach(attach::Args),
    Fetch(fetch::Args),
    Transfers(transfers::Args),

    Devices(devices::Args),
    RemoveDevice(remove_device::Args),
    Passphrase(passphrase::Args),
}
