//! `cargo xtask start`: from a fresh checkout to a running relay.

use crate::{
    process::{cargo, command, root, run as run_command, shown, target_dir},
    tools,
};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// The relay has to be ready after this long.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// Pause between two looks whether it is ready.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A look takes at most this long.
const LOOK_TIMEOUT: Duration = Duration::from_secs(2);

/// Build Chancery and run an organisation on this machine; started again, it goes on with the same data
#[derive(clap::Args)]
pub struct Args {
    /// Folder of the organisation's data
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8008")]
    listen: SocketAddr,
}
