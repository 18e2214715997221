//! A conversation.

use super::{GroupLinkState, JoinRequests, SCAN_LIMIT, decode, load, next_number, save};
use crate::{
    api::ConversationState,
    engine::CoreError,
    storage::{Order, Table, Tx},
};
use chancery_mls::{GroupKind, Role};
use chancery_wire::{DeviceId, GroupId, MessageId, UserId, signed::Suite};
use minicbor::{Decode, Encode, bytes::ByteVec};
use std::{collections::BTreeSet, ops::Bound};

/// A member, as the tree and the role map say.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Member {
    #[n(0)]
    pub user: UserId,
    #[n(1)]
    pub role: Role,
    /// Devices in the tree.
    #[n(2)]
    pub devices: u32,
}

/// What the person wrote and hasn't sent.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Unsent {
    #[n(0)]
    pub text: String,
    #[n(1)]
    pub reply_to: Option<MessageId>,
}

/// How the person keeps a conversation on this device; nobody is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Keeping {
    #[n(0)]
    pub pinned_at_ms: Option<u64>,
    #[n(1)]
    pub muted_until_ms: Option<u64>,
    #[n(2)]
    pub archived: bool,
    #[n(3)]
    pub marked_unread: bool,
    #[n(4)]
    pub draft: Option<Unsent>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Conversation {
    /// Short local number: prefix of the keys of everything that belongs to the conversation.
    #[n(0)]
    pub number: u32,
    #[n(1)]
    pub group: GroupId,
    #[n(2)]
    pub kind: GroupKind,
    /// The group's name, from its profile; empty for a 1:1.
    #[n(3)]
    pub title: String,
    #[n(4)]
    pub state: ConversationState,
    /// Last log item that was processed.
    #[n(5)]
    pub cursor: u64,
    #[n(6)]
    pub epoch: u64,
    #[n(7)]
    pub suite: Option<Suite>,
    #[n(8)]
    pub purpose: String,
    #[n(9)]
    pub members: Vec<Member>,
    /// Position up to which we have read.
    #[n(10)]
    pub read: u64,
    #[n(11)]
    pub unread: u64,
    #[n(12)]
    pub unread_mentions: u64,
    #[n(13)]
    pub preview: String,
    #[n(14)]
    pub last_at_ms: u64,
    /// Exact JSON body of `CreateGroup`, until the relay has agreed.
    #[n(15)]
    pub creation: Option<ByteVec>,
    /// Position up to which we have told others that it is delivered here.
    #[n(16)]
    pub delivered: u64,
    /// Highest epoch ever seen: a GroupInfo below it is stale.
    #[n(17)]
    pub highest_epoch: u64,
    /// We asked to leave.
    #[n(18)]
    pub leaving: bool,
    /// A warning code that was already shown for the present cursor, so that it isn't repeated at each reconnection.
    #[n(19)]
    pub warned_at: Option<u64>,
    /// Position of the Welcome or rejoin that brought this device back: what is older and wasn't processed stays unseen here.
    #[n(20)]
    pub returned_at: Option<u64>,
    /// The device that added others and hasn't told them the name yet, as far as this device saw.
    #[n(21)]
    pub owes_name: Option<DeviceId>,
    #[n(22)]
    pub keeping: Option<Keeping>,
    /// Messages are deleted this many seconds after they were written.
    #[n(23)]
    pub message_seconds: Option<u32>,
    /// Somebody here hasn't got our picture yet.
    #[n(24)]
    pub picture_due: Option<bool>,
    /// What is known of the group's link.
    #[n(25)]
    pub group_link: Option<GroupLinkState>,
    /// Requests to be let into groups, in a 1:1.
    #[n(26)]
    pub join_requests: Option<JoinRequests>,
    /// The group's name in a former stay, or as another of our devices knew it: shown until somebody tells the present one.
    #[n(27)]
    pub former_title: Option<String>,
    /// Messages came whose delivery the others weren't told yet.
    #[n(28)]
    pub delivery_due: Option<bool>,
    /// It is over here without this device having seen in the log how it went out: on the relay's word, or as another device of
    /// ours told. Whoever leads it back in isn't simply believed.
    #[n(29)]
    pub end_unseen: Option<bool>,
}

impl Conversation {
    pub fn new(tx: &dyn Tx, group: GroupId, kind: GroupKind, state: ConversationState) -> Result<Self, CoreError> {
        let number = u32::try_from(next_number(tx, "conversation")?)
            .map_err(|_| CoreError::Internal("more than 2^32 conversations".into()))?;
        tx.put(Table::Meta, &number_key(number), group.as_str().as_bytes())?;
        Ok(Self {
            number,
            group,
            kind,
            title: String::new(),
            state,
            cursor: 0,
            epoch: 0,
            suite: None,
            purpose: String::new(),
            members: Vec::new(),
            read: 0,
            unread: 0,
            unread_mentions: 0,
            preview: String::new(),
            last_at_ms: 0,
            creation: None,
            delivered: 0,
            highest_epoch: 0,
            leaving: false,
            warned_at: None,
            returned_at: None,
            owes_name: None,
            keeping: None,
            message_seconds: None,
            picture_due: None,
            group_link: None,
            join_requests: None,
            former_title: None,
            delivery_due: None,
            end_unseen: None,
        })
    }

    pub fn load(tx: &dyn Tx, group: &GroupId) -> Result<Option<Self>, CoreError> {
        load(tx, Table::Conversation, group.as_str().as_bytes(), "conversation")
    }

    pub fn by_number(tx: &dyn Tx, number: u32) -> Result<Option<Self>, CoreError> {
        match tx.get(Table::Meta, &number_key(number))? {
            Some(group) => load(tx, Table::Conversation, &group, "conversation"),
            None => Ok(None),
        }
    }

    pub fn save(&self, tx: &dyn Tx) -> Result<(), CoreError> {
        save(tx, Table::Conversation, self.group.as_str().as_bytes(), self)
    }

    /// All of them, by group id.
    pub fn all(tx: &dyn Tx) -> Result<Vec<Self>, CoreError> {
        let mut all = Vec::new();
        let mut from = Bound::Unbounded;
        loop {
            let page = tx.scan(
                Table::Conversation,
                from.as_ref().map(Vec::as_slice),
                Bound::Unbounded,
                Order::Ascending,
                SCAN_LIMIT,
            )?;
            let more = page.len() == SCAN_LIMIT;
            for (_, value) in &page {
                all.push(decode(value, "conversation")?);
            }
            match page.into_iter().next_back() {
                Some((key, _)) if more => from = Bound::Excluded(key),
                _ => return Ok(all),
            }
        }
    }

    /// Prefix of its keys.
    pub fn prefix(&self) -> [u8; 4] {
        self.number.to_be_bytes()
    }

    /// Changes how it is kept.
    pub fn keep(&mut self, change: impl FnOnce(&mut Keeping)) {
        let mut keeping = self.keeping.take().unwrap_or_default();
        change(&mut keeping);
        self.keeping = Some(keeping).filter(|keeping| *keeping != Keeping::default());
    }

    /// Whether it is muted at this time.
    pub fn is_muted(&self, now_ms: u64) -> bool {
        self.keeping.as_ref().and_then(|keeping| keeping.muted_until_ms).is_some_and(|until| until > now_ms)
    }

    /// The group's name, as far as this device knows it.
    pub fn known_title(&self) -> Option<&str> {
        Some(self.title.as_str()).filter(|title| !title.is_empty()).or(self.former_title.as_deref())
    }

    /// The group may have another name by now.
    pub fn title_is_former(&mut self) {
        if !self.title.is_empty() {
            self.former_title = Some(std::mem::take(&mut self.title));
        }
    }

    /// Nobody else is left who could know another name.
    pub fn keep_title_when_alone(&mut self) {
        if self.members.len() == 1
            && self.title.is_empty()
            && let Some(title) = self.former_title.take()
        {
            self.title = title;
        }
    }

    /// Whether its log is followed.
    pub fn is_followed(&self) -> bool {
        matches!(self.state, ConversationState::Active | ConversationState::Rejoining)
    }

    /// Whether a Welcome may lead this device back in as it is: it has seen in the log how it went out.
    pub fn has_ended(&self) -> bool {
        matches!(self.state, ConversationState::Left | ConversationState::Removed) && self.end_unseen != Some(true)
    }

    /// Whether it goes on only when its person has it repaired: it is damaged, or the relay keeps a part of its log back.
    pub fn needs_repair(&self) -> bool {
        match self.state {
            ConversationState::Damaged => true,
            ConversationState::Active => self.warned_at == Some(self.cursor),
            _ => false,
        }
    }

    /// The people in it, as far as this device knows.
    pub fn people(&self) -> BTreeSet<UserId> {
        self.members.iter().map(|member| member.user.clone()).collect()
    }

    pub fn role_of(&self, user: &UserId) -> Option<Role> {
        self.members.iter().find(|member| &member.user == user).map(|member| member.role)
    }

    /// The other one of a 1:1.
    pub fn peer(&self, me: &UserId) -> Option<&UserId> {
        match self.kind {
            GroupKind::Direct => self.members.iter().map(|member| &member.user).find(|user| *user != me),
            GroupKind::Group => None,
        }
    }
}

fn number_key(number: u32) -> Vec<u8> {
    [b"number/".as_slice(), &number.to_be_bytes()].concat()
}
