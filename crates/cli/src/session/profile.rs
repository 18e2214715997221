//! Profiles: several identities on one machine, each in its own folder.

use crate::{
    args::Global,
    output::{Failure, Outcome},
};
use std::path::PathBuf;

/// Longest name of a profile, in bytes.
const MAX_PROFILE_NAME_BYTES: usize = 64;

/// A profile: its name and its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub dir: PathBuf,
}

impl Profile {
    /// The profile that the options name.
    pub fn of(global: &Global) -> Outcome<Self> {
        let name = &global.profile;
        let harmless = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        if name.is_empty()
            || name.len() > MAX_PROFILE_NAME_BYTES
            || name.starts_with('.')
            || !name.bytes().all(harmless)
        {
            return Err(Failure::usage(
                "A profile's name has letters, digits, `.`, `_` and `-`, and doesn't start with a dot.",
            ));
        }
        let profiles = match &global.profiles_dir {
            Some(dir) => dir.clone(),
            None => directories::ProjectDirs::from("", "", "chancery")
                .ok_or_else(|| {
                    Failure::usage("This user has no home folder; say where profiles are with --profiles-dir.")
                })?
                .data_dir()
                .join("profiles"),
        };
        Ok(Self { name: name.clone(), dir: profiles.join(name) })
    }
}

/// What a device is called when nobody says anything: this machine's name.
pub fn device_label() -> String {
    let name = std::fs::read_to_string("/etc/hostname").ok().or_else(|| std::env::var("COMPUTERNAME").ok());
    let name = name.map(|name| crate::output::plain(name.trim())).filter(|name| !name.is_empty() && name.len() <= 64);
    name.unwrap_or_else(|| "computer".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn global(profile: &str) -> Global {
        Global {
            profile: profile.to_owned(),
            profiles_dir: Some("/p".into()),
            passphrase_file: None,
            ca: None,
            json: false,
            offline: false,
            timeout: 30,
        }
    }

    #[test]
    fn a_profile_never_leaves_its_folder() {
        assert_eq!(Profile::of(&global("work")).unwrap().dir, PathBuf::from("/p/work"));
        for bad in ["", "..", ".hidden", "a/b", "a\\b", "a b", &"x".repeat(65)] {
            assert_eq!(Profile::of(&global(bad)).unwrap_err().code, "usage", "{bad}");
        }
    }
}
