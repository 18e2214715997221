//! The benchmark itself works: every figure comes out at a tiny size, against a real relay.

use std::process::Command;

#[test]
fn every_figure_is_measured_at_a_tiny_size() {
    let dir = tempfile::tempdir().unwrap();
    let json = dir.path().join("bench.json");
    let output =
        Command::new(env!("CARGO_BIN_EXE_chancery-bench")).args(["--smoke", "--json"]).arg(&json).output().unwrap();
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
        "/abuse/anonymous_rss_mib",
        "/abuse/anonymous_p99_ratio",
        "/abuse/member_p99_ratio",
        "/abuse/member_stored_mib",
        "/client/encrypt_per_s",
        "/client/decrypt_per_s",
        "/client/receive_10k_s",
        "/client/join_1000_ms",
        "/client/join_1000_classical_ms",
        "/client/commit_1000_ms",
        "/client/commit_1000_classical_ms",
        "/machine/cores",
    ];
    for figure in figures {
        assert!(report.pointer(figure).is_some_and(serde_json::Value::is_number), "{figure} in {report}");
    }
    let delivered = report.pointer("/w2/delivered_per_s").and_then(serde_json::Value::as_f64);
    assert!(delivered > Some(0.0), "{report}");
}
