//! Key files: one private key each, as text, readable by their owner only.

use crate::output::{Failure, Outcome};
use chancery_wire::{Base64, Domain, signed::PublicKey};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Signs invitations.
    Enrolment,
    /// Signs policies.
    Policy,
}

impl KeyKind {
    /// Its word, in file names and headers.
    pub fn as_str(self) -> &'static str {
        match self {
            KeyKind::Enrolment => "enrolment",
            KeyKind::Policy => "policy",
        }
    }

    fn header(self) -> String {
        format!("chancery {} key v1", self.as_str())
    }
}

/// What the key holder has to know of the organisation; public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// Its domain.
    pub domain: Domain,
    /// Its name.
    pub name: String,
    /// The root public key, which everything is checked against.
    pub root_key: Base64,
}

impl Organisation {
    /// The root public key.
    pub fn root(&self) -> Outcome<PublicKey> {
        self.root_key.0.as_slice().try_into().map_err(|_| {
            Failure::new(
                "key_file",
                "The root key in organisation.json doesn't have 32 bytes; restore the file from a backup.",
            )
        })
    }
}

/// A folder of key files: `organisation.json` and the keys that its holder has. It works without the rest of the data
/// folder, so that keys can be kept away from the relay's machine.
#[derive(Debug, Clone)]
pub struct KeyRing {
    dir: PathBuf,
}

impl KeyRing {
    /// In this folder.
    pub fn at(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// The organisation.
    pub fn organisation(&self) -> Outcome<Organisation> {
        let path = self.dir.join("organisation.json");
        let text = fs::read(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Failure::new(
                "not_initialised",
                format!(
                    "No organisation in {}. Make one with `chancery init`, or name its folder with --data.",
                    self.dir.display()
                ),
            ),
            _ => Failure::fault(&format!("reading {}", path.display()), error),
        })?;
        serde_json::from_slice(&text).map_err(|error| Failure::fault(&format!("reading {}", path.display()), error))
    }

    /// Writes the organisation.
    pub fn write_organisation(&self, organisation: &Organisation) -> Outcome {
        let text = serde_json::to_vec_pretty(organisation).expect("plain data always serialises");
        write_new(&self.dir.join("organisation.json"), &text, 0o644)
    }

    /// A key.
    pub fn key(&self, kind: KeyKind) -> Outcome<SigningKey> {
        read_key(&self.path(kind), kind)
    }

    /// Writes a key.
    pub fn write(&self, kind: KeyKind, key: &SigningKey) -> Outcome {
        write_key(&self.path(kind), kind, key)
    }

    /// Where a key stands.
    pub fn path(&self, kind: KeyKind) -> PathBuf {
        self.dir.join(format!("{}.key", kind.as_str()))
    }
}

/// Writes a key file; refuses to overwrite one.
fn write_key(path: &Path, kind: KeyKind, key: &SigningKey) -> Outcome {
    let seed = Zeroizing::new(key.to_bytes());
    let text = Zeroizing::new(format!("{}\n{}\n", kind.header(), *Zeroizing::new(Base64::encode(&*seed))));
    write_new(path, text.as_bytes(), 0o600)
}

/// Reads a key file; refuses one that others on the machine can read.
fn read_key(path: &Path, kind: KeyKind) -> Outcome<SigningKey> {
    let shown = path.display();
    let file = fs::File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::new(
            "key_missing",
            format!(
                "The {} key isn't here ({shown}). Use the machine that keeps it, or name its folder with --keys.",
                kind.as_str()
            ),
        ),
        _ => Failure::fault(&format!("opening {shown}"), error),
    })?;
    check_private(&file, path)?;
    let text = Zeroizing::new(
        std::io::read_to_string(file).map_err(|error| Failure::fault(&format!("reading {shown}"), error))?,
    );
    let damaged =
        || Failure::new("key_file", format!("{shown} is no {} key file; restore it from a backup.", kind.as_str()));
    let body = text.strip_prefix(&kind.header()).ok_or_else(damaged)?;
    let seed = Zeroizing::new(Base64::decode(body.trim()).ok_or_else(damaged)?);
    Ok(SigningKey::from_bytes(seed.as_slice().try_into().map_err(|_| damaged())?))
}

#[cfg(unix)]
fn check_private(file: &fs::File, path: &Path) -> Outcome {
    use std::os::unix::fs::PermissionsExt;
    let mode =
        file.metadata().map_err(|error| Failure::fault("reading a key file's mode", error))?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let shown = path.display();
    Err(Failure::new(
        "key_exposed",
        format!(
            "Others on this machine can read {shown}. Run `chmod 600 {shown}`, and consider whether the key is still secret."
        ),
    ))
}

#[cfg(not(unix))]
fn check_private(_: &fs::File, _: &Path) -> Outcome {
    Ok(())
}

/// Writes a new file durably; an existing one stays as it is.
pub fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Outcome {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options
        .open(path)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .map_err(|error| Failure::fault(&format!("writing {}", path.display()), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_private_and_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let ring = KeyRing::at(dir.path().to_owned());
        let key = SigningKey::from_bytes(&[7; 32]);
        ring.write(KeyKind::Policy, &key).unwrap();
        assert_eq!(ring.key(KeyKind::Policy).unwrap().to_bytes(), [7; 32]);
        assert_eq!(ring.key(KeyKind::Enrolment).unwrap_err().code, "key_missing");
        assert!(ring.write(KeyKind::Policy, &key).is_err(), "an existing key must not be overwritten");
        assert_eq!(read_key(&ring.path(KeyKind::Policy), KeyKind::Enrolment).unwrap_err().code, "key_file");
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let ring = KeyRing::at(dir.path().to_owned());
        ring.write(KeyKind::Enrolment, &SigningKey::from_bytes(&[7; 32])).unwrap();
        let path = ring.path(KeyKind::Enrolment);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(ring.key(KeyKind::Enrolment).unwrap_err().code, "key_exposed");
    }
}
