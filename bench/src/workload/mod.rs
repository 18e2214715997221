//! The workloads against a relay.

pub mod abuse;
pub mod catch_up;
pub mod connect;
pub mod group;
pub mod idle;
pub mod pairs;

use crate::{
    organisation::{Member, Organisation},
    relay::Relay,
    sizes::Sizes,
};
use anyhow::Result;
use std::time::Instant;

/// What every workload gets.
pub struct Setting<'a> {
    /// The relay, freshly started.
    pub relay: &'a mut Relay,
    /// Its organisation.
    pub organisation: &'a Organisation,
    /// Members that joined.
    pub members: &'a [Member],
    /// Sizes.
    pub sizes: &'a Sizes,
}

/// When warming up ends and when measuring ends.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Measuring begins.
    pub from: Instant,
    /// Measuring ends.
    pub to: Instant,
}

impl Window {
    /// From now on.
    pub fn start(sizes: &Sizes) -> Self {
        let from = Instant::now() + sizes.warm_up;
        Self { from, to: from + sizes.measure }
    }

    /// Waits for the window and says how much CPU time the relay used in it, in microseconds.
    pub async fn cpu_us(self, relay: &Relay) -> Result<f64> {
        tokio::time::sleep_until(self.from.into()).await;
        let before = relay.cpu_time()?;
        tokio::time::sleep_until(self.to.into()).await;
        Ok((relay.cpu_time()? - before).as_secs_f64() * 1e6)
    }
}

/// Item ids that don't repeat: the workload (a device uses an id once, in whatever group), who sends, and a number.
pub fn item_id(workload: u32, sender: u32, n: u64) -> chancery_wire::ItemId {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&sender.to_be_bytes());
    bytes[4..8].copy_from_slice(&workload.to_be_bytes());
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    chancery_wire::ItemId(bytes)
}

/// The sender that [`item_id`] put in.
pub fn sender_of(item: chancery_wire::ItemId) -> u32 {
    u32::from_be_bytes(item.0[..4].try_into().expect("4 of 16 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn item_ids_name_their_sender_and_dont_repeat() {
        assert_eq!(sender_of(item_id(2, 7, 9)), 7);
        let ids = [item_id(2, 7, 9), item_id(2, 7, 10), item_id(2, 8, 9), item_id(3, 7, 9)];
        assert!((1..ids.len()).all(|n| !ids[n..].contains(&ids[n - 1])));
    }
}
