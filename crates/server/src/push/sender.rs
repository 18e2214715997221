//! The task that wakes devices.

use super::{
    News, Settings, VapidKey,
    due::{Due, Outcome, Target},
    service::Service,
    subscription,
};
use crate::{
    Failure, RelayFault, Row,
    config::Checked,
    delivery::Hub,
    engine::{Engine, up_ms},
    health::Part,
    metrics::Metrics,
};
use futures_util::FutureExt;
use std::{
    collections::{HashMap, HashSet},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::mpsc::{self, Receiver},
    task::JoinSet,
    time::{sleep, sleep_until},
};

/// Transactions whose news wait for the task; those of more are lost.
const MAX_QUEUED_BATCHES: usize = 1024;
/// Different news looked at in one round.
const MAX_NEWS_PER_ROUND: usize = 4096;
/// Rounds of looking whom news concern have this distance, so that a busy relay asks its store seldom.
const ROUND_INTERVAL: Duration = Duration::from_millis(250);
/// Pushes under way at a time.
const MAX_UNDER_WAY: usize = 64;
/// A connected device has this long to give a sign of life after a message, in milliseconds: clients ping every 25 seconds. A phone
/// that was put to sleep keeps its connection, and takes nothing.
const SIGN_OF_LIFE_MS: u64 = 30_000;
/// A connected device is looked at again after this time, in milliseconds.
const LOOK_AGAIN_MS: u64 = 5000;

/// Where the hub puts what is new.
pub type NewsSender = mpsc::Sender<Vec<News>>;

/// The queue between the writer and the task.
fn news_queue() -> (NewsSender, Receiver<Vec<News>>) {
    mpsc::channel(MAX_QUEUED_BATCHES)
}

/// The task's state.
pub struct Sender {
    engine: Arc<Engine>,
    hub: Arc<Hub>,
    metrics: Arc<Metrics>,
    service: Arc<Service>,
    news: Receiver<Vec<News>>,
    waiting: HashSet<(Row, Row)>,
    due: Due,
    attempts: JoinSet<(Row, Outcome)>,
}

/// The settings of the logic, when the configuration wants push messages.
pub fn settings(config: &Checked, key: &VapidKey) -> Option<Settings> {
    config
        .push
        .enabled
        .then(|| Settings { public_key: key.public(), allow_private_addresses: config.push.allow_private_addresses })
}

impl Sender {
    /// Of a relay.
    pub fn new(
        engine: Arc<Engine>,
        hub: Arc<Hub>,
        metrics: Arc<Metrics>,
        config: &Checked,
        key: VapidKey,
    ) -> Result<Self, RelayFault> {
        let (sender, news) = news_queue();
        hub.tell_news(sender);
        let contact = config.push.contact.clone().or_else(|| {
            let url = config.public_url();
            (url.scheme() == "https").then(|| url.origin().ascii_serialization())
        });
        let service = Arc::new(Service::new(key, contact, config.push.allow_private_addresses)?);
        let due = Due::new(u64::from(config.push.interval_seconds) * 1000);
        Ok(Self { engine, hub, metrics, service, news, waiting: HashSet::new(), due, attempts: JoinSet::new() })
    }

    /// Until nobody is left who could have news.
    pub async fn run(mut self) {
        let mut round_at = Instant::now();
        loop {
            let now = up_ms();
            let next = self.due.next_at().filter(|_| self.attempts.len() < MAX_UNDER_WAY);
            let next_in = Duration::from_millis(next.map_or(0, |at| at.saturating_sub(now)));
            tokio::select! {
                batch = self.news.recv() => match batch {
                    Some(batch) => self.take_in(batch),
                    None => return,
                },
                () = sleep_until(round_at.into()), if !self.waiting.is_empty() => {
                    self.round().await;
                    round_at = Instant::now() + ROUND_INTERVAL;
                }
                Some(attempt) = self.attempts.join_next() => {
                    if let Ok((device, outcome)) = attempt {
                        self.finish(device, outcome);
                    }
                }
                () = sleep(next_in), if next.is_some() => self.start(),
            }
        }
    }

    fn take_in(&mut self, batch: Vec<News>) {
        for news in batch {
            match news {
                News::Message { group, user } if self.waiting.len() < MAX_NEWS_PER_ROUND => {
                    self.waiting.insert((group, user));
                }
                News::Message { .. } => self.metrics.pushed("dropped"),
                News::Subscribed { device } => self.due.renewed(device, up_ms()),
            }
        }
    }

    /// Looks whom the news concern.
    async fn round(&mut self) {
        let news = std::mem::take(&mut self.waiting);
        let found = self.engine.read(move |relay, db| {
            let mut devices: HashMap<Row, Target> = HashMap::new();
            if subscription::any(db)? {
                for (group, user) in news {
                    match subscription::to_wake(db, group, user) {
                        Ok(found) => devices.extend(found),
                        Err(failure) => relay.health.passed_over(Part::Push, &failure),
                    }
                }
            }
            Ok(devices)
        });
        let devices = match found.await {
            Ok(devices) => devices,
            Err(failure) => {
                self.engine.relay().health.passed_over(Part::Push, &failure);
                return;
            }
        };
        let now_ms = up_ms();
        for (device, target) in devices {
            if !self.due.want(device, target, now_ms) {
                self.metrics.pushed("dropped");
            }
        }
    }

    /// Begins what is due.
    fn start(&mut self) {
        let now_ms = up_ms();
        while self.attempts.len() < MAX_UNDER_WAY
            && let Some((device, since_ms)) = self.due.take(now_ms)
        {
            if let Some(outcome) = by_connection(self.hub.heard_ms(device), since_ms, now_ms) {
                self.finish(device, outcome);
                continue;
            }
            let (engine, service) = (self.engine.clone(), self.service.clone());
            self.attempts.spawn(async move {
                // A panic would leave the device's place taken for ever.
                let attempt = AssertUnwindSafe(attempt(&engine, &service, device)).catch_unwind().await;
                let done = attempt.unwrap_or_else(|_| Err(RelayFault::new("a push message panicked").into()));
                let outcome = done.unwrap_or_else(|failure| {
                    engine.relay().health.passed_over(Part::Push, &failure);
                    Outcome::Failed(None)
                });
                (device, outcome)
            });
        }
    }

    fn finish(&mut self, device: Row, outcome: Outcome) {
        match outcome {
            Outcome::Sent => self.metrics.pushed("sent"),
            Outcome::Gone => self.metrics.pushed("gone"),
            Outcome::Failed(_) | Outcome::Unreachable => self.metrics.pushed("failed"),
            Outcome::Refused => self.metrics.pushed("refused"),
            Outcome::Unneeded => self.metrics.pushed("unneeded"),
            Outcome::Later(_) => {}
        }
        self.due.done(device, up_ms(), outcome);
    }
}

/// What a device's connections mean: `None` that it has to be woken. `heard_ms` is when its client last said something.
fn by_connection(heard_ms: Option<u64>, since_ms: u64, now_ms: u64) -> Option<Outcome> {
    match heard_ms {
        None => None,
        Some(heard_ms) if heard_ms > since_ms => Some(Outcome::Unneeded),
        Some(_) if now_ms.saturating_sub(since_ms) >= SIGN_OF_LIFE_MS => None,
        Some(_) => Some(Outcome::Later(LOOK_AGAIN_MS)),
    }
}

async fn attempt(engine: &Engine, service: &Service, device: Row) -> Result<Outcome, Failure> {
    let Some(stored) = engine.read(move |_, db| subscription::of(db, device)).await? else { return Ok(Outcome::Gone) };
    let outcome = service.push(&stored).await;
    if outcome == Outcome::Gone {
        engine.write(move |_, tx| subscription::gone(tx, device, &stored.endpoint)).await?;
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_counts_when_its_client_gives_a_sign_of_life() {
        assert_eq!(by_connection(None, 1000, 1000), None, "nobody there");
        assert_eq!(by_connection(Some(1001), 1000, 2000), Some(Outcome::Unneeded));
        assert_eq!(by_connection(Some(900), 1000, 2000), Some(Outcome::Later(LOOK_AGAIN_MS)), "maybe it is just quiet");
        assert_eq!(by_connection(Some(900), 1000, 1000 + SIGN_OF_LIFE_MS), None, "asleep");
    }
}
