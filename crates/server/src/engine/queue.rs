//! What waits for the writer, fairly: everybody has a lane, and the writer takes one job of each in turn. So whoever floods
//! waits behind their own jobs, and only they are refused.

use super::Owner;
use chancery_wire::{Code, Refusal};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Condvar, Mutex, MutexGuard},
};

/// Jobs that wait in all.
pub const MAX_QUEUED_JOBS: usize = 8192;
/// Jobs of one person, or of one address without a session, that wait.
pub const MAX_QUEUED_JOBS_EACH: usize = 256;
/// Bytes of one lane's jobs in one transaction; what is more waits for the next one, so that it doesn't hold everybody's up.
const LANE_BYTES_PER_TRANSACTION: usize = 128 * 1024;

/// Something that waits.
pub trait Waiting {
    /// About how many bytes it writes.
    fn bytes(&self) -> usize;
    /// Gives it up; its sender is told why.
    fn refuse(self, refusal: Refusal);
}

/// The queue. Bounded in all and for each.
pub struct Queue<J> {
    state: Mutex<State<J>>,
    came: Condvar,
}

struct State<J> {
    lanes: Lanes<Owner, J>,
    /// Without a session all share one lane of the others', and have lanes within it.
    anonymous: Lanes<u64, J>,
    /// Nothing is taken in any more.
    closed: bool,
    /// The writer sleeps.
    sleeps: bool,
}

/// What one transaction has taken of each lane so far, in bytes.
#[derive(Default)]
pub struct Taken(HashMap<Owner, usize>);

struct Lanes<K, J> {
    jobs: HashMap<K, VecDeque<J>>,
    /// Lanes that hold something, in the order of their turns.
    turns: VecDeque<K>,
    len: usize,
}

impl<K: Copy + Eq + std::hash::Hash, J> Lanes<K, J> {
    fn new() -> Self {
        Self { jobs: HashMap::new(), turns: VecDeque::new(), len: 0 }
    }

    fn len_of(&self, key: K) -> usize {
        self.jobs.get(&key).map_or(0, VecDeque::len)
    }

    fn push(&mut self, key: K, job: J) {
        let lane = self.jobs.entry(key).or_default();
        if lane.is_empty() {
            self.turns.push_back(key);
        }
        lane.push_back(job);
        self.len += 1;
    }

    /// The oldest job of the next lane that may go.
    fn pop(&mut self, may_go: impl Fn(K) -> bool) -> Option<(K, J)> {
        for _ in 0..self.turns.len() {
            let key = self.turns.pop_front()?;
            if !may_go(key) {
                self.turns.push_back(key);
                continue;
            }
            let lane = self.jobs.get_mut(&key)?;
            let job = lane.pop_front()?;
            if lane.is_empty() {
                self.jobs.remove(&key);
            } else {
                self.turns.push_back(key);
            }
            self.len -= 1;
            return Some((key, job));
        }
        None
    }

    /// The longest lane.
    fn longest(&self) -> Option<(K, usize)> {
        self.jobs.iter().map(|(key, lane)| (*key, lane.len())).max_by_key(|(_, len)| *len)
    }

    /// Takes the newest job of a lane out.
    fn give_up(&mut self, key: K) -> Option<J> {
        let lane = self.jobs.get_mut(&key)?;
        let job = lane.pop_back()?;
        if lane.is_empty() {
            self.jobs.remove(&key);
            self.turns.retain(|other| *other != key);
        }
        self.len -= 1;
        Some(job)
    }
}

impl<J: Waiting> State<J> {
    fn len(&self) -> usize {
        self.lanes.len + self.anonymous.len
    }

    fn len_of(&self, owner: Owner) -> usize {
        match owner {
            Owner::Anonymous(peer) => self.anonymous.len_of(peer),
            owner => self.lanes.len_of(owner),
        }
    }

    fn push(&mut self, owner: Owner, job: J) {
        match owner {
            Owner::Anonymous(peer) => self.anonymous.push(peer, job),
            owner => self.lanes.push(owner, job),
        }
    }

    /// Makes room for one job of `owner`: when everything is full the longest lane gives up its newest job, unless that is this one.
    fn make_room(&mut self, owner: Owner) -> Result<Option<J>, Refusal> {
        let own = self.len_of(owner);
        if owner != Owner::Relay && own >= MAX_QUEUED_JOBS_EACH {
            return Err(Refusal::rate_limited(1));
        }
        if self.len() < MAX_QUEUED_JOBS {
            return Ok(None);
        }
        let anonymous = self.anonymous.longest().map(|(peer, len)| (Owner::Anonymous(peer), len));
        let longest = self.lanes.longest().into_iter().chain(anonymous).max_by_key(|(_, len)| *len);
        match longest {
            Some((Owner::Anonymous(peer), len)) if len > own + 1 => Ok(self.anonymous.give_up(peer)),
            Some((longest, len)) if len > own + 1 && longest != Owner::Relay => Ok(self.lanes.give_up(longest)),
            _ => Err(Refusal::rate_limited(1)),
        }
    }

    fn pop(&mut self, taken: &mut Taken, anonymous_first: bool) -> Option<J> {
        let may_go = |owner: Owner| taken.0.get(&owner).is_none_or(|bytes| *bytes < LANE_BYTES_PER_TRANSACTION);
        let anonymous_may = may_go(Owner::Anonymous(0));
        let anonymous = |lanes: &mut Lanes<u64, J>| {
            let job = if anonymous_may { lanes.pop(|_| true) } else { None };
            job.map(|(_, job)| (Owner::Anonymous(0), job))
        };
        let (owner, job) = if anonymous_first {
            anonymous(&mut self.anonymous).or_else(|| self.lanes.pop(may_go))?
        } else {
            self.lanes.pop(may_go).or_else(|| anonymous(&mut self.anonymous))?
        };
        *taken.0.entry(owner).or_default() += job.bytes();
        Some(job)
    }
}

impl<J: Waiting> Queue<J> {
    /// Empty.
    pub fn new() -> Self {
        let state = State { lanes: Lanes::new(), anonymous: Lanes::new(), closed: false, sleeps: false };
        Self { state: Mutex::new(state), came: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State<J>> {
        crate::relay::lock(&self.state)
    }

    /// Puts a job at the end of its owner's lane.
    pub fn push(&self, owner: Owner, job: J) -> Result<(), Refusal> {
        let mut state = self.lock();
        if state.closed {
            return Err(Code::Draining.into());
        }
        let given_up = state.make_room(owner)?;
        state.push(owner, job);
        if std::mem::take(&mut state.sleeps) {
            self.came.notify_one();
        }
        drop(state);
        if let Some(job) = given_up {
            job.refuse(Refusal::rate_limited(1));
        }
        Ok(())
    }

    /// The next job, for a new transaction; `None` once the queue is closed and empty.
    pub fn wait(&self, taken: &mut Taken) -> Option<J> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.pop(taken, false) {
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state.sleeps = true;
            state = self.came.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
    }

    /// The next job that goes into this transaction, if one waits. `n` is its number in it: those without a session have a share of
    /// the turns, not one for each address.
    pub fn next(&self, taken: &mut Taken, n: usize) -> Option<J> {
        self.lock().pop(taken, n % ANONYMOUS_TURN == ANONYMOUS_TURN - 1)
    }

    /// Takes nothing in any more; what waits is still done.
    pub fn close(&self) {
        self.lock().closed = true;
        self.came.notify_one();
    }

    /// Takes nothing in any more and gives up what waits: the writer is gone.
    pub fn abandon(&self) {
        let mut state = self.lock();
        state.closed = true;
        let (lanes, anonymous) = (std::mem::take(&mut state.lanes.jobs), std::mem::take(&mut state.anonymous.jobs));
        state.lanes = Lanes::new();
        state.anonymous = Lanes::new();
        drop(state);
        for job in lanes.into_values().chain(anonymous.into_values()).flatten() {
            job.refuse(Code::Draining.into());
        }
    }
}

/// One job of so many in a transaction is of somebody without a session, when members have as many waiting.
const ANONYMOUS_TURN: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, mpsc};

    struct Job(u32, usize, Option<mpsc::Sender<(u32, Code)>>);

    impl Waiting for Job {
        fn bytes(&self) -> usize {
            self.1
        }
        fn refuse(self, refusal: Refusal) {
            if let Some(to) = self.2 {
                to.send((self.0, refusal.code)).unwrap();
            }
        }
    }

    fn job(n: u32) -> Job {
        Job(n, 1, None)
    }

    fn drain(queue: &Queue<Job>) -> Vec<u32> {
        let mut taken = Taken::default();
        (0..).map_while(|n| queue.next(&mut taken, n)).map(|job| job.0).collect()
    }

    #[test]
    fn everybody_gets_their_turn_whoever_has_most_waiting() {
        let queue = Queue::new();
        for n in 0..5 {
            queue.push(Owner::User(1), job(n)).unwrap();
        }
        queue.push(Owner::User(2), job(10)).unwrap();
        queue.push(Owner::User(3), job(20)).unwrap();
        queue.push(Owner::User(2), job(11)).unwrap();
        assert_eq!(drain(&queue), [0, 10, 20, 1, 11, 2, 3, 4], "one of each, each in its order");
    }

    #[test]
    fn a_full_lane_refuses_its_owner_and_nobody_else() {
        let queue = Queue::new();
        for n in 0..MAX_QUEUED_JOBS_EACH as u32 {
            queue.push(Owner::User(1), job(n)).unwrap();
        }
        assert_eq!(queue.push(Owner::User(1), job(0)).unwrap_err().code, Code::RateLimited);
        queue.push(Owner::User(2), job(0)).unwrap();
        queue.push(Owner::Anonymous(1), job(0)).unwrap();
    }

    #[test]
    fn a_full_queue_takes_from_whoever_has_most() {
        let queue = Queue::new();
        let (refused, told) = mpsc::channel();
        let users = (MAX_QUEUED_JOBS / MAX_QUEUED_JOBS_EACH) as i64;
        for user in 0..users {
            for n in 0..MAX_QUEUED_JOBS_EACH as u32 {
                queue.push(Owner::User(user), Job(n, 1, Some(refused.clone()))).unwrap();
            }
        }
        queue.push(Owner::User(users), job(0)).expect("whoever has nothing waiting is let in");
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [(MAX_QUEUED_JOBS_EACH as u32 - 1, Code::RateLimited)]);
    }

    #[test]
    fn one_lanes_bytes_in_a_transaction_are_bounded_and_the_rest_comes_next() {
        let queue = Queue::new();
        for n in 0..4 {
            queue.push(Owner::User(1), Job(n, LANE_BYTES_PER_TRANSACTION / 2, None)).unwrap();
        }
        queue.push(Owner::User(2), job(10)).unwrap();
        assert_eq!(drain(&queue), [0, 10, 1]);
        assert_eq!(drain(&queue), [2, 3]);
    }

    #[test]
    fn many_addresses_without_a_session_have_one_share_together() {
        let queue = Queue::new();
        for address in 0..20 {
            queue.push(Owner::Anonymous(address), job(100)).unwrap();
        }
        for n in 0..14 {
            queue.push(Owner::User(1), job(n)).unwrap();
        }
        let order = drain(&queue);
        let members = order.iter().take(16).filter(|n| **n < 100).count();
        assert_eq!((members, order.len()), (14, 34));
    }

    #[test]
    fn what_waits_when_it_is_closed_is_done_and_nothing_more_is_taken_in() {
        let queue = Arc::new(Queue::<Job>::new());
        let writer = {
            let queue = queue.clone();
            std::thread::spawn(move || {
                let mut done = Vec::new();
                while let Some(job) = queue.wait(&mut Taken::default()) {
                    done.push(job.0);
                }
                done
            })
        };
        queue.push(Owner::Relay, job(1)).unwrap();
        queue.push(Owner::User(1), job(2)).unwrap();
        queue.close();
        assert_eq!(queue.push(Owner::User(1), job(3)).unwrap_err().code, Code::Draining);
        let mut done = writer.join().unwrap();
        done.sort_unstable();
        assert_eq!(done, [1, 2]);
    }
}
