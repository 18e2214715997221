//! The entry points, and the context that every step works in.

use crate::{
    account,
    api::{CallFailure, CallId, Command, CommandId, CommandResult, Event, Input, Output, UserError, Warning},
    group_links, groups, links, messages,
    records::{Account, Conversation, Phase, namesake},
    storage::{Fault, Table, Tx},
    sync,
};
use chancery_mls::{Device, Group, MlsError, MlsStore, Trust, VerifiedKeyPackage, store::StoreFault};
use chancery_wire::{
    DeviceId, GroupId, ItemId, UserId,
    api::{Request, Response, auth::challenge_statement},
    frames::ClientFrame,
    refusal::Code,
    signed::{Manifest, Policy, Signed},
};
use ed25519_dalek::Signer;
use rand_core::RngCore;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use thiserror::Error;

/// Time and randomness, passed in.
pub struct Env<'a> {
    /// Milliseconds since 1970.
    pub now_ms: u64,
    /// A cryptographically secure generator (seeded in the simulator).
    pub rng: &'a mut dyn RngCore,
}

/// A fault: the transaction has to be rolled back and the core reset. Refusals are no faults.
#[derive(Debug, Error)]
pub enum CoreError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Fault),
    /// A record can't be read: the store is damaged or of a newer version.
    #[error("a stored record can't be read: {0}")]
    Record(String),
    /// A bug.
    #[error("internal: {0}")]
    Internal(String),
}

impl From<StoreFault> for CoreError {
    fn from(fault: StoreFault) -> Self {
        CoreError::Store(Fault(fault.0))
    }
}

/// MLS state in the core's transaction.
pub(crate) struct MlsTx<'a>(pub &'a dyn Tx);

impl MlsStore for MlsTx<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
        self.0.get(Table::Mls, key).map_err(|fault| StoreFault(fault.0))
    }

    fn put(&self, key: &[u8], value: &[u8]) -> Result<(), StoreFault> {
        self.0.put(Table::Mls, key, value).map_err(|fault| StoreFault(fault.0))
    }

    fn delete(&self, key: &[u8]) -> Result<(), StoreFault> {
        self.0.delete(Table::Mls, key).map_err(|fault| StoreFault(fault.0))
    }
}

/// The account with what is made from it: verified trust and the device that signs.
pub(crate) struct Loaded {
    pub account: Account,
    pub trust: Trust,
    pub policy: Signed<Policy>,
    pub device: Device,
}

/// How far the delivery connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Link {
    #[default]
    Down,
    /// Open; the challenge is to come, or the answer to it.
    Opening,
    /// Authenticated.
    Ready,
}

/// A call under way: what its answer is for.
pub(crate) enum Pending {
    Account(account::Call),
    Group(groups::Call),
    Link(links::Call),
}

/// Caches and what is under way on this connection; nothing that isn't in the store or can't be asked for again.
#[derive(Default)]
pub(crate) struct State {
    pub loaded: Option<Arc<Loaded>>,
    pub groups: BTreeMap<GroupId, Group>,
    pub calls: BTreeMap<CallId, Pending>,
    pub next_call: CallId,
    pub link: Link,
    /// Groups whose log was read up to the head since the connection opened.
    pub synced: BTreeSet<GroupId>,
    /// `Follow` frames whose `CaughtUp` is outstanding.
    pub follows: u32,
    /// The person was told that all is here.
    pub caught_up: bool,
    /// The relay has listed one's devices on this connection.
    pub devices_listed: bool,
    /// Seconds that histories have waited on this connection for a new device to get into the groups, and when the next one is over.
    pub export_waits: BTreeMap<chancery_wire::LinkId, (u32, u64)>,
    /// Items that were sent on this connection and not answered yet.
    pub in_flight: BTreeMap<u32, (GroupId, ItemId)>,
    pub next_request: u32,
    /// Conversations whose pending commit or creation was sent and not answered yet.
    pub submitting: BTreeSet<GroupId>,
    /// Conversations that have to wait for the log after a refusal of this epoch.
    pub wait_epoch: BTreeMap<GroupId, u64>,
    /// Key packages claimed for an operation (by its key).
    pub claimed: BTreeMap<Vec<u8>, Vec<VerifiedKeyPackage>>,
    /// Operations whose claim is under way.
    pub claiming: BTreeSet<Vec<u8>>,
    /// Conversations to look at before the input ends.
    pub dirty: BTreeSet<GroupId>,
    /// Look at all conversations.
    pub all_dirty: bool,
    /// Cursor acknowledgements that can wait.
    pub unacknowledged: BTreeMap<GroupId, u64>,
    pub unacknowledged_items: usize,
    /// Earliest time at which something is due.
    pub wake_at: Option<u64>,
    /// When to look into a rendezvous again, in milliseconds since 1970.
    pub poll_at_ms: BTreeMap<chancery_wire::LinkId, u64>,
    /// Welcomes whose tree could not be fetched, with the time to try again, in milliseconds since 1970.
    pub invited: Vec<(u64, Box<groups::Invited>)>,
    /// Positions after which the relay skipped some: the group was asked for again, and that many `Follow` frames were
    /// outstanding then.
    pub gaps: BTreeMap<GroupId, groups::Gap>,
    /// Conversations in use into which a Welcome came: the log was asked for again, and so many `Follow` frames were outstanding then.
    pub offers: BTreeMap<GroupId, u32>,
    /// When to ask for one's devices, key packages and organisation again, in milliseconds since 1970.
    pub ask_again_at_ms: Option<u64>,
    /// When to send a linked device's registration again, in milliseconds since 1970.
    pub register_at_ms: u64,
    /// The earliest time at which a message is to be deleted, in milliseconds since 1970; `None` while it wasn't looked up.
    pub next_expiry_ms: Option<u64>,
    /// When deliveries were last reported in a conversation, in milliseconds since 1970.
    pub reported_at_ms: BTreeMap<GroupId, u64>,
    /// When the next report that waits there goes out, in milliseconds since 1970.
    pub reports_due_ms: BTreeMap<GroupId, u64>,
    /// Groups whose log brought somebody whom no enrolment key that this device knows has invited: at which position, and whether the
    /// organisation's keys were asked for since.
    pub unknown_keys: BTreeMap<GroupId, (u64, bool)>,
    /// Somebody may have to be asked to let this person into a group.
    pub asks_due: bool,
    /// Admins to whom a 1:1 is being started, to ask them.
    pub asking: BTreeSet<UserId>,
    /// Who is typing where.
    pub typing: messages::Typing,
    /// The certificate was renewed on this connection because the relay found it over.
    pub renewed_on_refusal: bool,
    /// When groups get the device's present certificate, in milliseconds since 1970: one after the other.
    pub certificate_slots: BTreeMap<GroupId, u64>,
    /// Don't send before this time (rate limit, full relay), in milliseconds since 1970.
    pub hold_until_ms: u64,
    /// The person was told that what waits, waits for room at the relay.
    pub told_of_full_relay: bool,
}

/// What one step works with.
pub(crate) struct Ctx<'a> {
    pub tx: &'a dyn Tx,
    pub now_ms: u64,
    pub rng: &'a mut dyn RngCore,
    pub state: &'a mut State,
    pub out: Vec<Output>,
}

/// The client core. Holds caches only; all state is in the store.
#[derive(Default)]
pub struct Core {
    state: State,
}

impl Core {
    /// A core for a store; the first input loads what it needs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets every cache, after a rolled-back transaction. The driver also closes the WebSocket and opens it again.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Handles one input in the caller's transaction.
    pub fn handle(&mut self, tx: &dyn Tx, env: &mut Env<'_>, input: Input) -> Result<Vec<Output>, CoreError> {
        let mut ctx = Ctx { tx, now_ms: env.now_ms, rng: env.rng, state: &mut self.state, out: Vec::new() };
        match input {
            Input::Command(id, command) => ctx.command(id, command)?,
            Input::Connected => sync::connected(&mut ctx),
            Input::Frame(frame) => sync::frame(&mut ctx, frame)?,
            Input::Disconnected => sync::disconnected(&mut ctx),
            Input::Answer(call, answer) => ctx.answer(call, answer)?,
            Input::Tick => {
                // Whatever is still to come is asked for again: a clock that went back would keep the former wish for ever.
                ctx.state.wake_at = None;
                ctx.state.all_dirty = true;
            }
        }
        sync::advance(&mut ctx)?;
        ctx.flush_groups()?;
        Ok(ctx.out)
    }

    /// Signs an authentication challenge for an HTTP session; `None` before joining.
    pub fn sign_challenge(
        &self,
        tx: &dyn Tx,
        challenge: &[u8],
    ) -> Result<Option<(UserId, DeviceId, Vec<u8>)>, CoreError> {
        Ok(Account::load(tx)?.map(|account| {
            let signature = sign_challenge(&account, challenge);
            (account.user, account.device, signature)
        }))
    }
}

pub(crate) fn sign_challenge(account: &Account, challenge: &[u8]) -> Vec<u8> {
    let statement = challenge_statement(&account.user.domain(), &account.user, &account.device, challenge);
    account.device_key.signing_key().sign(&statement).to_bytes().to_vec()
}

/// A refusal for people.
pub(crate) fn user_error(code: &str, message: impl Into<String>) -> UserError {
    UserError { code: code.to_owned(), message: message.into() }
}

impl From<CallFailure> for UserError {
    fn from(failure: CallFailure) -> Self {
        match failure {
            CallFailure::Refused(refusal) => user_error(refusal.code.as_str(), refusal.message),
            // Told as a proxy's, with what to do about it: it may want a person to sign in.
            CallFailure::Intercepted(not_the_relay) => user_error(not_the_relay.code(), not_the_relay.to_string()),
            CallFailure::Unreachable(why) => user_error(
                "unreachable",
                format!("The relay can't be reached ({why}). Check the network, then try again."),
            ),
        }
    }
}

/// An outcome that a person caused or should see, or a fault.
pub(crate) enum Stop {
    User(UserError),
    Fault(CoreError),
}

impl From<UserError> for Stop {
    fn from(error: UserError) -> Self {
        Stop::User(error)
    }
}

impl From<CoreError> for Stop {
    fn from(error: CoreError) -> Self {
        Stop::Fault(error)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Stop::Fault(fault.into())
    }
}

impl From<MlsError> for Stop {
    fn from(error: MlsError) -> Self {
        match error {
            MlsError::Store(fault) => Stop::Fault(fault.into()),
            MlsError::Internal(why) => Stop::Fault(CoreError::Internal(why)),
            MlsError::Rule(violation) => Stop::User(user_error("rule_violated", violation.to_string())),
            other => Stop::User(user_error("mls_refused", other.to_string())),
        }
    }
}

impl Ctx<'_> {
    pub fn now_seconds(&self) -> u64 {
        self.now_ms / 1000
    }

    pub fn mls(&self) -> MlsTx<'_> {
        MlsTx(self.tx)
    }

    pub fn event(&mut self, event: Event) {
        self.out.push(Output::Event(event));
    }

    pub fn warn(&mut self, code: &str, group: Option<&GroupId>, message: impl Into<String>) {
        let warning = Warning { code: code.to_owned(), group: group.cloned(), message: message.into() };
        self.event(Event::Warning(warning));
    }

    pub fn frame(&mut self, frame: ClientFrame) {
        self.out.push(Output::Frame(frame));
    }

    pub fn call(&mut self, request: Request, pending: Pending) {
        self.state.next_call += 1;
        let id = self.state.next_call;
        self.state.calls.insert(id, pending);
        self.out.push(Output::Call(id, request));
    }

    pub fn complete(&mut self, id: CommandId, result: Result<CommandResult, UserError>) {
        self.out.push(Output::Completed(id, result));
    }

    pub fn touch(&mut self, group: &GroupId) {
        self.state.dirty.insert(group.clone());
    }

    /// Asks to be called again at `at_ms`.
    pub fn wake_at(&mut self, at_ms: u64) {
        if self.state.wake_at.is_none_or(|wake| at_ms < wake || wake <= self.now_ms) {
            self.state.wake_at = Some(at_ms);
            self.out.push(Output::WakeAt(at_ms));
        }
    }

    /// The account, verified and ready to act; `None` before joining or after revocation.
    pub fn loaded(&mut self) -> Result<Option<Arc<Loaded>>, CoreError> {
        if self.state.loaded.is_none() {
            let Some(account) = Account::load(self.tx)? else { return Ok(None) };
            if account.phase != Phase::Active {
                return Ok(None);
            }
            namesake::complete(self.tx, &account)?;
            self.state.loaded = Some(Arc::new(Loaded::new(account)?));
        }
        Ok(self.state.loaded.clone())
    }

    /// The account, or the sentence that there is none.
    pub fn require_account(&mut self) -> Result<Arc<Loaded>, Stop> {
        Ok(self.loaded()?.ok_or_else(|| {
            user_error("not_joined", "This profile belongs to nobody yet: join with an invitation link, or link it.")
        })?)
    }

    /// A conversation, or the sentence that there is none.
    pub fn require_conversation(&self, group: &GroupId) -> Result<Conversation, Stop> {
        Ok(Conversation::load(self.tx, group)?
            .ok_or_else(|| user_error("no_such_conversation", "There is no such conversation on this device."))?)
    }

    /// Takes a group out of the cache, or loads it. To be put back by [`Ctx::put_group`].
    pub fn take_group(&mut self, loaded: &Loaded, id: &GroupId) -> Result<Group, MlsError> {
        match self.state.groups.remove(id) {
            Some(group) => Ok(group),
            None => Group::load(&self.mls(), &loaded.trust, id),
        }
    }

    pub fn put_group(&mut self, group: Group) {
        self.state.groups.insert(group.id().clone(), group);
    }

    /// Writes what the groups hold back (message secrets), before the transaction commits.
    fn flush_groups(&mut self) -> Result<(), CoreError> {
        let store = MlsTx(self.tx);
        for group in self.state.groups.values_mut() {
            group.flush(&store).map_err(|e| CoreError::Internal(format!("writing message secrets: {e}")))?;
        }
        Ok(())
    }

    fn command(&mut self, id: CommandId, command: Command) -> Result<(), CoreError> {
        let result = match command {
            Command::Join { link, label } => account::join(self, id, &link, &label),
            Command::FindUsers { query } => account::find_users(self, id, query),
            Command::VerifyContact { user } => account::verify_contact(self, &user).map(Some),
            Command::GetPushKey => account::push_key(self, id),
            Command::SetPush { subscription } => account::set_push(self, id, subscription),
            Command::RefreshDevices => account::refresh_devices(self, id),
            Command::RemoveDevice { device } => account::remove_device(self, id, device),
            Command::StartLink { relay, label } => links::start(self, id, &relay, &label),
            Command::InspectLink { link } => links::inspect(self, id, &link),
            Command::ApproveLink { link, history } => links::approve(self, id, &link, history),
            Command::CancelLink { link } => links::cancel(self, &link).map(Some),
            Command::StartDirect { user } => groups::start_direct(self, id, user),
            Command::StartGroup { name, users, purpose } => groups::start_group(self, id, name, users, purpose),
            Command::AddUsers { group, users } => groups::add_users(self, &group, users).map(Some),
            Command::RemoveUsers { group, users } => groups::remove_users(self, &group, users).map(Some),
            Command::SetRole { group, user, role } => groups::set_role(self, &group, user, role).map(Some),
            Command::SetPurpose { group, purpose } => groups::set_purpose(self, &group, purpose).map(Some),
            Command::Rename { group, name } => groups::rename(self, &group, &name).map(Some),
            Command::SetGroupLink { group, on } => groups::set_link(self, &group, on).map(Some),
            Command::JoinByLink { link } => group_links::join(self, &link).map(Some),
            Command::Leave { group } => groups::leave(self, &group).map(Some),
            Command::Repair { group, agreed } => groups::repair(self, id, &group, agreed),
            Command::Send { group, draft } => messages::send(self, &group, draft).map(Some),
            Command::Resend { message } => messages::resend(self, &message).map(Some),
            Command::SetPicture { picture } => messages::set_picture(self, picture).map(Some),
            Command::SetGroupPicture { group, picture } => groups::set_picture(self, &group, picture).map(Some),
            Command::SetDisappearing { group, seconds } => messages::set_disappearing(self, &group, seconds).map(Some),
            Command::Pin { group, on } => messages::pin(self, &group, on).map(Some),
            Command::Mute { group, until_ms } => messages::mute(self, &group, until_ms).map(Some),
            Command::Archive { group, on } => messages::archive(self, &group, on).map(Some),
            Command::MarkUnread { group } => messages::mark_unread(self, &group).map(Some),
            Command::SaveDraft { group, text, reply_to } => {
                messages::save_draft(self, &group, text, reply_to).map(Some)
            }
            Command::Star { message, on } => messages::star(self, &message, on).map(Some),
            Command::Typing { group, on } => messages::typing(self, &group, on).map(Some),
            Command::ListPeople { after } => account::list_people(self, id, after),
            Command::MarkRead { group, up_to } => messages::mark_read(self, &group, up_to).map(Some),
        };
        match result {
            Ok(None) => Ok(()),
            Ok(Some(result)) => {
                self.complete(id, Ok(result));
                Ok(())
            }
            Err(Stop::User(error)) => {
                self.complete(id, Err(error));
                Ok(())
            }
            Err(Stop::Fault(fault)) => Err(fault),
        }
    }

    fn answer(&mut self, call: CallId, answer: Result<Response, CallFailure>) -> Result<(), CoreError> {
        // A call of before a reset: whatever it was for is asked for again.
        let Some(pending) = self.state.calls.remove(&call) else { return Ok(()) };
        if let Err(CallFailure::Refused(refusal)) = &answer
            && refusal.code == Code::DeviceRevoked
        {
            return sync::revoked(self);
        }
        match pending {
            Pending::Account(call) => account::answer(self, call, answer),
            Pending::Group(call) => groups::answer(self, call, answer),
            Pending::Link(call) => links::answer(self, call, answer),
        }
    }
}

impl Loaded {
    pub fn new(account: Account) -> Result<Self, CoreError> {
        let damaged = |what: &str| CoreError::Record(format!("the stored {what} doesn't verify any more"));
        let manifest =
            Signed::<Manifest>::verify(&account.manifest, &account.root_key).map_err(|_| damaged("manifest"))?;
        let policy = verify_policy(&account.policy, &manifest).ok_or_else(|| damaged("policy"))?;
        let trust = Trust::new((*manifest).clone());
        let device = Device::new(account.device_key.signing_key(), account.credential.to_vec(), &trust)
            .map_err(|_| damaged("device certificate"))?;
        Ok(Self { account, trust, policy, device })
    }

    pub fn user(&self) -> &UserId {
        &self.account.user
    }
}

/// A policy signed by one of the manifest's policy keys, of its organisation.
pub(crate) fn verify_policy(bytes: &[u8], manifest: &Manifest) -> Option<Signed<Policy>> {
    manifest
        .policy_keys
        .iter()
        .find_map(|key| Signed::<Policy>::verify(bytes, key).ok())
        .filter(|policy| policy.domain == manifest.domain)
}
