//! What a process costs, from /proc.

use anyhow::{Context, Result};
use std::{fs, time::Duration};

/// CPU time of a process so far, user and system, of all its threads.
pub fn cpu_time(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let stat = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    let ticks = parse_ticks(&stat).with_context(|| format!("{path} has another form than expected"))?;
    Ok(Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64))
}

/// utime + stime. The program's name stands in brackets and may contain anything.
fn parse_ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

/// Proportional set size of a process, in KiB.
pub fn pss_kib(pid: u32) -> Result<u64> {
    let path = format!("/proc/{pid}/smaps_rollup");
    let rollup = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    parse_pss(&rollup).with_context(|| format!("{path} has another form than expected"))
}

fn parse_pss(rollup: &str) -> Option<u64> {
    rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?.split_whitespace().next()?.parse().ok()
}

/// Resident memory of a process, in KiB: quick to read, while it changes.
pub fn rss_kib(pid: u32) -> Result<u64> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    parse_rss(&status).with_context(|| format!("{path} has another form than expected"))
}

fn parse_rss(status: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.split_whitespace().next()?.parse().ok()
}

/// The machine's load average over the last minute.
pub fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_in_brackets_may_contain_anything() {
        let stat = "42 (a) b ) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 3 0 100 1000 200";
        assert_eq!(parse_ticks(stat), Some(300));
    }

    #[test]
    fn pss_is_not_mixed_up_with_its_parts() {
        assert_eq!(
            parse_pss("00-ff ---p 0 0:0 0 [rollup]\nRss: 9 kB\nPss_Dirty: 3 kB\nPss:        1234 kB\n"),
            Some(1234)
        );
    }

    #[test]
    fn resident_memory_is_found_among_the_others() {
        assert_eq!(parse_rss("VmHWM:\t 9 kB\nVmRSS:\t    1234 kB\nRssAnon: 7 kB\n"), Some(1234));
    }

    #[test]
    fn this_process_has_a_cost() {
        assert!(pss_kib(std::process::id()).unwrap() > 100);
        cpu_time(std::process::id()).unwrap();
    }
}
