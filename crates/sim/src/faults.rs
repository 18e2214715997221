//! How bad the network, the machines and the clocks are. Probabilities are per event, in thousandths.

use rand::Rng;

/// What goes wrong, and how often.
#[derive(Debug, Clone)]
pub struct Faults {
    /// Shortest way between client and relay, in milliseconds.
    pub min_delay_ms: u64,
    /// Longest way, in milliseconds.
    pub max_delay_ms: u64,
    /// A call is lost before it reaches the relay.
    pub lost_request: u32,
    /// The answer of a call is lost.
    pub lost_answer: u32,
    /// A call arrives twice.
    pub doubled_request: u32,
    /// A connection is cut when a frame is sent over it.
    pub cut: u32,
    /// A client dies before it commits an input.
    pub client_crash_before: u32,
    /// A client dies after committing, before its outputs leave.
    pub client_crash_after: u32,
    /// The relay dies before it commits a call.
    pub relay_crash_before: u32,
    /// The relay dies after committing, before its answer leaves.
    pub relay_crash_after: u32,
    /// A client's clock jumps.
    pub clock_jump: u32,
}

impl Faults {
    /// A good network: short delays, nothing lost.
    pub fn none() -> Self {
        Self {
            min_delay_ms: 1,
            max_delay_ms: 5,
            lost_request: 0,
            lost_answer: 0,
            doubled_request: 0,
            cut: 0,
            client_crash_before: 0,
            client_crash_after: 0,
            relay_crash_before: 0,
            relay_crash_after: 0,
            clock_jump: 0,
        }
    }

    /// A bad day.
    pub fn bad() -> Self {
        Self {
            min_delay_ms: 1,
            max_delay_ms: 800,
            lost_request: 30,
            lost_answer: 30,
            doubled_request: 30,
            cut: 15,
            client_crash_before: 5,
            client_crash_after: 5,
            relay_crash_before: 3,
            relay_crash_after: 3,
            clock_jump: 5,
        }
    }

    /// Whether something with this probability happens now.
    pub fn strikes(rng: &mut impl Rng, thousandths: u32) -> bool {
        thousandths > 0 && rng.gen_range(0..1000) < thousandths
    }
}
