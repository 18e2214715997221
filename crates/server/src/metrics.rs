//! Counters of the relay in Prometheus' text format.
//!
//! **Invariant:** labels are routes, methods, statuses, kinds and codes: never an id, a name or an address.

use axum::http::Method;
use chancery_wire::{Code, frames::ItemKind};
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
    exponential_buckets,
};
use std::{fmt::Write, time::Duration};

/// Media type of [`Metrics::render`].
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Ticks per second in /proc: `USER_HZ`, which is 100 on every Linux that Rust's standard library runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// Everything that the relay counts.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    request_seconds: HistogramVec,
    items_accepted: IntCounterVec,
    refusals: IntCounterVec,
    /// Open WebSocket connections.
    pub connections: IntGauge,
    /// Items sent to devices over WebSocket.
    pub items_delivered: IntCounter,
    /// Connections that fell behind and were sent back to reading the log.
    pub slow_connections: IntCounter,
    commit_batch_jobs: Histogram,
    commit_seconds: Histogram,
    /// Bytes of file ciphertext stored.
    pub upload_bytes: IntCounter,
    /// Bytes of file ciphertext sent.
    pub download_bytes: IntCounter,
    /// Items that couldn't be processed, reported by members.
    pub group_reports: IntCounter,
    /// Faults while handling a group: damage of the store, or a bug.
    pub group_faults: IntCounter,
    pushes: IntCounterVec,
}

impl Metrics {
    /// All at zero.
    pub fn new() -> Self {
        let registry = Registry::new();
        let counters = |name: &str, help: &str, labels: &[&str]| {
            let counters = IntCounterVec::new(Opts::new(name, help), labels).expect("a constant, valid name");
            registry.register(Box::new(counters.clone())).expect("registered once");
            counters
        };
        let counter = |name: &str, help: &str| {
            let counter = IntCounter::new(name, help).expect("a constant, valid name");
            registry.register(Box::new(counter.clone())).expect("registered once");
            counter
        };
        let histogram = |name: &str, help: &str, buckets: Vec<f64>| {
            let options = HistogramOpts::new(name, help).buckets(buckets);
            let histogram = Histogram::with_opts(options).expect("a constant, valid name");
            registry.register(Box::new(histogram.clone())).expect("registered once");
            histogram
        };
        // 0.25 ms to 8 s.
        let seconds = || exponential_buckets(0.000_25, 2.0, 16).expect("constant, valid buckets");
        let request_seconds = HistogramVec::new(
            HistogramOpts::new("chancery_request_seconds", "Time to answer a request, by route.").buckets(seconds()),
            &["route"],
        )
        .expect("a constant, valid name");
        registry.register(Box::new(request_seconds.clone())).expect("registered once");
        let connections =
            IntGauge::new("chancery_connections", "Open WebSocket connections.").expect("a constant, valid name");
        registry.register(Box::new(connections.clone())).expect("registered once");
        Self {
            requests: counters(
                "chancery_requests_total",
                "Requests answered, by route, method and status.",
                &["route", "method", "status"],
            ),
            request_seconds,
            items_accepted: counters("chancery_items_accepted_total", "Log items accepted, by kind.", &["kind"]),
            refusals: counters("chancery_refusals_total", "Refusals, by code.", &["code"]),
            connections,
            items_delivered: counter("chancery_items_delivered_total", "Log items sent over WebSocket."),
            slow_connections: counter(
                "chancery_slow_connections_total",
                "Connections that fell behind and were sent back to reading the log.",
            ),
            commit_batch_jobs: histogram(
                "chancery_commit_batch_jobs",
                "Jobs that shared one commit of the database.",
                exponential_buckets(1.0, 2.0, 11).expect("constant, valid buckets"),
            ),
            commit_seconds: histogram("chancery_commit_seconds", "Time of one commit of the database.", seconds()),
            upload_bytes: counter("chancery_upload_bytes_total", "Bytes of file ciphertext stored."),
            download_bytes: counter("chancery_download_bytes_total", "Bytes of file ciphertext sent."),
            group_reports: counter(
                "chancery_group_reports_total",
                "Items that couldn't be processed, reported by members.",
            ),
            group_faults: counter("chancery_group_faults_total", "Faults while handling a group."),
            pushes: counters("chancery_pushes_total", "Push messages, by what became of them.", &["outcome"]),
            registry,
        }
    }

    /// A request was answered. `route` is the route's pattern (`/v1/files/{file}`), not the path; `None` when there is none.
    pub fn request(&self, route: Option<&str>, method: &Method, status: u16, time: Duration) {
        let route = route.unwrap_or("none");
        // Anything may stand in a request line; a label must not.
        let method = match *method {
            Method::GET => "GET",
            Method::HEAD => "HEAD",
            Method::POST => "POST",
            Method::PATCH => "PATCH",
            Method::PUT => "PUT",
            Method::DELETE => "DELETE",
            Method::OPTIONS => "OPTIONS",
            _ => "other",
        };
        self.requests.with_label_values(&[route, method, &status.to_string()]).inc();
        self.request_seconds.with_label_values(&[route]).observe(time.as_secs_f64());
    }

    /// A log item was accepted.
    pub fn accepted(&self, kind: ItemKind) {
        let kind = match kind {
            ItemKind::Application => "application",
            ItemKind::Proposal => "proposal",
            ItemKind::Commit => "commit",
        };
        self.items_accepted.with_label_values(&[kind]).inc();
    }

    /// Something was refused.
    pub fn refused(&self, code: Code) {
        self.refusals.with_label_values(&[code.as_str()]).inc();
    }

    /// What became of a push message: a constant.
    pub fn pushed(&self, outcome: &'static str) {
        self.pushes.with_label_values(&[outcome]).inc();
    }

    /// The database committed a batch.
    pub fn committed(&self, jobs: usize, time: Duration) {
        self.commit_batch_jobs.observe(jobs as f64);
        self.commit_seconds.observe(time.as_secs_f64());
    }

    /// Everything as text, with the process's memory and CPU time.
    pub fn render(&self) -> String {
        let mut text = String::new();
        TextEncoder::new().encode_utf8(&self.registry.gather(), &mut text).expect("writing to a String can't fail");
        if let Some(process) = Process::read() {
            process.render(&mut text);
        }
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// What /proc says about this process.
struct Process {
    resident_bytes: u64,
    cpu_seconds: f64,
    open_files: usize,
}

impl Process {
    /// `None` where there is no /proc.
    fn read() -> Option<Self> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kib: u64 = resident.split_whitespace().next()?.parse().ok()?;
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        // The second field is the program's name and may hold anything; the last parenthesis ends it. Fields 14 and 15 are
        // the ticks in user and system mode (proc(5)).
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
        Some(Self {
            resident_bytes: kib * 1024,
            cpu_seconds: ticks as f64 / TICKS_PER_SECOND,
            open_files: std::fs::read_dir("/proc/self/fd").ok()?.count(),
        })
    }

    fn render(&self, text: &mut String) {
        let mut one = |name: &str, kind: &str, help: &str, value: f64| {
            writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}").expect("a String takes it");
        };
        one("process_resident_memory_bytes", "gauge", "Memory of the process.", self.resident_bytes as f64);
        one("process_cpu_seconds_total", "counter", "CPU time of the process.", self.cpu_seconds);
        one("process_open_fds", "gauge", "Open files of the process.", self.open_files as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_appear_in_the_text() {
        let metrics = Metrics::new();
        metrics.request(Some("/v1/files/{file}"), &Method::PATCH, 204, Duration::from_millis(3));
        metrics.request(None, &Method::from_bytes(b"BREW").unwrap(), 404, Duration::ZERO);
        metrics.accepted(ItemKind::Commit);
        metrics.refused(Code::WrongEpoch);
        metrics.committed(12, Duration::from_millis(1));
        metrics.connections.inc();
        metrics.upload_bytes.inc_by(100);
        let text = metrics.render();
        for line in [
            r#"chancery_requests_total{method="PATCH",route="/v1/files/{file}",status="204"} 1"#,
            r#"chancery_requests_total{method="other",route="none",status="404"} 1"#,
            r#"chancery_items_accepted_total{kind="commit"} 1"#,
            r#"chancery_refusals_total{code="wrong_epoch"} 1"#,
            r#"chancery_commit_batch_jobs_bucket{le="16"} 1"#,
            r#"chancery_commit_batch_jobs_bucket{le="8"} 0"#,
            "chancery_commit_seconds_count 1",
            "chancery_connections 1",
            "chancery_upload_bytes_total 100",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} not in\n{text}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn memory_and_processor_time_are_those_of_this_process() {
        let before = Process::read().unwrap();
        let block = vec![1u8; 64 * 1024 * 1024];
        let after = Process::read().unwrap();
        assert!(after.resident_bytes - before.resident_bytes > block.len() as u64 / 2);
        assert!(after.cpu_seconds >= before.cpu_seconds && after.open_files > 0);
        let text = Metrics::new().render();
        assert!(text.contains("\nprocess_resident_memory_bytes ") && text.contains("\nprocess_cpu_seconds_total "));
    }
}
