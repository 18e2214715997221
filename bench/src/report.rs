//! The results: JSON to compare over time, a table for people.

use serde_json::{Map, Value, json};
use std::fmt::Write;

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Target {
    AtMost(f64),
    AtLeast(f64),
}

/// A row of the table: key, what it is, unit, target.
struct Row(&'static str, &'static str, &'static str, Option<Target>);

use Target::{AtLeast, AtMost};

/// Every figure. The key is also its place in the JSON.
const ROWS: &[Row] = &[
    Row("w1.kib_per_client", "W1 idle: memory per client", "KiB", Some(AtMost(12.0))),
    Row("w2.cpu_us_per_message", "W2 pairs: relay CPU per message, durable", "µs", Some(AtMost(40.0))),
    Row("w2.delivered_per_s", "W2 delivered", "/s", Some(AtLeast(15_000.0))),
    Row("w2.p50_ms", "W2 sent to parsed, median", "ms", None),
    Row("w2.p99_ms", "W2 sent to parsed, p99", "ms", Some(AtMost(15.0))),
    Row("w3.cpu_us_per_delivery", "W3 group of 500: relay CPU per delivery, durable", "µs", Some(AtMost(5.0))),
    Row("w3.deliveries_per_s", "W3 deliveries", "/s", None),
    Row("w3.p99_ms", "W3 sent to the last member, p99", "ms", Some(AtMost(30.0))),
    Row("w4.cpu_us_per_message", "W4 catch-up: relay CPU per message", "µs", Some(AtMost(8.0))),
    Row("w4.seconds", "W4 5000 messages, from connecting", "s", Some(AtMost(0.1))),
    Row("w5.cpu_ms_per_connect", "W5 connect: relay CPU, signature checked", "ms", Some(AtMost(0.4))),
    Row("w5.connects_per_s", "W5 connects", "/s", None),
    Row("abuse.anonymous_rss_mib", "Abuse: memory that callers without a session cost", "MiB", Some(AtMost(64.0))),
    Row("abuse.anonymous_p99_ratio", "Abuse: the pairs' p99 meanwhile, over the quiet one", "x", None),
    Row("abuse.anonymous_cpu", "Abuse: relay CPU meanwhile, cores", "", None),
    Row("abuse.member_p99_ratio", "Abuse by one member: the pairs' p99 over the quiet one", "x", Some(AtMost(2.0))),
    Row("abuse.member_rss_mib", "Abuse by one member: memory", "MiB", None),
    Row("abuse.member_cpu", "Abuse by one member: relay CPU, cores", "", None),
    Row("abuse.member_stored_mib", "Abuse by one member: bytes stored", "MiB", None),
    Row("abuse.quiet_p99_ms", "Abuse: the pairs' quiet p99", "ms", None),
    Row("abuse.quiet_cpu", "Abuse: relay CPU when quiet, cores", "", None),
    Row("client.encrypt_per_s", "Client: encrypt 1 KiB", "/s", Some(AtLeast(15_000.0))),
    Row("client.decrypt_per_s", "Client: decrypt 1 KiB", "/s", Some(AtLeast(15_000.0))),
    Row("client.receive_10k_s", "Client: receive 10,000 missed messages", "s", Some(AtMost(3.0))),
    Row("client.join_1000_ms", "Client: join a group of 1000, post-quantum", "ms", Some(AtMost(250.0))),
    Row("client.join_1000_classical_ms", "Client: join a group of 1000, classical", "ms", Some(AtMost(100.0))),
    Row("client.commit_1000_ms", "Client: commit in a group of 1000, post-quantum", "ms", Some(AtMost(60.0))),
    Row("client.commit_1000_classical_ms", "Client: commit in a group of 1000, classical", "ms", Some(AtMost(20.0))),
];

/// Results, as they come.
#[derive(Default)]
pub struct Report(Map<String, Value>);

impl Report {
    /// Notes a figure, e.g. `w2.p99_ms`.
    pub fn set(&mut self, key: &str, value: f64) {
        let (part, name) = key.split_once('.').expect("a key is `part.name`");
        let part = self.0.entry(part).or_insert_with(|| json!({}));
        // Enough digits to compare, none that mean nothing.
        let digits = if value.abs() >= 100.0 { 10.0 } else { 10_000.0 };
        part[name] = json!((value * digits).round() / digits);
    }

    /// Notes something about the run.
    pub fn note(&mut self, key: &str, value: Value) {
        self.0.insert(key.to_owned(), value);
    }

    /// The JSON.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(&self.0).expect("plain values always serialise");
        text.push('\n');
        text
    }

    /// The table.
    pub fn to_table(&self) -> String {
        let mut table = format!("{:<52} {:>10}      {:>10}\n", "", "measured", "target");
        for Row(key, what, unit, target) in ROWS {
            let (part, name) = key.split_once('.').expect("a key is `part.name`");
            let Some(value) = self.0.get(part).and_then(|part| part.get(name)).and_then(Value::as_f64) else {
                continue;
            };
            let (bound, met) = match *target {
                Some(AtMost(most)) => (format!("<= {}", number(most)), value <= most),
                Some(AtLeast(least)) => (format!(">= {}", number(least)), value >= least),
                None => (String::new(), true),
            };
            let mark = if met { "" } else { "  missed" };
            let line = format!("{what:<52} {:>10} {unit:<4} {bound:>10}{mark}", number(value));
            writeln!(table, "{}", line.trim_end()).expect("writing to a String can't fail");
        }
        table
    }
}

fn number(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 || v.fract() == 0.0 => format!("{value:.0}"),
        v if v >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stand_under_their_workload() {
        let mut report = Report::default();
        report.set("w2.p99_ms", 12.345_67);
        report.set("w2.delivered_per_s", 15_432.19);
        let json: Value = serde_json::from_str(&report.to_json()).unwrap();
        assert_eq!(json, json!({"w2": {"p99_ms": 12.3457, "delivered_per_s": 15432.2}}));
    }

    #[test]
    fn the_table_says_which_target_is_missed() {
        let mut report = Report::default();
        report.set("w2.p99_ms", 20.0);
        report.set("w2.delivered_per_s", 20_000.0);
        let table = report.to_table();
        let line = |part: &str| table.lines().find(|line| line.contains(part)).unwrap().to_owned();
        assert!(line("p99").ends_with("<= 15  missed"), "{table}");
        assert!(line("delivered").ends_with(">= 15000"), "{table}");
        assert!(!table.contains("W3"), "{table}");
    }

    #[test]
    fn every_row_has_its_own_key() {
        let mut keys: Vec<_> = ROWS.iter().map(|row| row.0).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), ROWS.len());
    }
}
