//! The benchmark itself works: every workload runs at a tiny size against a real relay.

use std::process::Command;

#[test]
fn every_workload_runs_at_a_tiny_size() {
    let dir = tempfile::tempdir().unwrap();
    let json = dir.path().join("bench.json");
    let output = Command::new(env!("CARGO_BIN_EXE_chancery-bench"))
        .args(["--smoke", "--only", "w1,w2,w3,w4,w5", "--json"])
        .arg(&json)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    let figures = [
        "/w1/kib_per_client",
        "/w2/cpu_us_per_message",
        "/w2/delivered_per_s",
        "/w2/p50_ms",
        "/w2/p99_ms",
        "/w3/cpu_us_per_delivery",
        "/w3/deliveries_per_s",
        "/w3/p99_ms",
        "/w4/cpu_us_per_message",
        "/w4/seconds",
        "/w5/cpu_ms_per_connect",
        "/w5/connects_per_s",
        "/machine/cores",
    ];
    for figure in figures {
        assert!(report.pointer(figure).is_some_and(serde_json::Value::is_number), "{figure} in {report}");
    }
    let delivered = report.pointer("/w2/delivered_per_s").and_then(serde_json::Value::as_f64);
    assert!(delivered > Some(0.0), "{report}");
}
