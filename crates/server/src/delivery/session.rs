//! The protocol of a delivery connection as a state machine without IO. The simulator drives it whole, by [`Session::on_frame`]
//! and [`Session::poll`]; the server's connection uses its parts.

use super::{acks, inbox};
use crate::{
    Caller, Effect, Failure, Relay, Row, Tx, auth, devices,
    groups::{self, Membership, Message, Page},
    health::{Health, Part},
};
use chancery_wire::{
    Code, GroupId, PROTOCOL_VERSION, Refusal,
    frames::{ClientFrame, Cursor, SendOutcome, ServerFrame},
    limits::{ITEMS_FRAME_BYTES, MAX_FOLLOW_GROUPS, SIGNAL_BURST, SIGNAL_INTERVAL_MS},
};
use rusqlite::Connection;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// Groups that one connection follows.
const MAX_FOLLOWED_GROUPS: usize = 10_000;
/// Bytes of the frames made by one step of catching up, about.
const STEP_BYTES: usize = ITEMS_FRAME_BYTES;
/// Items read into one frame. Less than a frame may hold, because a connection's buffer keeps the size of its largest frame.
const PAGE: Page = Page { items: 1024, bytes: 48 * 1024 };

/// One connection's state.
pub struct Session {
    challenge: [u8; 32],
    caller: Option<Arc<Caller>>,
    followed: BTreeMap<Row, Followed>,
    /// Rows of the followed groups.
    rows: HashMap<GroupId, Row>,
    /// Inbox items up to this one were delivered.
    inbox: u64,
    follows_inbox: bool,
    /// `CaughtUp` frames that are due once nothing is behind: one for each `Follow`, because clients count them.
    owed_caught_up: u32,
    closed: bool,
    signals: SignalAllowance,
    /// Where a group that can't be delivered is told; the relay's from the authentication on.
    health: Arc<Health>,
}

/// How many signals a connection may still send.
#[derive(Default)]
struct SignalAllowance {
    used: u32,
    /// Since when, in milliseconds since 1970.
    since_ms: u64,
}

impl SignalAllowance {
    /// Takes one, when there is one.
    fn take(&mut self, now_ms: u64) -> bool {
        let regained = now_ms.saturating_sub(self.since_ms) / SIGNAL_INTERVAL_MS;
        if regained > 0 {
            self.used = self.used.saturating_sub(u32::try_from(regained).unwrap_or(u32::MAX));
            self.since_ms = now_ms;
        }
        let allowed = self.used < SIGNAL_BURST;
        self.used += u32::from(allowed);
        allowed
    }
}

struct Followed {
    group: GroupId,
    /// Items up to this one were delivered.
    position: u64,
    /// Items up to this one were acknowledged.
    acknowledged: u64,
    /// The log may hold more.
    behind: bool,
    /// The device is in the group; one that was removed only reads what was before.
    inside: bool,
}

/// What a live frame of items means to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Live {
    /// Continues what was delivered: pass it on.
    Next,
    /// Was delivered already, or the group isn't followed.
    Old,
    /// Something is missing in between: read the log.
    Gap,
}

impl Session {
    /// For a new connection.
    pub fn new(challenge: [u8; 32]) -> Self {
        Self {
            challenge,
            caller: None,
            followed: BTreeMap::new(),
            rows: HashMap::new(),
            inbox: 0,
            follows_inbox: false,
            owed_caught_up: 0,
            closed: false,
            signals: SignalAllowance::default(),
            health: Arc::default(),
        }
    }

    /// The first frame.
    pub fn hello(&self, now_ms: u64) -> ServerFrame {
        ServerFrame::Challenge { challenge: self.challenge.to_vec(), version: PROTOCOL_VERSION, now_ms }
    }

    /// The authenticated device.
    pub fn caller(&self) -> Option<&Arc<Caller>> {
        self.caller.as_ref()
    }

    /// The connection has to end.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Ends the connection.
    pub fn close(&mut self, refusal: Refusal) -> ServerFrame {
        self.closed = true;
        ServerFrame::Closing { refusal }
    }

    /// Answers one frame. What a `Follow` makes due comes from [`Session::poll`].
    pub fn on_frame(&mut self, relay: &Relay, tx: &Tx<'_>, now_ms: u64, frame: ClientFrame) -> Vec<ServerFrame> {
        if self.closed {
            return Vec::new();
        }
        let answered = match (frame, self.caller.clone()) {
            (frame @ ClientFrame::Authenticate { .. }, None) => {
                self.authenticate(relay, tx, &frame).map(|()| vec![ServerFrame::Ready])
            }
            (ClientFrame::Authenticate { .. }, Some(_)) => Err(invalid("authenticated already")),
            (_, None) => Err(Refusal::new(Code::Unauthenticated, "the first frame has to authenticate").into()),
            (ClientFrame::Follow { cursors, inbox }, Some(caller)) => {
                self.follow(tx, &cursors, inbox).and_then(|frames| {
                    let (cursors, inbox) = self.acknowledge(&cursors, inbox)?;
                    acks::apply(tx, caller.row, &cursors, inbox)?;
                    Ok(frames)
                })
            }
            (ClientFrame::Acknowledge { cursors, inbox }, Some(caller)) => {
                self.acknowledge(&cursors, inbox).map_err(Failure::from).and_then(|(cursors, inbox)| {
                    acks::apply(tx, caller.row, &cursors, inbox)?;
                    Ok(Vec::new())
                })
            }
            (ClientFrame::Signal { group, epoch, body }, Some(_)) => {
                let effect = if self.may_signal(now_ms) { self.signal(tx, group, epoch, body) } else { Ok(None) };
                effect.map(|effect| {
                    effect.into_iter().for_each(|effect| tx.effect(effect));
                    Vec::new()
                })
            }
            (ClientFrame::Send { request, group, item, epoch, body, quiet }, Some(caller)) => {
                let message = Message { group, item, epoch, body, quiet };
                let answer = groups::append_application(relay, tx, &caller, message, now_ms);
                Ok(vec![ServerFrame::Reply { request, outcome: outcome(answer) }])
            }
        };
        answered.unwrap_or_else(|failure| vec![self.close(failure.into_refusal("delivery"))])
    }

    /// Everything that is due: items and events from the store, after a `Follow` also `CaughtUp`.
    pub fn poll(&mut self, db: &Connection) -> Vec<ServerFrame> {
        for followed in self.followed.values_mut() {
            followed.behind = true;
        }
        let mut frames = Vec::new();
        while !self.closed {
            match self.catch_up(db) {
                Ok(more) if more.is_empty() => break,
                Ok(more) => frames.extend(more),
                Err(failure) => frames.push(self.close(failure.into_refusal("delivery"))),
            }
        }
        frames
    }

    /// Checks the answer to the challenge.
    pub fn authenticate(&mut self, relay: &Relay, db: &Connection, frame: &ClientFrame) -> Result<(), Failure> {
        let ClientFrame::Authenticate { user, device, signature, version } = frame else {
            return Err(Refusal::new(Code::Unauthenticated, "the first frame has to authenticate").into());
        };
        if *version != PROTOCOL_VERSION {
            return Err(Code::UnsupportedVersion.into());
        }
        let caller = auth::verify_device(relay, db, user, *device, &self.challenge, signature)?;
        self.caller = Some(Arc::new(caller));
        self.health = relay.health.clone();
        Ok(())
    }

    /// What an acknowledgement changes in the store: of followed groups, what was delivered and isn't acknowledged yet.
    pub fn acknowledge(&mut self, cursors: &[Cursor], inbox: u64) -> Result<(Vec<(Row, u64)>, u64), Refusal> {
        check_count(cursors)?;
        let mut changed = Vec::new();
        for cursor in cursors {
            let row = self.rows.get(&cursor.group);
            let Some((row, followed)) = row.and_then(|row| Some((*row, self.followed.get_mut(row)?))) else { continue };
            let seq = cursor.seq.min(followed.position);
            if seq > followed.acknowledged {
                followed.acknowledged = seq;
                changed.push((row, seq));
            }
        }
        Ok((changed, self.delivered(inbox)))
    }

    /// Follows groups from their cursors on. Answers with what can't be delivered.
    pub fn follow(&mut self, db: &Connection, cursors: &[Cursor], inbox: u64) -> Result<Vec<ServerFrame>, Failure> {
        let caller = self.caller.clone().ok_or(Code::Unauthenticated)?;
        // Before the connection of a removed device is told to end.
        devices::require_active(db, &caller)?;
        check_count(cursors)?;
        if self.followed.len() + cursors.len() > MAX_FOLLOWED_GROUPS {
            return Err(Refusal::new(Code::TooLarge, format!("more than {MAX_FOLLOWED_GROUPS} groups followed")).into());
        }
        let mut frames = Vec::new();
        for cursor in cursors {
            let stay = groups::membership(db, caller.row, &cursor.group)
                .and_then(|membership| Ok((membership, membership.stay_after(db, caller.row, cursor.seq)?)));
            match stay {
                Ok((membership, stay)) if behind_horizon(&stay, cursor.seq) => {
                    let head = membership.last(groups::log::head(db, membership.row)?);
                    let refusal = Code::BehindHorizon.into();
                    frames.push(ServerFrame::Unavailable { group: cursor.group.clone(), head, refusal });
                }
                Ok((membership, stay)) => {
                    let position = cursor.seq.max(stay.joined_seq);
                    let inside = membership.removed_seq.is_none();
                    let (group, acknowledged) = (cursor.group.clone(), membership.cursor);
                    self.rows.insert(group.clone(), membership.row);
                    let followed = Followed { group, position, acknowledged, behind: true, inside };
                    self.followed.insert(membership.row, followed);
                }
                Err(Failure::Refused(refusal)) => {
                    frames.push(ServerFrame::Unavailable { group: cursor.group.clone(), head: 0, refusal });
                }
                // A damaged group keeps no other from being followed. The client hears nothing of it, and nothing false either.
                Err(failure) if failure.is_of_one_row() => self.health.passed_over(Part::Delivery, &failure),
                Err(fault) => return Err(fault),
            }
        }
        // A client may be ahead of a relay that was rolled back: it gets what is new all the same.
        let last = inbox::last(db, caller.row)?;
        if !self.follows_inbox || inbox > self.inbox {
            self.inbox = inbox.min(last);
            self.follows_inbox = true;
        }
        self.owed_caught_up = self.owed_caught_up.saturating_add(1);
        Ok(frames)
    }

    /// Whether one more signal may be sent now; it is used up then.
    pub fn may_signal(&mut self, now_ms: u64) -> bool {
        self.signals.take(now_ms)
    }

    /// How much of the inbox an acknowledgement may mean: what was delivered.
    pub fn delivered(&self, inbox: u64) -> u64 {
        inbox.min(self.inbox)
    }

    /// What a signal makes the other connections get; nothing when the device may not.
    pub fn signal(
        &self,
        db: &Connection,
        group: GroupId,
        epoch: u64,
        body: Vec<u8>,
    ) -> Result<Option<Effect>, Failure> {
        let Some(caller) = self.caller.clone() else { return Ok(None) };
        groups::signal(db, &caller, group, epoch, body)
    }

    /// Whether a group is followed by a device in it.
    pub fn follows(&self, row: Row) -> bool {
        self.followed.get(&row).is_some_and(|followed| followed.inside)
    }

    /// The rows of the followed groups.
    pub fn followed(&self) -> impl Iterator<Item = Row> + '_ {
        self.followed.keys().copied()
    }

    /// The groups of these cursors that are followed and go on for the device, by row.
    pub fn rows_of(&self, cursors: &[Cursor]) -> Vec<Row> {
        let rows = cursors.iter().filter_map(|cursor| self.rows.get(&cursor.group).copied());
        rows.filter(|row| self.follows(*row)).collect()
    }

    /// The next frames from the store, about [`ITEMS_FRAME_BYTES`] in all; none when nothing is due.
    pub fn catch_up(&mut self, db: &Connection) -> Result<Vec<ServerFrame>, Failure> {
        let Some(caller) = self.caller.clone() else { return Ok(Vec::new()) };
        devices::require_active(db, &caller)?;
        let mut frames = Vec::new();
        let mut bytes = 0;
        let behind: Vec<Row> = self.followed.iter().filter(|(_, group)| group.behind).map(|(row, _)| *row).collect();
        for row in behind {
            while bytes < STEP_BYTES && self.followed.get(&row).is_some_and(|followed| followed.behind) {
                match self.catch_up_group(db, &caller, row, &mut bytes) {
                    Ok(frame) => frames.extend(frame),
                    Err(failure) if failure.is_of_one_row() => {
                        self.health.passed_over(Part::Delivery, &failure);
                        self.followed.remove(&row);
                    }
                    Err(failure) => return Err(failure),
                }
            }
            if bytes >= STEP_BYTES {
                return Ok(frames);
            }
        }
        if self.follows_inbox {
            let items = inbox::read(db, &self.health, caller.row, self.inbox)?;
            if let Some(last) = items.last() {
                self.inbox = last.n;
                frames.push(ServerFrame::Inbox { items });
            }
        }
        if frames.is_empty() && self.owed_caught_up > 0 && self.followed.values().all(|followed| !followed.behind) {
            self.owed_caught_up -= 1;
            frames.push(ServerFrame::CaughtUp { heads: self.heads(db, &caller)? });
        }
        Ok(frames)
    }

    /// The next frame of one group; the group isn't behind any more when there is none.
    fn catch_up_group(
        &mut self,
        db: &Connection,
        caller: &Caller,
        row: Row,
        bytes: &mut usize,
    ) -> Result<Option<ServerFrame>, Failure> {
        let Some(followed) = self.followed.get_mut(&row) else { return Ok(None) };
        let unavailable =
            |head, refusal| Ok(Some(ServerFrame::Unavailable { group: followed.group.clone(), head, refusal }));
        let membership = match groups::membership(db, caller.row, &followed.group) {
            Ok(membership) => membership,
            Err(Failure::Refused(refusal)) => {
                let frame = unavailable(0, refusal);
                self.unfollow(row);
                return frame;
            }
            Err(fault) => return Err(fault),
        };
        let stay = membership.stay_after(db, caller.row, followed.position)?;
        if behind_horizon(&stay, followed.position) {
            let frame = unavailable(membership.last(groups::log::head(db, row)?), Code::BehindHorizon.into());
            self.unfollow(row);
            return frame;
        }
        // A device that was removed and added again reads its former stay to the end, then on after the commit that added it.
        followed.position = followed.position.max(stay.joined_seq);
        followed.inside = membership.removed_seq.is_none();
        let items = groups::read_page(db, &stay, followed.position, PAGE)?;
        let Some(last) = items.last() else {
            match stay.removed_seq.filter(|_| stay != membership) {
                Some(end) => followed.position = end,
                None => followed.behind = false,
            }
            return Ok(None);
        };
        followed.position = last.seq;
        *bytes += items.iter().map(|item| item.body.len()).sum::<usize>();
        Ok(Some(ServerFrame::Items { group: followed.group.clone(), items }))
    }

    fn unfollow(&mut self, row: Row) {
        if let Some(followed) = self.followed.remove(&row) {
            self.rows.remove(&followed.group);
        }
    }

    fn heads(&self, db: &Connection, caller: &Caller) -> Result<Vec<Cursor>, Failure> {
        let mut heads = Vec::with_capacity(self.followed.len());
        for (row, followed) in &self.followed {
            let membership = groups::membership(db, caller.row, &followed.group)?;
            heads.push(Cursor { group: followed.group.clone(), seq: membership.last(groups::log::head(db, *row)?) });
        }
        heads.sort_by(|a, b| a.group.cmp(&b.group));
        Ok(heads)
    }

    /// What live items from `first` to `last` mean; when they are next, they count as delivered.
    pub fn on_live(&mut self, row: Row, first: u64, last: u64) -> Live {
        let Some(followed) = self.followed.get_mut(&row) else { return Live::Old };
        if !followed.inside {
            return Live::Old;
        }
        if followed.behind {
            // The log is being read anyway, and holds them.
            return Live::Gap;
        }
        if last <= followed.position {
            Live::Old
        } else if first == followed.position + 1 {
            followed.position = last;
            Live::Next
        } else {
            followed.behind = true;
            Live::Gap
        }
    }

    /// Live items may have been dropped: every group has to be looked up in the log.
    pub fn lost_items(&mut self) {
        for followed in self.followed.values_mut() {
            followed.behind = true;
        }
    }
}

/// What became of a sent item.
pub fn outcome(answer: Result<chancery_wire::api::groups::Appended, Failure>) -> SendOutcome {
    match answer {
        Ok(appended) => SendOutcome::Accepted { seq: appended.seq, at_ms: appended.at_ms },
        Err(failure) => SendOutcome::Refused { refusal: failure.into_refusal("send") },
    }
}

fn behind_horizon(membership: &Membership, cursor: u64) -> bool {
    let after = cursor.max(membership.joined_seq);
    after < membership.pruned_seq && membership.removed_seq.is_none_or(|removed| after < removed)
}

fn check_count(cursors: &[Cursor]) -> Result<(), Refusal> {
    if cursors.len() > MAX_FOLLOW_GROUPS {
        return Err(Refusal::new(Code::TooLarge, format!("more than {MAX_FOLLOW_GROUPS} cursors in one frame")));
    }
    Ok(())
}

fn invalid(why: &str) -> Failure {
    Refusal::new(Code::InvalidRequest, why).into()
}
