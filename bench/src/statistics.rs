//! Percentiles and medians.

use std::time::Duration;

/// The value below which `percent` of the values are (nearest rank); 0 without values.
pub fn percentile(sorted: &[u64], percent: f64) -> u64 {
    let rank = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied().unwrap_or(0)
}

/// The middle one; `None` without values.
pub fn median(mut times: Vec<Duration>) -> Option<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

/// Microseconds as milliseconds.
pub fn ms(us: u64) -> f64 {
    us as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let values: Vec<u64> = (1..=100).collect();
        assert_eq!((percentile(&values, 50.0), percentile(&values, 99.0), percentile(&values, 100.0)), (50, 99, 100));
        assert_eq!((percentile(&[7], 1.0), percentile(&[], 99.0)), (7, 0));
    }

    #[test]
    fn a_median_is_the_middle_one() {
        let times = [5, 1, 3].map(Duration::from_millis).to_vec();
        assert_eq!(median(times), Some(Duration::from_millis(3)));
        assert_eq!(median(Vec::new()), None);
    }
}
