//! The data folder: `chancery.toml`, `keys/`, and what the relay keeps.

use super::{KeyRing, keys::write_new};
use crate::output::{Failure, Outcome};
use chancery_server::config::Checked;
use std::path::{Path, PathBuf};

/// Folder used when nobody names another.
pub const DEFAULT_DATA_DIR: &str = "chancery-data";

/// Which data folder.
#[derive(Debug, Clone, clap::Args)]
pub struct DataArgs {
    /// The organisation's data folder
    #[arg(long, value_name = "DIR", env = "CHANCERY_DATA_DIR", hide_env_values = true, default_value = DEFAULT_DATA_DIR)]
    pub data: PathBuf,
}

/// A data folder.
#[derive(Debug, Clone)]
pub struct Folder {
    dir: PathBuf,
}

impl Folder {
    /// At this path.
    pub fn at(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The keys' folder.
    pub fn keys_dir(&self) -> PathBuf {
        self.dir.join("keys")
    }

    /// The keys.
    pub fn keys(&self) -> KeyRing {
        KeyRing::at(self.keys_dir())
    }

    /// The configuration file.
    pub fn config_file(&self) -> PathBuf {
        self.dir.join("chancery.toml")
    }

    /// Where the recovery kit stands until it is moved out of the folder.
    pub fn kit_file(&self) -> PathBuf {
        self.dir.join("recovery-kit.txt")
    }

    /// Whether an organisation is here.
    pub fn is_initialised(&self) -> bool {
        self.config_file().exists() || self.keys_dir().exists()
    }

    /// Configuration of the relay: the file, the environment, and this folder as its data folder.
    pub fn config(&self) -> Outcome<Checked> {
        let file = self.config_file();
        // A folder that can't be read is another matter: reading the file says so.
        if matches!(file.try_exists(), Ok(false)) {
            return Err(Failure::new(
                "not_initialised",
                format!(
                    "No organisation in {}. Make one with `chancery init`, or name its folder with --data.",
                    self.dir.display()
                ),
            ));
        }
        let checked = Checked::load(Some(&file)).map_err(|error| Failure::new("configuration", error.to_string()))?;
        Ok(checked.in_folder(&self.dir))
    }

    /// Writes the recovery kit.
    pub fn write_kit(&self, text: &str) -> Outcome {
        write_new(&self.kit_file(), text.as_bytes(), 0o600)
    }

    /// Writes the configuration file.
    pub fn write_config(&self, text: &str) -> Outcome {
        write_new(&self.config_file(), text.as_bytes(), 0o644)
    }
}

/// A configuration file that says the given values and explains the others.
pub fn config_template(listen: Option<&str>, public_url: Option<&str>) -> String {
    let set = |key: &str, value: Option<&str>, default: &str| match value {
        Some(value) => format!("{key} = {}", serde_json::Value::from(value)),
        None => format!("# {key} = \"{default}\""),
    };
    format!(
        "# Configuration of this relay. Every key can also be given in the environment: CHANCERY_LISTEN, CHANCERY_TLS__KEY.\n\
         # All keys are explained in docs/admin/configuration.md. What is commented out is the default.\n\n\
         # Address and port that the relay listens on. Other addresses than loopback need TLS, see below.\n\
         {}\n\n\
         # The relay's address as people's devices use it; invitations point there.\n\
         {}\n\n\
         # Certificate and key, PEM files; read again on SIGHUP.\n\
         # [tls]\n\
         # certificate = \"/etc/chancery/fullchain.pem\"\n\
         # key = \"/etc/chancery/privkey.pem\"\n\n\
         # [log]\n\
         # format = \"text\"\n\
         # level = \"info\"\n",
        set("listen", listen, "127.0.0.1:8008"),
        set("public_url", public_url, "http://127.0.0.1:8008"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_a_valid_configuration() {
        let dir = tempfile::tempdir().unwrap();
        for (n, (listen, url)) in
            [(None, None), (Some("127.0.0.1:9000"), Some("https://chat.example.org"))].into_iter().enumerate()
        {
            let folder = Folder::at(&dir.path().join(n.to_string()));
            std::fs::create_dir(folder.dir()).unwrap();
            folder.write_config(&config_template(listen, url)).unwrap();
            let config = folder.config().unwrap();
            assert_eq!(config.listen.to_string(), listen.unwrap_or("127.0.0.1:8008"));
            assert_eq!(config.data_dir, folder.dir());
            assert!(config.public_url().as_str().starts_with(url.unwrap_or("http://127.0.0.1:8008")));
        }
    }

    #[test]
    fn a_folder_without_organisation_says_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let failure = Folder::at(dir.path()).config().unwrap_err();
        assert_eq!(failure.code, "not_initialised");
        assert!(failure.message.contains("chancery init"));
    }
}
