//! What an operator has to look at: what was passed over because of a fault, and what the relay itself can't put right.
//!
//! **Invariant:** a fault of one group, file, person or step is counted and told here, and everything else goes on.
//! **Invariant:** nothing here names a group, a person or a file.

use crate::{Failure, relay::lock};
use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{
        Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

/// Seconds of a day.
const DAY_SECONDS: i64 = 24 * 3600;
/// Stands for "no certificate".
const NO_CERTIFICATE: i64 = i64::MIN;

/// Where something was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A group's log couldn't be purged.
    Prune,
    /// Something else couldn't be purged: inboxes, links, invitations, key packages, reports.
    Purge,
    /// A file couldn't be swept.
    Files,
    /// Freed pages couldn't be given back.
    Vacuum,
    /// A step of stored work failed.
    Work,
    /// A job of the writer panicked.
    Writer,
    /// An event of an inbox can't be read.
    Inbox,
    /// A group can't be delivered from.
    Delivery,
    /// It couldn't be found out whom a message wakes, or an attempt to wake panicked.
    Push,
    /// An entry couldn't be read at the start.
    Entries,
}

impl Part {
    /// Every part.
    pub const ALL: [Part; 10] = [
        Part::Prune,
        Part::Purge,
        Part::Files,
        Part::Vacuum,
        Part::Work,
        Part::Writer,
        Part::Inbox,
        Part::Delivery,
        Part::Push,
        Part::Entries,
    ];

    /// As the metric and the log name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Part::Prune => "prune",
            Part::Purge => "purge",
            Part::Files => "files",
            Part::Vacuum => "vacuum",
            Part::Work => "work",
            Part::Writer => "writer",
            Part::Inbox => "inbox",
            Part::Delivery => "delivery",
            Part::Push => "push",
            Part::Entries => "entries",
        }
    }
}

/// A standing warning: one per subject, until it is withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The machine's clock.
    Clock,
    /// The TLS certificate.
    Certificate,
    /// How many files the process may open.
    OpenFiles,
}

/// What stands in `/readyz` and in the metrics.
#[derive(Debug)]
pub struct Health {
    passed_over: Mutex<BTreeMap<Part, u64>>,
    warnings: Mutex<BTreeMap<Subject, String>>,
    /// When the first certificate of the chain ends, in seconds since 1970.
    certificate_ends_at: AtomicI64,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            passed_over: Mutex::default(),
            warnings: Mutex::default(),
            certificate_ends_at: AtomicI64::new(NO_CERTIFICATE),
        }
    }
}

impl Health {
    /// Something was passed over because of this. It is logged here, and nowhere else.
    pub fn passed_over(&self, part: Part, failure: &Failure) {
        let name = part.as_str();
        match failure {
            Failure::Fault(fault) => tracing::error!(part = name, %fault, "passed over; everything else goes on"),
            Failure::Refused(refusal) => {
                tracing::error!(part = name, code = %refusal.code, "passed over; everything else goes on");
            }
        }
        *lock(&self.passed_over).entry(part).or_default() += 1;
    }

    /// How often something of a part was passed over since the start.
    pub fn count(&self, part: Part) -> u64 {
        lock(&self.passed_over).get(&part).copied().unwrap_or(0)
    }

    /// A warning that stands until it is withdrawn. Logged when it is new.
    pub fn warn(&self, subject: Subject, text: String) {
        let mut warnings = lock(&self.warnings);
        if warnings.get(&subject) != Some(&text) {
            tracing::warn!("{text}");
            warnings.insert(subject, text);
        }
    }

    /// Nothing is to be said about it any more.
    pub fn withdraw(&self, subject: Subject) {
        lock(&self.warnings).remove(&subject);
    }

    /// When the certificate in use ends, in seconds since 1970.
    pub fn set_certificate_end(&self, ends_at: i64) {
        self.certificate_ends_at.store(ends_at, Ordering::Relaxed);
    }

    /// Whole days until the certificate ends, rounded down; negative afterwards. `None` when this process does no TLS.
    pub fn certificate_days_left(&self, now_seconds: u64) -> Option<i64> {
        let ends_at = self.certificate_ends_at.load(Ordering::Relaxed);
        (ends_at != NO_CERTIFICATE).then(|| days_left(ends_at, now_seconds))
    }

    /// The lines of `/readyz` after its `ok`.
    pub fn details(&self, now_seconds: u64) -> String {
        let mut text = String::new();
        let mut line = |line: std::fmt::Arguments<'_>| writeln!(text, "{line}").expect("a String takes it");
        if let Some(days) = self.certificate_days_left(now_seconds) {
            line(format_args!("certificate_days_left: {days}"));
        }
        for (part, count) in &*lock(&self.passed_over) {
            line(format_args!("passed_over_{}: {count}", part.as_str()));
        }
        for warning in lock(&self.warnings).values() {
            line(format_args!("warning: {warning}"));
        }
        text
    }

    /// The same for Prometheus.
    pub fn render(&self, now_seconds: u64, text: &mut String) {
        let mut line = |line: std::fmt::Arguments<'_>| writeln!(text, "{line}").expect("a String takes it");
        line(format_args!(
            "# HELP chancery_passed_over_total Groups, files, steps and so on passed over because of a fault."
        ));
        line(format_args!("# TYPE chancery_passed_over_total counter"));
        for part in Part::ALL {
            line(format_args!("chancery_passed_over_total{{part=\"{}\"}} {}", part.as_str(), self.count(part)));
        }
        line(format_args!("# HELP chancery_warnings Warnings that stand in /readyz."));
        line(format_args!("# TYPE chancery_warnings gauge"));
        line(format_args!("chancery_warnings {}", lock(&self.warnings).len()));
        if let Some(days) = self.certificate_days_left(now_seconds) {
            line(format_args!("# HELP chancery_certificate_days_left Whole days until the TLS certificate ends."));
            line(format_args!("# TYPE chancery_certificate_days_left gauge"));
            line(format_args!("chancery_certificate_days_left {days}"));
        }
    }
}

fn days_left(ends_at: i64, now_seconds: u64) -> i64 {
    ends_at.saturating_sub_unsigned(now_seconds).div_euclid(DAY_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RelayFault;

    #[test]
    fn what_was_passed_over_and_what_is_wrong_stands_in_the_details_and_in_the_metrics() {
        let health = Health::default();
        assert_eq!(health.details(0), "");
        health.passed_over(Part::Prune, &RelayFault::new("a bad row").into());
        health.passed_over(Part::Prune, &RelayFault::new("a bad row").into());
        health.warn(Subject::Clock, "look at the clock".to_owned());
        health.set_certificate_end(10 * DAY_SECONDS - 1);
        assert_eq!(health.details(0), "certificate_days_left: 9\npassed_over_prune: 2\nwarning: look at the clock\n");
        let mut text = String::new();
        health.render(0, &mut text);
        for line in [
            "chancery_passed_over_total{part=\"prune\"} 2",
            "chancery_passed_over_total{part=\"files\"} 0",
            "chancery_warnings 1",
            "chancery_certificate_days_left 9",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} not in\n{text}");
        }
        health.withdraw(Subject::Clock);
        assert!(!health.details(0).contains("warning"));
    }

    #[test]
    fn a_certificate_that_has_just_ended_has_less_than_no_day_left() {
        assert_eq!(days_left(DAY_SECONDS, 0), 1);
        assert_eq!(days_left(DAY_SECONDS, 1), 0);
        assert_eq!(days_left(DAY_SECONDS, DAY_SECONDS as u64 + 1), -1);
    }
}
