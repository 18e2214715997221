//! How many files the process may open. A connection is one; so the limit is raised as far as the system allows, and when that isn't
//! enough, fewer connections are taken and the operator is told: a process that runs out of files can't open its own store either.

use crate::{
    config::Limits,
    health::{Health, Subject},
};

/// Files that the relay needs besides connections and uploads: the store's connections, listeners, the log, push services.
const RESERVED: u64 = 128;
/// Files that an upload or download keeps open: its connection and its file.
const PER_UPLOAD: u64 = 2;

/// What follows from the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Plan {
    /// Files that the configuration can need.
    needed: u64,
    /// The soft limit that it gets.
    limit: u64,
    /// Connections that fit in.
    connections: u32,
}

/// `soft` and `hard` are the system's limits; `None` is none.
fn plan(soft: Option<u64>, hard: Option<u64>, connections: u32, uploads: u32) -> Plan {
    let needed = RESERVED + u64::from(connections) + PER_UPLOAD * u64::from(uploads);
    let soft = soft.unwrap_or(u64::MAX);
    let limit = if soft >= needed { soft } else { needed.min(hard.unwrap_or(u64::MAX)).max(soft) };
    let fit = if limit >= needed { u64::from(connections) } else { limit.saturating_sub(RESERVED).max(limit / 4) };
    Plan { needed, limit, connections: u32::try_from(fit).unwrap_or(u32::MAX).min(connections) }
}

impl Plan {
    fn warning(self, connections: u32) -> Option<String> {
        (self.connections < connections).then(|| {
            format!(
                "this process may open {} files, and limits.connections = {connections} can need {}: only {} connections are taken. \
                 Raise the limit (systemd: LimitNOFILE={}; a shell: ulimit -n {}; a container: --ulimit nofile={}), or lower \
                 limits.connections",
                self.limit, self.needed, self.connections, self.needed, self.needed, self.needed
            )
        })
    }
}

/// Raises the limit as far as needed and allowed; how many connections are to be taken.
#[cfg(unix)]
pub fn prepare(limits: &Limits, health: &Health) -> u32 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let found = getrlimit(Resource::Nofile);
    let mut plan_of = plan(found.current, found.maximum, limits.connections, limits.uploads);
    if found.current.is_some_and(|soft| plan_of.limit > soft) {
        let wanted = Rlimit { current: Some(plan_of.limit), maximum: found.maximum };
        match setrlimit(Resource::Nofile, wanted) {
            Ok(()) => tracing::info!(files = plan_of.limit, "the limit of open files was raised"),
            Err(error) => {
                tracing::warn!(%error, "the limit of open files couldn't be raised");
                plan_of = plan(found.current, found.current, limits.connections, limits.uploads);
            }
        }
    }
    if let Some(text) = plan_of.warning(limits.connections) {
        health.warn(Subject::OpenFiles, text);
    }
    plan_of.connections
}

/// Where there is no such limit.
#[cfg(not(unix))]
pub fn prepare(limits: &Limits, _: &Health) -> u32 {
    limits.connections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_raised_as_far_as_needed_and_allowed() {
        let needed = RESERVED + 20_000 + PER_UPLOAD * 256;
        let enough = |limit| Plan { needed, limit, connections: 20_000 };
        assert_eq!(plan(Some(1024), Some(1 << 20), 20_000, 256), enough(needed));
        assert_eq!(plan(Some(1024), None, 20_000, 256), enough(needed));
        assert_eq!(plan(Some(1 << 20), Some(1 << 20), 20_000, 256), enough(1 << 20));
        assert_eq!(plan(None, None, 20_000, 256).connections, 20_000);
    }

    #[test]
    fn too_few_files_mean_fewer_connections_and_a_word_about_it() {
        let found = plan(Some(64), Some(64), 20_000, 256);
        assert_eq!((found.limit, found.connections), (64, 16));
        let text = found.warning(20_000).unwrap();
        assert!(text.contains("may open 64 files") && text.contains("LimitNOFILE=20640"), "{text}");
        assert_eq!(plan(Some(4096), Some(4096), 20_000, 256).connections, 4096 - RESERVED as u32);
        assert_eq!(plan(Some(1 << 20), None, 20_000, 256).warning(20_000), None);
    }
}
