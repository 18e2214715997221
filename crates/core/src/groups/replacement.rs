//! What takes a conversation's place, by a Welcome or by rejoining, is looked at before it does: who is in it now. Only its person lets
//! people in whom this device didn't see come.

use super::{repair, welcome};
use crate::{
    api::{CallFailure, CommandId, CommandResult, PersonNow},
    engine::{CoreError, Ctx, Loaded, MlsTx, Stop},
    records::{Conversation, Offer},
};
use chancery_mls::{Join, MlsError, MlsStore, rules::Leaf, store::StoreFault};
use chancery_wire::{GroupId, UserId};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

/// A person asked for it, and has agreed to these people, whom they were shown; `None`: they were shown nobody yet.
pub(crate) struct Consent {
    pub command: CommandId,
    pub agreed: Option<Vec<UserId>>,
}

/// MLS state whose changes can be thrown away.
pub(super) struct Trial<'a> {
    store: MlsTx<'a>,
    changes: RefCell<BTreeMap<Vec<u8>, Option<Vec<u8>>>>,
}

impl<'a> Trial<'a> {
    pub fn new(ctx: &Ctx<'a>) -> Self {
        Self { store: MlsTx(ctx.tx), changes: RefCell::default() }
    }

    /// Takes the changes over.
    pub fn keep(self) -> Result<(), StoreFault> {
        for (key, value) in self.changes.into_inner() {
            match value {
                Some(value) => self.store.put(&key, &value)?,
                None => self.store.delete(&key)?,
            }
        }
        Ok(())
    }
}

impl MlsStore for Trial<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
        match self.changes.borrow().get(key) {
            Some(changed) => Ok(changed.clone()),
            None => self.store.get(key),
        }
    }

    fn put(&self, key: &[u8], value: &[u8]) -> Result<(), StoreFault> {
        self.changes.borrow_mut().insert(key.to_vec(), Some(value.to_vec()));
        Ok(())
    }

    fn delete(&self, key: &[u8]) -> Result<(), StoreFault> {
        self.changes.borrow_mut().insert(key.to_vec(), None);
        Ok(())
    }
}

/// Who is in what would take a conversation's place.
pub(super) struct Seen {
    /// With their names, as their certificates say.
    people: BTreeMap<UserId, String>,
    /// One of this person's devices leads there.
    own: bool,
}

impl Seen {
    /// People with a role, and the names that the leaves give.
    pub fn of<'a>(roles: impl IntoIterator<Item = &'a UserId>, leaves: &[Leaf]) -> Self {
        let name = |user: &UserId| {
            let leaf = leaves.iter().find(|leaf| leaf.user == *user);
            leaf.map_or_else(|| user.to_string(), |leaf| leaf.name.clone())
        };
        Self { people: roles.into_iter().map(|user| (user.clone(), name(user))).collect(), own: false }
    }

    /// Whether a Welcome may be joined that nobody was asked about: this person's own device made it, or a conversation that is over
    /// here goes on with people who were in it.
    pub fn is_familiar(&self, conversation: &Conversation) -> bool {
        self.own || (conversation.end_unseen == Some(true) && self.newcomers(conversation).is_empty())
    }

    fn newcomers(&self, conversation: &Conversation) -> BTreeSet<UserId> {
        let known = conversation.people();
        self.people.keys().filter(|user| !known.contains(*user)).cloned().collect()
    }

    /// What the person has to be shown first; `None`: they have agreed to everybody who is new.
    pub fn to_ask(&self, conversation: &Conversation, agreed: Option<&[UserId]>) -> Option<CommandResult> {
        let newcomers = self.newcomers(conversation);
        if newcomers.iter().all(|user| agreed.is_some_and(|agreed| agreed.contains(user))) {
            return None;
        }
        let people = self.people.iter().map(|(user, name)| PersonNow {
            user: user.clone(),
            name: name.clone(),
            is_new: newcomers.contains(user),
        });
        Some(CommandResult::RepairAsks { people: people.collect() })
    }
}

/// Opens a Welcome to see who is in the group, and leaves everything as it is.
pub(super) fn look(ctx: &Ctx<'_>, loaded: &Loaded, offer: &Offer, tree: &[u8]) -> Result<Seen, MlsError> {
    let trial = Trial::new(ctx);
    let join = Join::open(&trial, &loaded.device, &loaded.trust, &offer.welcome, tree)?;
    if *join.id() != offer.group {
        return Err(MlsError::Mismatch("the Welcome leads to another group than the relay said"));
    }
    let mut seen = Seen::of(join.data().roles.keys(), join.leaves());
    seen.own = welcome::is_own(ctx, loaded, join.sender()).map_err(|error| MlsError::Internal(error.to_string()))?;
    Ok(seen)
}

/// The person wants to join by the Welcome that was kept aside. Where it leads nowhere any more, the device rejoins by itself.
pub(super) fn by_welcome(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    consent: Consent,
    offer: &Offer,
    tree: &[u8],
) -> Result<(), CoreError> {
    let Some(conversation) = Conversation::load(ctx.tx, &offer.group)? else { return Ok(()) };
    let seen = match look(ctx, loaded, offer, tree) {
        Ok(seen) => seen,
        Err(MlsError::Store(fault)) => return Err(fault.into()),
        Err(_) => return without_welcome(ctx, consent, &offer.group),
    };
    if seen.to_ask(&conversation, consent.agreed.as_deref()).is_some() {
        // Anybody can have made it. Where rejoining leads to the people one knows, that is the way.
        return answered(ctx, consent, |ctx, consent| repair::ask_relay(ctx, consent, &offer.group));
    }
    match welcome::join(ctx, loaded, offer, tree) {
        Ok(()) => {
            ctx.complete(consent.command, Ok(CommandResult::Done));
            Ok(())
        }
        Err(MlsError::Store(fault)) => Err(fault.into()),
        Err(_) => without_welcome(ctx, consent, &offer.group),
    }
}

/// The Welcome's tree could not be had.
pub(super) fn not_by_welcome(
    ctx: &mut Ctx<'_>,
    consent: Consent,
    group: &GroupId,
    failure: CallFailure,
) -> Result<(), CoreError> {
    if crate::sync::retry_after_ms(&failure).is_some() {
        ctx.complete(consent.command, Err(failure.into()));
        return Ok(());
    }
    without_welcome(ctx, consent, group)
}

fn without_welcome(ctx: &mut Ctx<'_>, consent: Consent, group: &GroupId) -> Result<(), CoreError> {
    Offer::delete(ctx.tx, group)?;
    answered(ctx, consent, |ctx, consent| repair::start(ctx, consent, group))
}

fn answered(
    ctx: &mut Ctx<'_>,
    consent: Consent,
    go_on: impl FnOnce(&mut Ctx<'_>, Consent) -> Result<(), Stop>,
) -> Result<(), CoreError> {
    let command = consent.command;
    match go_on(ctx, consent) {
        Ok(()) => Ok(()),
        Err(Stop::User(error)) => {
            ctx.complete(command, Err(error));
            Ok(())
        }
        Err(Stop::Fault(fault)) => Err(fault),
    }
}
