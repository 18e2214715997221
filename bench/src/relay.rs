//! The relay under test, in its own process, on a fresh store: `chancery serve`, or the same server in this program.

use crate::{organisation::Organisation, proc};
use anyhow::{Context, Result, bail};
use chancery_server::{Server, config::Checked};
use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::{Child, Command},
    time::Instant,
};

/// The relay has to be ready after this long.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// Pause between two looks whether it is ready.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// It has to stop after this long.
const STOP_WITHIN: Duration = Duration::from_secs(60);

/// The hidden command of this program that serves a data folder.
pub const SERVE: &str = "serve-relay";

/// The configuration in a data folder.
const CONFIG_FILE: &str = "chancery.toml";

/// A running relay.
pub struct Relay {
    program: Option<PathBuf>,
    folder: TempDir,
    address: SocketAddr,
    origin: String,
    child: Child,
}

impl Relay {
    /// Makes the organisation's data folder and starts its relay, with the default configuration. `program` is `chancery`; without it,
    /// the server in this program runs.
    pub async fn start(program: Option<&Path>, organisation: &Organisation) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("chancery-bench-").tempdir().context("making a folder")?;
        // Taken and given back: another process could take it in between, but hardly does.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr())?.port();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let data = data_folder(&folder);
        organisation.initialise(&data)?;
        std::fs::write(data.join(CONFIG_FILE), format!("listen = \"{address}\"\n"))
            .context("writing the configuration")?;
        let child = spawn(program, &folder)?;
        let relay =
            Self { program: program.map(Path::to_owned), folder, address, origin: format!("http://{address}"), child };
        relay.wait_until_ready().await?;
        Ok(relay)
    }

    /// Stops it and starts it again on the same store, so that a workload finds a fresh process.
    pub async fn restart(&mut self) -> Result<()> {
        self.terminate().await?;
        self.child = spawn(self.program.as_deref(), &self.folder)?;
        self.wait_until_ready().await
    }

    /// Stops it for good.
    pub async fn stop(mut self) -> Result<()> {
        self.terminate().await
    }

    async fn terminate(&mut self) -> Result<()> {
        let pid = rustix::process::Pid::from_raw(self.pid()? as i32).context("a process has an id")?;
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).context("stopping the relay")?;
        let status = tokio::time::timeout(STOP_WITHIN, self.child.wait()).await.context("the relay doesn't stop")??;
        if !status.success() {
            bail!("the relay ended with {status}");
        }
        Ok(())
    }

    async fn wait_until_ready(&self) -> Result<()> {
        let deadline = Instant::now() + READY_WITHIN;
        while Instant::now() < deadline {
            if ready(self.address).await.unwrap_or(false) {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        bail!("the relay isn't ready after {} s", READY_WITHIN.as_secs())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its origin.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    fn pid(&self) -> Result<u32> {
        self.child.id().context("the relay has ended")
    }

    /// CPU time so far.
    pub fn cpu_time(&self) -> Result<Duration> {
        proc::cpu_time(self.pid()?)
    }

    /// Resident memory now.
    pub fn rss_kib(&self) -> Result<u64> {
        proc::rss_kib(self.pid()?)
    }

    /// Memory now.
    pub fn pss_kib(&self) -> Result<u64> {
        proc::pss_kib(self.pid()?)
    }
}

fn data_folder(folder: &TempDir) -> PathBuf {
    folder.path().join("data")
}

fn spawn(program: Option<&Path>, folder: &TempDir) -> Result<Child> {
    let log = std::fs::File::options().create(true).append(true).open(folder.path().join("relay.log"))?;
    let mut command = match program {
        Some(program) => {
            let mut command = Command::new(program);
            command.args(["serve", "--data"]);
            command
        }
        None => {
            let mut command = Command::new(std::env::current_exe().context("finding this program")?);
            command.arg(SERVE);
            command
        }
    };
    command
        .arg(data_folder(folder))
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .context("starting the relay")
}

/// Serves a data folder until this process is told to stop.
pub fn serve(data: &Path) -> Result<()> {
    let config = Checked::load(Some(&data.join(CONFIG_FILE)))?.in_folder(data);
    tokio::runtime::Runtime::new().context("starting a runtime")?.block_on(async {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        let server = Server::start(config).await?;
        terminate.recv().await;
        server.shutdown().await;
        Ok(())
    })
}

/// Asks `/readyz`.
async fn ready(address: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    stream
        .write_all(format!("GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes())
        .await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer.starts_with(b"HTTP/1.1 200"))
}
