//! The link itself: made, renewed and turned off by admins, told to those who come, ended when somebody goes.

use crate::{
    api::Event,
    engine::{CoreError, Ctx, Loaded},
    messages,
    records::{Conversation, GroupLinkState, OutboxEntry, SCAN_LIMIT, name_of},
    storage::Tx,
};
use chancery_mls::{GroupKind, Role};
use chancery_wire::{
    UserId,
    content::{Body, GroupLinkSetting, GroupToken, MimiContent, compose},
    frames::LogItem,
};

/// The token as it will be when everything of ours that waits has taken effect.
pub(super) fn next_token(tx: &dyn Tx, conversation: &Conversation) -> Result<Option<GroupToken>, CoreError> {
    for (_, entry) in OutboxEntry::of(tx, conversation, SCAN_LIMIT)?.into_iter().rev() {
        if let Ok(content) = MimiContent::from_slice(&entry.content)
            && let Body::GroupLink(GroupLinkSetting { token, told: false }) = Body::of(&content)
        {
            return Ok(token);
        }
    }
    Ok(conversation.group_link.as_ref().and_then(|link| link.token))
}

/// An admin makes a new link, or turns it off. It takes effect when the log shows it.
pub(crate) fn set(ctx: &mut Ctx<'_>, loaded: &Loaded, conversation: &Conversation, on: bool) -> Result<(), CoreError> {
    if !on && next_token(ctx.tx, conversation)?.is_none() {
        return Ok(());
    }
    let token = on.then(|| GroupToken::random(ctx.rng));
    let content = compose::group_link(ctx.rng, &GroupLinkSetting { token, told: false });
    messages::queue(ctx, loaded, conversation, &content)?;
    ctx.event(Event::ConversationChanged { group: conversation.group.clone() });
    Ok(())
}

/// Tells those who came, who can't know the link.
pub(crate) fn tell(ctx: &mut Ctx<'_>, loaded: &Loaded, conversation: &Conversation) -> Result<(), CoreError> {
    let Some(token) = conversation.group_link.as_ref().and_then(|link| link.token) else { return Ok(()) };
    let content = compose::group_link(ctx.rng, &GroupLinkSetting { token: Some(token), told: true });
    messages::queue(ctx, loaded, conversation, &content).map(|_| ())
}

/// Somebody's setting of the link, encrypted in this epoch.
pub(crate) fn apply(
    ctx: &mut Ctx<'_>,
    loaded: &Loaded,
    conversation: &mut Conversation,
    sender: &UserId,
    (item, epoch): (&LogItem, u64),
    setting: &GroupLinkSetting,
) -> Result<(), CoreError> {
    let own = sender == loaded.user();
    let admin = conversation.role_of(sender) == Some(Role::Admin);
    let known = conversation.group_link.clone();
    let counts = match &known {
        _ if conversation.kind != GroupKind::Group => false,
        // One's own devices tell each other what holds, whatever the role; and what is known can only be newer.
        known if setting.told => known.is_none() && (own || admin),
        // Somebody went since: they could read it.
        Some(known) => admin && epoch >= known.since_epoch,
        None => admin,
    };
    let before = known.as_ref().and_then(|known| known.token);
    if !counts || (known.is_some() && before == setting.token) {
        return Ok(());
    }
    let since_epoch = known.map_or(0, |known| known.since_epoch);
    conversation.group_link = Some(GroupLinkState { token: setting.token, since_epoch });
    if !setting.told {
        let by = if own { "You".to_owned() } else { name_of(ctx.tx, sender)? };
        let text = match (before, setting.token) {
            (None, Some(_)) => format!("{by} made a link that lets people into this group."),
            (Some(_), Some(_)) => {
                format!("{by} made a new link into this group. The former one doesn't work any more.")
            }
            (_, None) => format!("{by} turned off the link into this group."),
        };
        messages::note_at(ctx, conversation, item.seq, item.at_ms, "group_link", &text)?;
    }
    ctx.event(Event::ConversationChanged { group: conversation.group.clone() });
    Ok(())
}

/// Somebody went with the commit that began the present epoch.
pub(crate) fn ended(ctx: &mut Ctx<'_>, conversation: &mut Conversation) -> Result<(), CoreError> {
    let ended = GroupLinkState { token: None, since_epoch: conversation.epoch };
    if conversation.group_link.replace(ended).is_some_and(|link| link.token.is_some()) {
        let text = "The link into this group was turned off, because somebody went.";
        messages::note(ctx, conversation, "group_link", text)?;
    }
    Ok(())
}
