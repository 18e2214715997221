//! The client's own figures: one core, no network.

pub mod crypto;
pub mod large_group;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{report::Report, sizes::Sizes};

    #[test]
    fn the_clients_figures_come_of_real_groups() {
        let mut report = Report::default();
        crypto::run(&Sizes::smoke(), &mut report).unwrap();
        large_group::run(&Sizes::smoke(), &mut report).unwrap();
        let json = report.to_json();
        for figure in ["encrypt_per_s", "decrypt_per_s", "join_1000_ms", "join_1000_classical_ms", "commit_1000_ms"] {
            assert!(json.contains(figure), "{figure} is missing in {json}");
        }
    }
}
