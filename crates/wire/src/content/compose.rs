//! Makes messages. Each gets a fresh salt from `rng`; a chain of [`MimiContent`]'s own methods adds the rest
//! (`replying_to`, `expiring`, `forwarded`).

use super::{
    ContactCard, ConversationSettings, Disposition, FileInfo, GroupLinkSetting, GroupProfile, JoinAnswer, JoinRequest,
    Location, MARKDOWN, MimiContent, NestedPart, PLAIN_TEXT, Part, Semantics, StatusReport, UserProfile,
    contact_card::CONTACT_TYPE,
    extensions::{MEDIA, WAVEFORM},
    file,
    group_link::{GROUP_LINK_TYPE, JOIN_ANSWER_TYPE, JOIN_REQUEST_TYPE},
    location::LOCATION_TYPE,
    profile::GROUP_PROFILE_TYPE,
    settings::SETTINGS_TYPE,
    status::STATUS_TYPE,
    user_profile::USER_PROFILE_TYPE,
};
use crate::ids::MessageId;
use rand_core::RngCore;
use std::collections::BTreeMap;

fn content(rng: &mut dyn RngCore, body: NestedPart) -> MimiContent {
    let mut salt = [0; 16];
    rng.fill_bytes(&mut salt);
    MimiContent::new(salt, body)
}

fn single(disposition: Disposition, content_type: &str, content: impl Into<Vec<u8>>) -> NestedPart {
    NestedPart::new(disposition, Part::Single { content_type: content_type.to_owned(), content: content.into() })
}

/// Text in Markdown; [`super::mention`] makes the mentions in it.
pub fn text(rng: &mut dyn RngCore, markdown: &str) -> MimiContent {
    content(rng, single(Disposition::RENDER, MARKDOWN, markdown))
}

/// Text that answers a message, in the version that the writer saw.
pub fn reply(rng: &mut dyn RngCore, to: MessageId, markdown: &str) -> MimiContent {
    text(rng, markdown).replying_to(to)
}

/// A new version of a message: `first` is its first version, `in_reply_to` what that one answered.
pub fn edit(rng: &mut dyn RngCore, first: MessageId, in_reply_to: Option<MessageId>, markdown: &str) -> MimiContent {
    MimiContent { in_reply_to, ..text(rng, markdown).replacing(first) }
}

/// Deletes a message for everyone: `first` is its first version.
pub fn delete(rng: &mut dyn RngCore, first: MessageId) -> MimiContent {
    content(rng, NestedPart::new(Disposition::RENDER, Part::Null)).replacing(first)
}

/// A reaction to a message.
pub fn reaction(rng: &mut dyn RngCore, to: MessageId, emoji: &str) -> MimiContent {
    content(rng, single(Disposition::REACTION, PLAIN_TEXT, emoji)).replying_to(to)
}

/// Takes a reaction back: `reaction` is the message that was the reaction, `to` the one it reacted to.
pub fn unreact(rng: &mut dyn RngCore, reaction: MessageId, to: MessageId) -> MimiContent {
    content(rng, NestedPart::new(Disposition::REACTION, Part::Null)).replacing(reaction).replying_to(to)
}

/// Files, with an optional caption. (Without both it is an empty text.)
pub fn attachment(rng: &mut dyn RngCore, caption: Option<&str>, files: &[FileInfo]) -> MimiContent {
    let mut parts: Vec<NestedPart> =
        caption.into_iter().map(|caption| single(Disposition::RENDER, MARKDOWN, caption)).collect();
    let (mut measures, mut waveforms) = (BTreeMap::new(), BTreeMap::new());
    let alone = parts.is_empty() && files.len() == 1 && files[0].thumbnail.is_none();
    for file in files {
        // Index 0 is the list itself, unless the file stands alone.
        let index = parts.len() as u32 + u32::from(!alone);
        measures.extend(file.measures().map(|measures| (index, measures)));
        waveforms.extend(file.waveform.iter().map(|waveform| (index, waveform.clone())));
        parts.extend(file.parts());
    }
    if parts.is_empty() {
        parts.push(single(Disposition::RENDER, MARKDOWN, ""));
    }
    let body = if parts.len() == 1 {
        parts.remove(0)
    } else {
        NestedPart::new(Disposition::RENDER, Part::Multi { semantics: Semantics::ProcessAll, parts })
    };
    let mut content = content(rng, body);
    file::set_measures(&mut content.extensions, &measures);
    file::set_waveforms(&mut content.extensions, &waveforms);
    content
}

/// What another message says, marked as forwarded, without its relations in the conversation it comes from.
pub fn forward(rng: &mut dyn RngCore, original: &MimiContent) -> MimiContent {
    let mut content = content(rng, original.body.clone()).forwarded();
    // The measures belong to the files, which travel along; everything else is between the original's sender and group.
    for name in [MEDIA, WAVEFORM] {
        if let Some(value) = original.extensions.get(name) {
            content.extensions.set(name, value.to_vec()).expect("it was read from content or made here");
        }
    }
    content
}

/// What became of messages.
pub fn status(rng: &mut dyn RngCore, report: &StatusReport) -> MimiContent {
    content(rng, single(Disposition::UNSPECIFIED, STATUS_TYPE, report.to_vec()))
}

/// Name and picture of the group.
pub fn group_profile(rng: &mut dyn RngCore, profile: &GroupProfile) -> MimiContent {
    content(rng, single(Disposition::PROFILE, GROUP_PROFILE_TYPE, profile.to_vec()))
}

/// What a person tells of themselves.
pub fn user_profile(rng: &mut dyn RngCore, profile: &UserProfile) -> MimiContent {
    content(rng, single(Disposition::PROFILE, USER_PROFILE_TYPE, profile.to_vec()))
}

/// How long messages of the conversation live.
pub fn settings(rng: &mut dyn RngCore, settings: &ConversationSettings) -> MimiContent {
    content(rng, single(Disposition::PROFILE, SETTINGS_TYPE, settings.to_vec()))
}

/// The group's link, or that there is none.
pub fn group_link(rng: &mut dyn RngCore, setting: &GroupLinkSetting) -> MimiContent {
    content(rng, single(Disposition::PROFILE, GROUP_LINK_TYPE, setting.to_vec()))
}

/// Asks an admin to be let into a group.
pub fn join_request(rng: &mut dyn RngCore, request: &JoinRequest) -> MimiContent {
    content(rng, single(Disposition::PROFILE, JOIN_REQUEST_TYPE, request.to_vec()))
}

/// Answers a request to be let in.
pub fn join_answer(rng: &mut dyn RngCore, request: MessageId, answer: &JoinAnswer) -> MimiContent {
    content(rng, single(Disposition::PROFILE, JOIN_ANSWER_TYPE, answer.to_vec())).replying_to(request)
}

/// A place.
pub fn location(rng: &mut dyn RngCore, location: &Location) -> MimiContent {
    content(rng, single(Disposition::RENDER, LOCATION_TYPE, location.to_vec()))
}

/// A person to get in touch with.
pub fn contact(rng: &mut dyn RngCore, card: &ContactCard) -> MimiContent {
    content(rng, single(Disposition::RENDER, CONTACT_TYPE, card.to_vec()))
}
