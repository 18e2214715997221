//! How much one person does at the same time: the rest of theirs waits its turn, and leaves the others theirs.

use super::Owner;
use crate::relay::lock;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

type Running = Arc<Mutex<HashMap<Owner, (Arc<Semaphore>, usize)>>>;

/// Turns of everybody.
#[derive(Clone)]
pub struct Turns {
    each: usize,
    running: Running,
}

/// One thing that is under way, or waits for it.
pub struct Turn {
    owner: Owner,
    running: Running,
    permit: Option<OwnedSemaphorePermit>,
}

impl Turns {
    /// So many at the same time for each.
    pub fn new(each: usize) -> Self {
        Self { each, running: Running::default() }
    }

    /// Waits until it is the owner's turn. What has no session is one owner.
    pub async fn take(&self, owner: Owner) -> Turn {
        let owner = if let Owner::Anonymous(_) = owner { Owner::Anonymous(0) } else { owner };
        let (semaphore, mut turn) = {
            let mut running = lock(&self.running);
            let (semaphore, users) = running.entry(owner).or_insert_with(|| (Arc::new(Semaphore::new(self.each)), 0));
            *users += 1;
            // It exists before the wait, so that it is counted back even when the wait is given up.
            (semaphore.clone(), Turn { owner, running: self.running.clone(), permit: None })
        };
        // The relay's own work isn't bounded here, and the semaphore is never closed.
        turn.permit = if owner == Owner::Relay { None } else { semaphore.acquire_owned().await.ok() };
        turn
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.permit = None;
        let mut running = lock(&self.running);
        if let Some((_, users)) = running.get_mut(&self.owner) {
            *users -= 1;
            if *users == 0 {
                running.remove(&self.owner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::poll_immediate;

    #[tokio::test]
    async fn one_waits_for_oneself_and_not_for_others() {
        let turns = Turns::new(2);
        let first = turns.take(Owner::User(1)).await;
        let second = turns.take(Owner::User(1)).await;
        let mut third = Box::pin(turns.take(Owner::User(1)));
        assert!(poll_immediate(&mut third).await.is_none());
        let other = turns.take(Owner::User(2)).await;
        let _relay = [turns.take(Owner::Relay).await, turns.take(Owner::Relay).await, turns.take(Owner::Relay).await];
        drop(first);
        let third = third.await;
        drop((second, third, other));
        assert_eq!(lock(&turns.running).len(), 1, "nothing is kept of whoever has nothing under way");
    }

    #[tokio::test]
    async fn all_without_a_session_share_their_turns() {
        let turns = Turns::new(1);
        let _first = turns.take(Owner::Anonymous(1)).await;
        assert!(poll_immediate(Box::pin(turns.take(Owner::Anonymous(2)))).await.is_none());
        let _member = turns.take(Owner::User(1)).await;
    }
}
