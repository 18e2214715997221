//! The first run: makes the organisation, and keeps the owner's invitation until it is used.

use crate::process::{command, output};
use anyhow::{Context, Result};
use serde_json::Value;
use std::{
    fs,
    io::{ErrorKind, Write},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
};

/// The owner's invitation.
pub struct Owner {
    /// The link, which makes whoever opens it first the owner.
    pub link: String,
    /// Its id, by which the relay knows it.
    pub invitation_id: String,
}

/// Makes an organisation with defaults for this machine.
pub fn initialise(program: &Path, data: &Path, listen: SocketAddr) -> Result<Owner> {
    let kit = kit_file(data);
    let mut init = command(&program.to_string_lossy());
    init.args(["--json", "init", "--domain", "localhost", "--name", "My organisation", "--owner", "owner"]);
    init.arg("--data").arg(data).arg("--kit").arg(&kit).args(["--listen", &listen.to_string()]);
    init.args(["--public-url", &public_url(listen)]);
    let made: Value = serde_json::from_str(&output(init)?).context("reading what `chancery init` printed")?;
    let text = |key: &str| {
        made[key].as_str().map(str::to_owned).with_context(|| format!("`chancery init` printed no `{key}`"))
    };
    let owner = Owner { link: text("invitation")?, invitation_id: text("invitation_id")? };
    owner.write(data)?;
    let words: Vec<String> = text("phrase")?.split(' ').map(str::to_owned).collect();
    println!(
        "\nMade an organisation in {}. Its recovery kit is {}; these words open it.",
        data.display(),
        kit.display()
    );
    println!("They are shown once. For more than a trial, write them down and keep both apart from this machine:\n");
    for row in words.chunks(6) {
        println!("  {}", row.join(" "));
    }
    Ok(owner)
}

/// The relay's address in links. Passkeys belong to names, so this machine is called by its name where it has one.
fn public_url(listen: SocketAddr) -> String {
    let has_name = listen.ip() == Ipv4Addr::LOCALHOST || listen.ip() == Ipv6Addr::LOCALHOST;
    if has_name { format!("http://localhost:{}", listen.port()) } else { format!("http://{listen}") }
}

/// Beside the data folder: it isn't for those who run the relay.
fn kit_file(data: &Path) -> PathBuf {
    let name = data.file_name().unwrap_or_default().to_string_lossy();
    data.with_file_name(format!("{name}-recovery-kit.txt"))
}

impl Owner {
    fn file(data: &Path) -> PathBuf {
        data.join("owner-invitation")
    }

    /// As the first run left it; `None` when it was used.
    pub fn read(data: &Path) -> Result<Option<Self>> {
        let path = Self::file(data);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        };
        Ok(text.split_once('\n').map(|(id, link)| Self { link: link.trim().to_owned(), invitation_id: id.to_owned() }))
    }

    fn write(&self, data: &Path) -> Result<()> {
        let path = Self::file(data);
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options
            .open(&path)
            .and_then(|mut file| writeln!(file, "{}\n{}", self.invitation_id, self.link))
            .with_context(|| format!("writing {}", path.display()))
    }

    /// It was used: nobody needs the link any more.
    pub fn forget(data: &Path) -> Result<()> {
        let path = Self::file(data);
        fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owners_invitation_is_kept_until_it_is_used() {
        let data = std::env::temp_dir().join(format!("chancery-xtask-{}", std::process::id()));
        fs::create_dir_all(&data).unwrap();
        assert!(Owner::read(&data).unwrap().is_none());
        Owner { link: "http://127.0.0.1:8008/i#AQ".to_owned(), invitation_id: "0a".to_owned() }.write(&data).unwrap();
        let owner = Owner::read(&data).unwrap().unwrap();
        assert_eq!((owner.link.as_str(), owner.invitation_id.as_str()), ("http://127.0.0.1:8008/i#AQ", "0a"));
        Owner::forget(&data).unwrap();
        assert!(Owner::read(&data).unwrap().is_none());
        fs::remove_dir_all(&data).unwrap();
    }

    #[test]
    fn links_name_this_machine_so_that_passkeys_work() {
        assert_eq!(public_url("127.0.0.1:8008".parse().unwrap()), "http://localhost:8008");
        assert_eq!(public_url("[::1]:8008".parse().unwrap()), "http://localhost:8008");
        assert_eq!(public_url("127.0.0.2:8008".parse().unwrap()), "http://127.0.0.2:8008");
    }

    #[test]
    fn the_kit_stands_beside_the_data() {
        assert_eq!(kit_file(Path::new("/a/data")), Path::new("/a/data-recovery-kit.txt"));
    }
}
