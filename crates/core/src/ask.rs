//! What can be asked of the device, as one readable union, and the answers to it: for drivers that pass messages instead of
//! calling functions. Pure reads in a transaction; no network.

use crate::{
    api::{
        AccountView, Audience, ConversationView, DeviceView, FoundMessage, JoinLinkView, LinkView, MemberView,
        MessageInfo, MessagePage, Place, SafetyNumber, ThumbnailView, Warning,
    },
    query,
    storage::{Fault, Tx},
};
use chancery_wire::{GroupId, MessageId, UserId, content::FileInfo, signed::Policy};
use serde::{Deserialize, Serialize};

/// Each question with its tag, its fields and the type of its answer.
macro_rules! questions {
    ($($(#[$doc:meta])* $tag:literal $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* } -> $answer:ty;)*) => {
        /// A question about what the device holds.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields = nullable))]
        #[serde(tag = "type")]
        pub enum Query {
            $(
                $(#[$doc])*
                #[serde(rename = $tag)]
                $name { $($(#[$field_doc])* $field: $type),* },
            )*
        }

        /// The answer to the [`Query`] of the same name; in JSON the bare value.
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum Answer {
            $(
                $(#[$doc])*
                $name($answer),
            )*
        }

        /// Visits the answers' types, and names them by the questions' tags.
        #[cfg(test)]
        pub(crate) fn answer_types(config: &ts_rs::Config, visitor: &mut impl ts_rs::TypeVisitor) -> Vec<(&'static str, String)> {
            use ts_rs::TS;
            vec![$({
                visitor.visit::<$answer>();
                <$answer>::visit_generics(visitor);
                ($tag, <$answer>::name(config))
            }),*]
        }
    };
}

questions! {
    /// Who one is; nothing before joining.
    "account" Account {} -> Option<AccountView>;
    /// Whether this device was removed from its user's devices.
    "revoked" Revoked {} -> bool;
    /// Conversations, the one with the newest message first.
    "conversations" Conversations {} -> Vec<ConversationView>;
    /// One conversation.
    "conversation" Conversation {
        /// Which.
        group: GroupId
    } -> Option<ConversationView>;
    /// Members of a conversation.
    "members" Members {
        /// Of which.
        group: GroupId
    } -> Vec<MemberView>;
    /// A page of messages: before, after or around a place, else the newest.
    "messages" Messages {
        /// Of which conversation.
        group: GroupId,
        /// The page ends before this.
        before: Option<Place>,
        /// The page begins after this.
        after: Option<Place>,
        /// The page has this in its middle.
        around: Option<Place>,
        /// At most this many, and never more than [`query::MAX_PAGE_MESSAGES`].
        limit: u32
    } -> MessagePage;
    /// One message with its conversation.
    "message" Message {
        /// Which.
        message: MessageId
    } -> Option<FoundMessage>;
    /// Place and key of a message's file.
    "file" File {
        /// Of which message.
        message: MessageId
    } -> Option<FileInfo>;
    /// The thumbnail of a message's file.
    "thumbnail" Thumbnail {
        /// Of which message.
        message: MessageId
    } -> Option<ThumbnailView>;
    /// The picture of a person or of a group.
    "picture" Picture {
        /// Of this person.
        user: Option<UserId>,
        /// Of this group.
        group: Option<GroupId>
    } -> Option<ThumbnailView>;
    /// Messages starred on this device, the last starred first.
    "starred" Starred {
        /// Only here.
        group: Option<GroupId>,
        /// At most this many.
        limit: u32
    } -> Vec<FoundMessage>;
    /// Who has got and read a message.
    "message_info" MessageInfo {
        /// Which.
        message: MessageId
    } -> Option<MessageInfo>;
    /// Who can read a conversation, and what holds for it.
    "audience" Audience {
        /// Which.
        group: GroupId
    } -> Option<Audience>;
    /// Full-text search, newest first.
    "search" Search {
        /// Words; the last one may be cut off.
        text: String,
        /// Only here.
        group: Option<GroupId>,
        /// At most this many.
        limit: u32
    } -> Vec<FoundMessage>;
    /// One's own devices.
    "devices" Devices {} -> Vec<DeviceView>;
    /// Numbers to compare with a contact; nothing when the contact isn't known yet.
    "safety_number" SafetyNumber {
        /// With whom.
        user: UserId
    } -> Option<SafetyNumber>;
    /// Warnings, newest first.
    "warnings" Warnings {
        /// At most this many.
        limit: u32
    } -> Vec<Warning>;
    /// Messages that wait to be sent, as people count them.
    "waiting" Waiting {} -> u64;
    /// The organisation's policy in force.
    "policy" Policy {} -> Option<Policy>;
    /// The link that lets people into a group; nothing when there is none, or for who isn't its admin.
    "group_link" GroupLink {
        /// Which.
        group: GroupId
    } -> Option<String>;
    /// A link into a group that was opened; nothing when it leads nowhere from here.
    "join_link" JoinLink {
        /// The link.
        link: String
    } -> Option<JoinLinkView>;
    /// Device links under way on this device.
    "links" Links {} -> Vec<LinkView>;
}

/// Answers a question from what the device holds.
pub fn ask(tx: &dyn Tx, query: Query) -> Result<Answer, Fault> {
    Ok(match query {
        Query::Account {} => Answer::Account(query::account(tx)?),
        Query::Revoked {} => Answer::Revoked(query::is_revoked(tx)?),
        Query::Conversations {} => Answer::Conversations(query::conversations(tx)?),
        Query::Conversation { group } => Answer::Conversation(query::conversation(tx, &group)?),
        Query::Members { group } => Answer::Members(query::members(tx, &group)?),
        Query::Messages { group, before, after, around, limit } => {
            let page = match (before, after, around) {
                (Some(place), ..) => query::Page::Before(place),
                (_, Some(place), _) => query::Page::After(place),
                (.., Some(place)) => query::Page::Around(place),
                _ => query::Page::Newest,
            };
            Answer::Messages(query::page(tx, &group, page, limit as usize)?)
        }
        Query::Message { message } => {
            Answer::Message(query::message(tx, &message)?.map(|(group, message)| FoundMessage { group, message }))
        }
        Query::File { message } => Answer::File(query::file(tx, &message)?),
        Query::Thumbnail { message } => Answer::Thumbnail(query::thumbnail(tx, &message)?),
        Query::Picture { user, group } => Answer::Picture(query::picture(tx, user.as_ref(), group.as_ref())?),
        Query::Starred { group, limit } => Answer::Starred(query::starred(tx, group.as_ref(), limit as usize)?),
        Query::MessageInfo { message } => Answer::MessageInfo(query::message_info(tx, &message)?),
        Query::Audience { group } => Answer::Audience(query::audience(tx, &group)?),
        Query::Search { text, group, limit } => {
            Answer::Search(query::search_in(tx, &text, group.as_ref(), limit as usize)?)
        }
        Query::Devices {} => Answer::Devices(query::devices(tx)?),
        Query::SafetyNumber { user } => Answer::SafetyNumber(query::safety_number(tx, &user)?),
        Query::Warnings { limit } => Answer::Warnings(query::warnings(tx, limit as usize)?),
        Query::Waiting {} => Answer::Waiting(query::messages_waiting(tx)?),
        Query::Policy {} => Answer::Policy(query::policy(tx)?),
        Query::GroupLink { group } => Answer::GroupLink(query::group_link(tx, &group)?),
        Query::JoinLink { link } => Answer::JoinLink(query::join_link(tx, &link)?),
        Query::Links {} => Answer::Links(query::links(tx)?),
    })
}
