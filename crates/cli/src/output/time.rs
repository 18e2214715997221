//! Times in the reader's time zone, and sizes.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970.
pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

fn zoned(ms: u64, zone: &TimeZone) -> jiff::Zoned {
    // A time from outside may be beyond what a calendar holds.
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX).to_zoned(zone.clone())
}

/// `2026-11-22 14:05`.
pub fn stamp(ms: u64, zone: &TimeZone) -> String {
    zoned(ms, zone).strftime("%Y-%m-%d %H:%M").to_string()
}

/// `14:05`.
pub fn clock(ms: u64, zone: &TimeZone) -> String {
    zoned(ms, zone).strftime("%H:%M").to_string()
}

/// The calendar day.
pub fn day_of(ms: u64, zone: &TimeZone) -> Date {
    zoned(ms, zone).date()
}

/// `Today`, `Yesterday`, or `Sunday 22 November 2026`.
pub fn day(date: Date, today: Date) -> String {
    if date == today {
        "Today".to_owned()
    } else if date.tomorrow().is_ok_and(|next| next == today) {
        "Yesterday".to_owned()
    } else {
        date.strftime("%A %-d %B %Y").to_string()
    }
}

/// `3.4 MB`, in powers of 1000.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_names() {
        let today = jiff::civil::date(2026, 11, 22);
        assert_eq!(day(today, today), "Today");
        assert_eq!(day(jiff::civil::date(2026, 11, 21), today), "Yesterday");
        assert_eq!(day(jiff::civil::date(2026, 11, 1), today), "Sunday 1 November 2026");
    }

    #[test]
    fn absurd_times_are_shown_somehow() {
        assert_eq!(stamp(0, &TimeZone::UTC), "1970-01-01 00:00");
        assert!(stamp(u64::MAX, &TimeZone::UTC).starts_with("9999-12-3"));
    }

    #[test]
    fn sizes_are_short() {
        let sizes: Vec<_> = [0, 999, 1000, 999_949, 999_950, 1_500_000, u64::MAX].map(size).to_vec();
        assert_eq!(sizes, ["0 B", "999 B", "1.0 kB", "999.9 kB", "1.0 MB", "1.5 MB", "18446744.1 TB"]);
    }
}
