//! The relay under test: `chancery serve` in its own process, on a fresh store that `chancery init` made.

use crate::proc;
use anyhow::{Context, Result, bail};
use chancery_wire::Base64;
use ed25519_dalek::SigningKey;
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

/// A running relay.
pub struct Relay {
    program: PathBuf,
    data: TempDir,
    address: SocketAddr,
    origin: String,
    child: Child,
}

impl Relay {
    /// Makes an organisation in a new folder and starts its relay.
    pub async fn start(program: &Path) -> Result<Self> {
        let data = tempfile::Builder::new().prefix("chancery-bench-").tempdir().context("making a folder")?;
        // Taken and given back: another process could take it in between, but hardly does.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr())?.port();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let origin = format!("http://{address}");
        let folder = data.path().join("data");
        let output = Command::new(program)
            .arg("init")
            .arg("--data")
            .arg(&folder)
            .args(["--domain", "localhost", "--name", "Benchmark", "--owner", "owner"])
            .args(["--url", &origin, "--listen", &address.to_string()])
            .stdin(Stdio::null())
            .output()
            .await
            .with_context(|| format!("starting {} init", program.display()))?;
        if !output.status.success() {
            bail!("`chancery init` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let child = serve(program, &folder)?;
        let relay = Self { program: program.to_owned(), data, address, origin, child };
        relay.wait_until_ready().await?;
        Ok(relay)
    }

    /// Stops it and starts it again on the same store, so that a workload finds a fresh process.
    pub async fn restart(&mut self) -> Result<()> {
        self.terminate().await?;
        self.child = serve(&self.program, &self.folder())?;
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

    /// The organisation's enrolment key.
    pub fn enrolment_key(&self) -> Result<SigningKey> {
        let path = self.folder().join("keys").join("enrolment.key");
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let seed = text.lines().nth(1).and_then(|line| Base64::decode(line.trim())).context("not a key file")?;
        Ok(SigningKey::from_bytes(&seed.as_slice().try_into().context("a key has 32 bytes")?))
    }

    fn folder(&self) -> PathBuf {
        self.data.path().join("data")
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

    /// Memory now.
    pub fn pss_kib(&self) -> Result<u64> {
        proc::pss_kib(self.pid()?)
    }
}

fn serve(program: &Path, folder: &Path) -> Result<Child> {
    let log = std::fs::File::options().create(true).append(true).open(folder.with_file_name("relay.log"))?;
    Command::new(program)
        .arg("serve")
        .arg("--data")
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("starting {} serve", program.display()))
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
