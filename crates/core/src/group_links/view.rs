//! Links as people see them.

use super::{ask::is_in, setting::next_token};
use crate::{
    api::{ConversationState, JoinLinkState, JoinLinkView},
    engine::CoreError,
    records::{Account, Asked, AskedOutcome, Conversation, IndexEntry, name_of},
    storage::Tx,
};
use chancery_mls::{GroupKind, Role};
use chancery_wire::{
    GroupId,
    link::{GroupLink, relay_origin},
};

/// The link that an admin gives out; `None` when there is none, or for who isn't an admin.
pub(crate) fn link_of(tx: &dyn Tx, group: &GroupId) -> Result<Option<String>, CoreError> {
    let (Some(account), Some(conversation)) = (Account::load(tx)?, Conversation::load(tx, group)?) else {
        return Ok(None);
    };
    let usable = matches!(conversation.state, ConversationState::Active | ConversationState::Creating);
    let admin = conversation.role_of(&account.user) == Some(Role::Admin);
    if !usable || !admin || conversation.kind != GroupKind::Group {
        return Ok(None);
    }
    let (Some(token), Ok(relay)) = (next_token(tx, &conversation)?, relay_origin(&account.relay)) else {
        return Ok(None);
    };
    Ok(Some(GroupLink { relay, group: conversation.group, admin: account.user, token }.to_text()))
}

/// A link that was opened, and what came of it; `None` when it leads nowhere from here.
pub(crate) fn join_link(tx: &dyn Tx, link: &str) -> Result<Option<JoinLinkView>, CoreError> {
    let (Some(account), Ok(link)) = (Account::load(tx)?, GroupLink::parse(link)) else { return Ok(None) };
    if link.group.domain() != account.user.domain() || link.admin.domain() != account.user.domain() {
        return Ok(None);
    }
    let inside = Conversation::load(tx, &link.group)?.is_some_and(|it| is_in(&it, &account.user));
    let asked = Asked::load(tx, &link.group)?.filter(|it| it.admin == link.admin && it.token == link.token);
    let state = match asked {
        _ if inside => JoinLinkState::Member,
        Some(Asked { outcome: Some(AskedOutcome::Refused), .. }) => JoinLinkState::Refused,
        Some(Asked { outcome: Some(AskedOutcome::NotSent), .. }) => JoinLinkState::NotSent,
        Some(Asked { outcome: None, request: None, .. }) => JoinLinkState::Queued,
        Some(Asked { outcome: None, request: Some(request), .. }) => match IndexEntry::load(tx, &request)? {
            Some(IndexEntry::Waiting { .. }) => JoinLinkState::Queued,
            _ => JoinLinkState::Asked,
        },
        // The Welcome is on its way.
        Some(Asked { outcome: Some(AskedOutcome::LetIn), .. }) => JoinLinkState::Asked,
        None => JoinLinkState::New,
    };
    Ok(Some(JoinLinkView { admin_name: name_of(tx, &link.admin)?, group: link.group, admin: link.admin, state }))
}
