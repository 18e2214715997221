//! CPU time of this thread: on a shared machine the steadiest measure of what one core has to do.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Started when made.
pub struct Stopwatch(Duration);

impl Stopwatch {
    /// From now on.
    pub fn start() -> Self {
        Self(thread_time())
    }

    /// CPU time since.
    pub fn elapsed(&self) -> Duration {
        thread_time().saturating_sub(self.0)
    }
}

fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let nanos = u32::try_from(time.tv_nsec).expect("below a thousand million");
    Duration::new(u64::try_from(time.tv_sec).expect("CPU time isn't negative"), nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_time_and_waiting_takes_none() {
        let stopwatch = Stopwatch::start();
        let (send, receive) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            // Works on another thread.
            let sum = (0..20_000_000u64).fold(0, |sum: u64, n| std::hint::black_box(sum.wrapping_add(n)));
            send.send(sum).unwrap();
        });
        receive.recv().unwrap();
        let waited = stopwatch.elapsed();
        let stopwatch = Stopwatch::start();
        std::hint::black_box((0..20_000_000u64).fold(0, |sum: u64, n| std::hint::black_box(sum.wrapping_add(n))));
        assert!(stopwatch.elapsed() > waited);
    }
}
