//! The running relay.

use crate::process::command;
use anyhow::{Context, Result, bail};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, ExitStatus, Stdio},
    time::{Duration, Instant},
};

/// The relay has to be ready after this long.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// Pause between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// A question to the relay takes at most this long.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Largest answer that is read, in bytes.
const MAX_ANSWER_BYTES: u64 = 1024 * 1024;

/// A relay that this program started.
pub struct Relay {
    child: Child,
    listen: SocketAddr,
    #[cfg(unix)]
    signals: signal_hook::iterator::Signals,
}

impl Relay {
    /// Starts it and waits until it is ready.
    pub fn start(program: &Path, data: &Path, listen: SocketAddr) -> Result<Self> {
        let mut serve = command(&program.to_string_lossy());
        serve.arg("serve").arg("--data").arg(data).env("CHANCERY_LISTEN", listen.to_string());
        // What it says when it is ready is said here, with more; its log goes to the terminal.
        serve.stdin(Stdio::null()).stdout(Stdio::null());
        #[cfg(unix)]
        {
            // A Ctrl-C reaches this program only, which passes it on: once, not twice.
            std::os::unix::process::CommandExt::process_group(&mut serve, 0);
        }
        #[cfg(unix)]
        let signals = signal_hook::iterator::Signals::new([
            signal_hook::consts::SIGINT,
            signal_hook::consts::SIGTERM,
            signal_hook::consts::SIGHUP,
        ])
        .context("waiting for Ctrl-C")?;
        let child = serve.spawn().context("starting the relay")?;
        let mut relay = Self {
            child,
            listen,
            #[cfg(unix)]
            signals,
        };
        match relay.wait_until_ready() {
            Ok(true) => Ok(relay),
            Ok(false) => {
                relay.wait()?;
                bail!("interrupted")
            }
            Err(error) => {
                // It may have ended by itself.
                let _ = relay.child.kill();
                Err(error)
            }
        }
    }

    /// Whether it became ready before somebody ended it.
    fn wait_until_ready(&mut self) -> Result<bool> {
        let deadline = Instant::now() + READY_WITHIN;
        while Instant::now() < deadline {
            if self.get("/readyz").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return Ok(true);
            }
            if let Some(status) = self.child.try_wait().context("waiting for the relay")? {
                bail!("the relay didn't start ({status}); it says why above");
            }
            if self.pass_signals_on()? {
                return Ok(false);
            }
            std::thread::sleep(LOOK_EVERY);
        }
        bail!("the relay isn't ready after {} s", READY_WITHIN.as_secs())
    }

    /// Asks the relay whether an invitation can still be used.
    pub fn invitation_is_unused(&self, id: &str) -> Result<bool> {
        let answer = self.get(&format!("/v1/invitations/{id}"))?;
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        // An unknown one (a store that was put back) can't be used either.
        Ok(serde_json::from_str::<serde_json::Value>(body).is_ok_and(|state| state["used"] == false))
    }

    /// Whether a browser gets the app from it.
    pub fn serves_app(&self) -> Result<bool> {
        Ok(self.get("/")?.starts_with("HTTP/1.1 200"))
    }

    fn get(&self, path: &str) -> Result<String> {
        let mut stream = TcpStream::connect_timeout(&self.listen, ANSWER_WITHIN).context("connecting to the relay")?;
        stream.set_read_timeout(Some(ANSWER_WITHIN)).context("setting a time-out")?;
        // HTTP/1.0: the body comes in one piece and the connection ends after it.
        stream
            .write_all(format!("GET {path} HTTP/1.0\r\nhost: {}\r\n\r\n", self.listen).as_bytes())
            .context("asking the relay")?;
        let mut answer = String::new();
        stream.take(MAX_ANSWER_BYTES).read_to_string(&mut answer).context("reading the relay's answer")?;
        Ok(answer.replacen("HTTP/1.0", "HTTP/1.1", 1))
    }

    /// Waits until it ends, and passes Ctrl-C on to it.
    pub fn wait(mut self) -> Result<()> {
        let mut told = false;
        loop {
            if let Some(status) = self.child.try_wait().context("waiting for the relay")? {
                return ended(status, told);
            }
            told |= self.pass_signals_on()?;
            std::thread::sleep(LOOK_EVERY);
        }
    }

    #[cfg(unix)]
    fn pass_signals_on(&mut self) -> Result<bool> {
        let mut told = false;
        for _ in self.signals.pending() {
            rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), rustix::process::Signal::TERM)
                .context("ending the relay")?;
            told = true;
        }
        Ok(told)
    }

    #[cfg(not(unix))]
    fn pass_signals_on(&mut self) -> Result<bool> {
        // The console sends Ctrl-C to both.
        Ok(false)
    }
}

fn ended(status: ExitStatus, told: bool) -> Result<()> {
    if told || status.success() {
        println!("The relay has ended. `cargo xtask start` goes on with the same data.");
        return Ok(());
    }
    bail!("the relay ended by itself ({status}); it says why above")
}
