//! `cargo xtask start`: from a fresh checkout to a running relay.

mod first_run;
mod relay;

use crate::{
    process::{cargo, root, run as run_command, target_dir},
    tools, web,
};
use anyhow::{Context, Result, bail};
use first_run::Owner;
use relay::Relay;
use std::{
    fs,
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
};

/// Where the relay listens when nobody says otherwise.
const DEFAULT_LISTEN: &str = "127.0.0.1:8008";

/// Build Chancery and run an organisation on this machine; started again, it goes on with the same data
#[derive(clap::Args)]
pub struct Args {
    /// Folder of the organisation's data
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// Loopback address and port to listen on [default: as before, at first 127.0.0.1:8008]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Don't build the app for browsers: the command line is enough
    #[arg(long)]
    without_app: bool,
}

/// What can be done on a machine that can't build the app.
const WITHOUT_APP: &str = "Or go on without the app for browsers, on the command line: cargo xtask start --without-app";

/// In its first second: what is missing is installed or named before anything is built.
fn check_tools(without_app: bool) -> Result<()> {
    tools::ensure_for_building()?;
    if without_app || web::built(false)?.is_some() {
        return Ok(());
    }
    tools::ensure(&[tools::FOR_THE_APP], Some(WITHOUT_APP))
}

pub fn run(args: &Args) -> Result<()> {
    check_tools(args.without_app)?;
    let data = root().join(&args.data);
    let listen = match args.listen {
        Some(listen) if !listen.ip().is_loopback() => {
            bail!("{listen} is no loopback address. For other machines the relay needs TLS: see docs/admin")
        }
        Some(listen) => listen,
        None => configured(&data)?,
    };
    check_free(listen)?;
    if !args.without_app {
        web::ensure(false).with_context(|| format!("building the app for browsers failed. {WITHOUT_APP}"))?;
    }
    println!("Building Chancery. The first time this takes some minutes.");
    let mut build = cargo();
    build.args(["build", "--quiet", "--package", "chancery-cli"]);
    run_command(build)?;
    let program = target_dir().join("debug").join(format!("chancery{}", std::env::consts::EXE_SUFFIX));

    let owner = if data.join("chancery.toml").exists() {
        Owner::read(&data)?
    } else {
        Some(first_run::initialise(&program, &data, listen)?)
    };
    let relay = Relay::start(&program, &data, listen)?;
    let unused = match &owner {
        Some(owner) if relay.invitation_is_unused(&owner.invitation_id)? => Some(owner),
        Some(_) => {
            Owner::forget(&data)?;
            None
        }
        None => None,
    };
    // Asked, not remembered: an app that was built earlier is served, too, and a link that nothing answers is never shown as one to open.
    let app = relay.serves_app()?;
    println!("{}", guide(&shown(&program), &shown(&data), listen, unused, app));
    relay.wait()
}

/// What the newcomer does next, to be copied. Without the app nothing answers a link in a browser: then it is given to the command line only.
fn guide(program: &str, data: &str, listen: SocketAddr, owner: Option<&Owner>, app: bool) -> String {
    let first = match (owner, app) {
        (Some(Owner { link, .. }), true) => format!(
            "\nJoin as the owner: open this link in a browser on this machine.\n\n  {link}\n\n\
             Or join in another terminal instead (the link works once):\n\n  {program} join '{link}'\n"
        ),
        (Some(Owner { link, .. }), false) => format!(
            "\nIt runs without the app for browsers. Join as the owner in another terminal (the link works once):\n\n  \
             {program} join '{link}'\n"
        ),
        (None, _) => String::new(),
    };
    let opens = if app { ", which opens in a browser, too" } else { "" };
    format!(
        "\nThe relay runs at http://{listen}, its data is in {data}/.\n\
         {first}\n\
         Invite somebody, e.g. Bob; that prints a link{opens}:\n\n  {program} invite bob --data {data}\n\n\
         Let Bob join on this machine, too, under a profile of his own (quote the link):\n\n  \
         {program} --profile bob join 'LINK'\n\n\
         Write to him, and read what he gets:\n\n  \
         {program} start bob\n  {program} chat\n  {program} --profile bob chat\n\n\
         {program} --help says what else there is. Ctrl-C here ends the relay; the data stays."
    )
}

/// Relative to the checkout when it is inside, as one would type it.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_else(|_| root().to_owned());
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}

/// Where the relay listened last time.
fn configured(data: &Path) -> Result<SocketAddr> {
    let text = match fs::read_to_string(data.join("chancery.toml")) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("reading {}/chancery.toml", data.display())),
    };
    let listen = std::env::var("CHANCERY_LISTEN").ok().or_else(|| listen_key(&text));
    let listen = listen.as_deref().unwrap_or(DEFAULT_LISTEN);
    listen.parse().with_context(|| format!("`listen` is `{listen}`, which is no address with a port"))
}

/// The value of `listen` in the configuration.
fn listen_key(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "listen").then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn check_free(listen: SocketAddr) -> Result<()> {
    match TcpListener::bind(listen) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(
            "{listen} is in use. If Chancery runs in another terminal already, use that one, or end it with Ctrl-C; \
             otherwise choose another port: cargo xtask start --listen 127.0.0.1:{}",
            listen.port().checked_add(1).unwrap_or(8008)
        ),
        Err(error) => Err(error).with_context(|| format!("listening on {listen}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_listening_address_is_read_from_the_configuration() {
        let text = "# listen = \"127.0.0.1:1\"\n\nlisten = \"127.0.0.1:9000\"\n[tls]\n";
        assert_eq!(listen_key(text).as_deref(), Some("127.0.0.1:9000"));
        assert_eq!(listen_key("# nothing\n"), None);
    }

    #[test]
    fn a_busy_port_is_named_with_what_to_do() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let message = check_free(address).unwrap_err().to_string();
        assert!(message.contains(&address.to_string()) && message.contains("--listen"), "{message}");
    }

    #[test]
    fn the_guide_quotes_links() {
        let owner = Owner { link: "http://127.0.0.1:8008/i#AQ".to_owned(), invitation_id: "00".to_owned() };
        let text = guide("chancery", "data", DEFAULT_LISTEN.parse().unwrap(), Some(&owner), true);
        assert!(text.contains("\n  http://127.0.0.1:8008/i#AQ\n"), "{text}");
        assert!(text.contains("chancery join 'http://127.0.0.1:8008/i#AQ'"), "{text}");
        assert!(!guide("chancery", "data", DEFAULT_LISTEN.parse().unwrap(), None, true).contains("owner"));
    }

    #[test]
    fn without_the_app_the_guide_sends_nobody_into_a_browser() {
        let owner = Owner { link: "http://127.0.0.1:8008/i#AQ".to_owned(), invitation_id: "00".to_owned() };
        let text = guide("chancery", "data", DEFAULT_LISTEN.parse().unwrap(), Some(&owner), false);
        assert!(text.contains("chancery join 'http://127.0.0.1:8008/i#AQ'"), "{text}");
        assert!(!text.contains("open") && !text.contains("\n  http://"), "{text}");
    }
}
