//! A real relay and real profiles, each in a temporary folder.

use crate::proxy::Proxy;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
};

/// A port that nobody listens on just now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// An organisation in a temporary folder.
pub struct World {
    pub dir: tempfile::TempDir,
    pub url: String,
    /// What `init --json` printed.
    pub made: Value,
    relay: Option<Child>,
}

/// What came of a run.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the binary prints UTF-8");
        Self {
            code: output.status.code().expect("ended by itself"),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// Every line of standard output as JSON.
    pub fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
    }

    /// The only line.
    pub fn line(&self) -> Value {
        let lines = self.lines();
        assert_eq!(lines.len(), 1, "{}", self.out);
        lines.into_iter().next().unwrap()
    }

    /// The code of the error on standard error.
    pub fn error(&self) -> String {
        let line = self.err.lines().last().unwrap_or_default();
        let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {}", self.err));
        assert!(value["error"]["message"].as_str().is_some_and(|message| !message.is_empty()));
        value["error"]["code"].as_str().expect("an error has a code").to_owned()
    }
}

impl World {
    /// Makes an organisation; the relay doesn't run yet.
    pub fn new() -> Self {
        Self::made(free_port(), None)
    }

    /// An organisation whose relay runs, and whose clients reach it over a proxy.
    pub fn running_behind_proxy() -> (Self, Proxy) {
        let port = free_port();
        let proxy = Proxy::start(port);
        let mut world = Self::made(port, Some(proxy.port()));
        world.start();
        (world, proxy)
    }

    fn made(port: u16, proxy_port: Option<u16>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("http://127.0.0.1:{}", proxy_port.unwrap_or(port));
        let mut world = Self { dir, url: url.clone(), made: Value::Null, relay: None };
        let listen = format!("127.0.0.1:{port}");
        let arguments = [
            "init",
            "--domain",
            "example.org",
            "--name",
            "Example Ltd",
            "--owner",
            "alice",
            "--owner-name",
            "Alice Martin",
        ];
        let ran = world.run(&[&arguments[..], &["--listen", &listen, "--public-url", &url, "--json"]].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        world.made = ran.line();
        world
    }

    /// An organisation whose relay runs.
    pub fn running() -> Self {
        let mut world = Self::new();
        world.start();
        world
    }

    /// Starts the relay; returns when it listens.
    pub fn start(&mut self) {
        let mut child =
            self.command(&["serve", "--json"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let line: Value = serde_json::from_str(&line).expect("the relay says where it listens");
        assert!(line["listening"].is_string());
        self.relay = Some(child);
    }

    /// Kills the relay at once.
    pub fn kill(&mut self) {
        let mut relay = self.relay.take().expect("the relay runs");
        relay.kill().unwrap();
        relay.wait().unwrap();
    }

    /// Ends the relay with SIGTERM and returns its exit code.
    #[cfg(unix)]
    pub fn terminate(&mut self) -> i32 {
        let mut relay = self.relay.take().expect("the relay runs");
        let killed = Command::new("kill").args(["-TERM", &relay.id().to_string()]).status().unwrap();
        assert!(killed.success());
        relay.wait().unwrap().code().expect("ended by itself")
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The binary, with everything in the folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chancery"));
        command.current_dir(self.dir.path()).args(arguments).stdin(Stdio::null());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CHANCERY_")) {
            command.env_remove(name);
        }
        command.env("CHANCERY_PROFILES_DIR", self.path("profiles")).env("TZ", "UTC");
        command
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// Runs it with a text on standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Ran::of(child.wait_with_output().unwrap())
    }

    /// Runs a client command of a profile, with JSON output.
    pub fn client(&self, profile: &str, arguments: &[&str]) -> Ran {
        self.run(&[&["--profile", profile, "--json"], arguments].concat())
    }

    /// The same, and it has to succeed.
    pub fn does(&self, profile: &str, arguments: &[&str]) -> Vec<Value> {
        let ran = self.client(profile, arguments);
        assert_eq!(ran.code, 0, "{profile} {arguments:?}: {}", ran.err);
        ran.lines()
    }

    /// Invites somebody, who joins under a profile of the same name.
    pub fn join(&self, user: &str, name: &str) {
        let link = self.run(&["invite", user, "--name", name, "--json"]).line()["link"].as_str().unwrap().to_owned();
        let joined = self.does(user, &["join", &link, "--label", "laptop"]);
        assert_eq!(joined[0]["user"], format!("{user}@example.org"));
    }

    /// The owner joins.
    pub fn join_owner(&self) {
        let link = self.made["invitation"].as_str().unwrap();
        self.does("alice", &["join", link, "--label", "laptop"]);
    }

    /// Texts of a conversation, oldest first, without notes.
    pub fn texts(&self, profile: &str, conversation: &str) -> Vec<String> {
        let messages = self.does(profile, &["messages", conversation]);
        messages
            .iter()
            .filter_map(|message| {
                message["body"]["text"].as_str().filter(|_| !message["sender"].is_null()).map(str::to_owned)
            })
            .collect()
    }

    /// The binary in the background; its lines can be read.
    pub fn background(&self, profile: &str, arguments: &[&str]) -> Background {
        let mut command = self.command(&[&["--profile", profile, "--json"], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Background { child, lines }
    }

    /// All bytes of all files below a folder.
    pub fn bytes_below(&self, folder: &Path) -> Vec<u8> {
        std::fs::read_dir(folder)
            .unwrap()
            .flat_map(|entry| {
                let path = entry.unwrap().path();
                if path.is_dir() { self.bytes_below(&path) } else { std::fs::read(path).unwrap() }
            })
            .collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(mut relay) = self.relay.take() {
            // It may have ended by itself when a test fails.
            let _ = relay.kill();
            let _ = relay.wait();
        }
    }
}

/// A run in the background.
pub struct Background {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Background {
    /// The next line.
    pub fn next(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"))
    }

    /// The next line that `wanted` picks.
    pub fn next_where(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = self.next();
            if wanted(&line) {
                return line;
            }
        }
    }

    /// Kills it at once.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end.
    pub fn wait(mut self) -> i32 {
        self.child.wait().unwrap().code().expect("ended by itself")
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
