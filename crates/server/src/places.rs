//! Places for those of whom nobody knows yet who they are: connections, and bytes of bodies. There are few, and they are shared
//! fairly between addresses: when all are taken, whoever has most of them loses the newest to whoever has fewer.
//!
//! **Invariant:** what callers without a session hold at the same time is bounded in all, and no address keeps the others out.

use crate::{Row, relay::lock};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Connections that one user's devices have open at once, WebSocket and others, before they count as unknown.
const MAX_CONNECTIONS_PER_USER: u64 = 128;

/// A number of places; each weighs something.
#[derive(Clone)]
pub struct Places {
    max: u64,
    max_each: u64,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Default)]
struct Taken {
    weight: u64,
    holders: HashMap<u64, Holder>,
    next: u64,
}

#[derive(Default)]
struct Holder {
    weight: u64,
    /// In the order in which they were taken.
    places: Vec<(u64, u64, CancellationToken)>,
}

/// A place, until it is dropped or lost.
pub struct Place {
    taken: Arc<Mutex<Taken>>,
    of: u64,
    n: u64,
    lost: CancellationToken,
}

impl Places {
    /// Places of this weight together, and for each address or person.
    pub fn new(max: u64, max_each: u64) -> Self {
        Self { max, max_each, taken: Arc::default() }
    }

    /// Takes one; `None` when all are taken and nobody else has more.
    pub fn take(&self, of: u64, weight: u64) -> Option<Place> {
        let mut taken = lock(&self.taken);
        let own = taken.holders.get(&of).map_or(0, |holder| holder.weight) + weight;
        if own > self.max_each || weight > self.max {
            return None;
        }
        while taken.weight + weight > self.max {
            let (most, heaviest) =
                taken.holders.iter().map(|(of, holder)| (*of, holder.weight)).max_by_key(|(_, weight)| *weight)?;
            if heaviest <= own {
                return None;
            }
            let newest = taken.holders.get(&most)?.places.last()?.0;
            taken.remove(most, newest)?.cancel();
        }
        let n = taken.next;
        taken.next += 1;
        taken.weight += weight;
        let holder = taken.holders.entry(of).or_default();
        holder.weight += weight;
        let lost = CancellationToken::new();
        holder.places.push((n, weight, lost.clone()));
        Some(Place { taken: self.taken.clone(), of, n, lost })
    }

    /// What is taken now.
    pub fn taken(&self) -> u64 {
        lock(&self.taken).weight
    }
}

impl Taken {
    fn remove(&mut self, of: u64, n: u64) -> Option<CancellationToken> {
        let holder = self.holders.get_mut(&of)?;
        let index = holder.places.iter().position(|(other, ..)| *other == n)?;
        let (_, weight, lost) = holder.places.remove(index);
        holder.weight -= weight;
        self.weight -= weight;
        if holder.places.is_empty() {
            self.holders.remove(&of);
        }
        Some(lost)
    }
}

impl Place {
    /// Waits until somebody else gets it.
    pub async fn lost(&self) {
        self.lost.cancelled().await;
    }

    /// Whether somebody else got it.
    pub fn is_lost(&self) -> bool {
        self.lost.is_cancelled()
    }

    fn watch(&self) -> WaitForCancellationFutureOwned {
        self.lost.clone().cancelled_owned()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.taken).remove(self.of, self.n);
    }
}

/// A TCP connection's standing: unknown, until somebody shows by it who they are.
pub struct Seat {
    place: Mutex<Option<Place>>,
    known: AtomicBool,
    /// Bytes that may still be read while it is unknown.
    bytes: AtomicI64,
    users: Places,
}

impl Seat {
    /// Of a connection that has a place among the unknown ones; it may send so many bytes before it is heard.
    pub fn new(place: Place, bytes: i64, users: Places) -> Self {
        Self { known: AtomicBool::new(false), place: Mutex::new(Some(place)), bytes: AtomicI64::new(bytes), users }
    }

    /// Places of users' connections.
    pub fn users() -> Places {
        Places::new(u64::MAX, MAX_CONNECTIONS_PER_USER)
    }

    /// It is this user's. Beyond their share it stays unknown.
    pub fn known(&self, user: Row) {
        if self.is_known() {
            return;
        }
        if let Some(place) = self.users.take(user as u64, 1) {
            *lock(&self.place) = Some(place);
            self.known.store(true, Ordering::Relaxed);
        }
    }

    /// It holds a place elsewhere from now on.
    pub fn counted_elsewhere(&self) {
        let mut place = lock(&self.place);
        if !self.is_known() {
            *place = None;
        }
    }

    /// From now on so many bytes may be read while it is unknown.
    pub fn allow(&self, bytes: i64) {
        self.bytes.store(bytes, Ordering::Relaxed);
    }

    /// Whether somebody has shown who they are.
    pub fn is_known(&self) -> bool {
        self.known.load(Ordering::Relaxed)
    }

    /// Bytes were read; whether that is still all right.
    pub fn read(&self, bytes: usize) -> bool {
        self.is_known() || self.bytes.fetch_sub(bytes as i64, Ordering::Relaxed) >= bytes as i64
    }

    /// Ends when the place is lost, if there is one.
    pub fn watch(&self) -> Option<WaitForCancellationFutureOwned> {
        lock(&self.place).as_ref().map(Place::watch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_takes_all_places_and_gives_them_up_to_others() {
        let places = Places::new(4, u64::MAX);
        let first: Vec<Place> = (0..4).map(|_| places.take(1, 1).unwrap()).collect();
        assert!(places.take(1, 1).is_none(), "nobody has more than the address itself");
        let second = places.take(2, 1).expect("another address gets the newest one");
        assert_eq!(first.iter().map(Place::is_lost).collect::<Vec<_>>(), [false, false, false, true]);
        let _third = places.take(2, 1).expect("until both have the same");
        assert!(places.take(2, 1).is_none() && places.take(1, 1).is_none());
        assert!(!second.is_lost());
        drop(second);
        places.take(1, 1).expect("what is given back is free");
    }

    #[test]
    fn a_place_given_back_or_lost_is_counted_once() {
        let places = Places::new(2, u64::MAX);
        let lost = [places.take(1, 1).unwrap(), places.take(1, 1).unwrap()];
        let other = places.take(2, 1).unwrap();
        drop(lost);
        assert_eq!(places.taken(), 1);
        drop(other);
        assert_eq!((places.taken(), lock(&places.taken).holders.len()), (0, 0));
    }

    #[test]
    fn heavy_places_push_out_as_many_as_they_need() {
        let places = Places::new(10, 8);
        let small: Vec<Place> = (0..10).map(|_| places.take(1, 1).unwrap_or_else(|| panic!())).take(8).collect();
        let heavy = places.take(2, 5).unwrap();
        assert_eq!(small.iter().filter(|place| place.is_lost()).count(), 3);
        assert!(!heavy.is_lost() && places.take(3, 9).is_none(), "more than anybody's share");
    }

    #[test]
    fn a_seat_is_unknown_until_somebody_shows_who_they_are() {
        let (unknown, users) = (Places::new(2, 2), Places::new(u64::MAX, 1));
        let seat = |bytes| Seat::new(unknown.take(1, 1).unwrap(), bytes, users.clone());
        let (one, two) = (seat(10), seat(10));
        assert!(one.read(10) && !one.read(1), "it may say only so much");
        one.known(5);
        assert!(one.read(1_000_000) && one.is_known());
        two.known(5);
        assert!(!two.is_known(), "beyond a user's share it stays unknown");
        assert_eq!((unknown.taken(), users.taken()), (1, 1));
        drop((one, two));
        assert_eq!((unknown.taken(), users.taken()), (0, 0));
    }
}
