//! Joining and committing in a large group whose tree is filled: every inner node has a key, as in a group that has
//! been in use for a while.

use crate::{
    groups::group_data,
    memory_store::MemoryStore,
    organisation::{Member, Organisation, now_seconds},
    report::Report,
    sizes::Sizes,
    statistics::median,
    stopwatch::Stopwatch,
};
use anyhow::{Context, Result};
use chancery_mls::{Device, Group, GroupKind, Join, Trust};
use chancery_wire::{GroupId, signed::Suite};
use rand::rngs::OsRng;
use std::time::Duration;

/// Joins and commits that are measured; the median counts.
const MEASURED: usize = 9;

/// Measures both suites.
pub fn run(sizes: &Sizes, report: &mut Report) -> Result<()> {
    for (suite, suffix) in [(Suite::Classical, "_classical"), (Suite::Hybrid, "")] {
        let figures = measure(suite, sizes.large_group)?;
        report.set(&format!("client.join_1000{suffix}_ms"), figures.join.as_secs_f64() * 1e3);
        report.set(&format!("client.join_1000_known{suffix}_ms"), figures.join_known.as_secs_f64() * 1e3);
        report.set(&format!("client.commit_1000{suffix}_ms"), figures.commit.as_secs_f64() * 1e3);
    }
    Ok(())
}

struct Figures {
    /// By a device that never saw any of the members' certificates.
    join: Duration,
    /// By a device that verified them before, in another group.
    join_known: Duration,
    commit: Duration,
}

fn measure(suite: Suite, size: usize) -> Result<Figures> {
    let organisation = Organisation::new();
    let members: Vec<Member> = (0..=size + 2 * MEASURED).map(|n| organisation.member(n)).collect::<Result<_>>()?;
    let known = organisation.trust();
    let mut growing = Growing::new(&organisation, &known, &members, suite)?;
    while growing.size < size {
        growing.add_pair(&known)?;
    }
    let (mut joins, mut joins_known, mut commits) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..MEASURED {
        joins.push(growing.add_pair(&organisation.trust())?);
        joins_known.push(growing.last_join_again()?);
        commits.push(growing.commit()?);
    }
    let middle = |times| median(times).context("something was measured");
    Ok(Figures { join: middle(joins)?, join_known: middle(joins_known)?, commit: middle(commits)? })
}

/// A group that grows by two at a time. The first of the two commits after joining, which fills every node above both;
/// so the tree is filled at every size.
struct Growing<'a> {
    trust: &'a Trust,
    members: &'a [Member],
    suite: Suite,
    store: MemoryStore,
    device: Device,
    group: Group,
    size: usize,
    /// The second of the last pair, with what it needs for joining.
    second: Option<(&'a Member, MemoryStore, Vec<u8>, Vec<u8>)>,
}

impl<'a> Growing<'a> {
    fn new(organisation: &Organisation, trust: &'a Trust, members: &'a [Member], suite: Suite) -> Result<Self> {
        let store = MemoryStore::default();
        let device = members.first().context("a group has members")?.device(trust)?;
        let id = GroupId::random(&mut OsRng, organisation.domain());
        let data = group_data(members, GroupKind::Group);
        let group = Group::create(&store, &device, trust, &id, suite, data)?.group;
        Ok(Self { trust, members, suite, store, device, group, size: 1, second: None })
    }

    /// Adds two; returns how long the first took to join, with this trust.
    fn add_pair(&mut self, trust: &Trust) -> Result<Duration> {
        let pair = self.members.get(self.size..self.size + 2).context("enough members were made")?;
        let stores = [MemoryStore::default(), MemoryStore::default()];
        let packages = [
            pair[0].key_package(&stores[0], self.trust, self.suite)?,
            pair[1].key_package(&stores[1], self.trust, self.suite)?,
        ];
        let committed = self.group.commit(&self.store, &self.device, self.trust, &packages, &[], None)?;
        self.group.merge_pending_commit(&self.store, self.trust, now_seconds())?;
        let welcome = committed.welcome.context("a commit that adds devices has a Welcome")?;
        let tree = self.group.tree()?;
        let [store, other_store] = stores;

        let device = pair[0].device(self.trust)?;
        let start = Stopwatch::start();
        let mut joined = Join::open(&store, &device, trust, &welcome, &tree)?.accept(&store)?;
        joined.flush(&store)?;
        let time = start.elapsed();

        let update = joined.commit(&store, &device, self.trust, &[], &[], None)?;
        self.group.process(&self.store, self.trust, &update.commit, now_seconds())?;
        self.group.flush(&self.store)?;
        self.size += 2;
        self.second = Some((&pair[1], other_store, welcome, tree));
        Ok(time)
    }

    /// How long the second of the last pair takes to join, having verified all certificates before.
    fn last_join_again(&mut self) -> Result<Duration> {
        let (member, store, welcome, tree) = self.second.take().context("a pair was added")?;
        let device = member.device(self.trust)?;
        let start = Stopwatch::start();
        let mut joined = Join::open(&store, &device, self.trust, &welcome, &tree)?.accept(&store)?;
        joined.flush(&store)?;
        Ok(start.elapsed())
    }

    /// How long a commit takes: making it, and entering the new epoch.
    fn commit(&mut self) -> Result<Duration> {
        let start = Stopwatch::start();
        self.group.commit(&self.store, &self.device, self.trust, &[], &[], None)?;
        self.group.merge_pending_commit(&self.store, self.trust, now_seconds())?;
        self.group.flush(&self.store)?;
        Ok(start.elapsed())
    }
}
