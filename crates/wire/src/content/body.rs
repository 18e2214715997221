//! What a message says, for applications. Reading never fails: what isn't understood is [`Body::Unknown`], and stays in the
//! [`MimiContent`] as it came.

use super::{
    ContactCard, ConversationSettings, Disposition, FileInfo, GroupLinkSetting, GroupProfile, JoinAnswer, JoinRequest,
    Location, MimiContent, NestedPart, Part, Semantics, StatusReport, Thumbnail, UserProfile,
    contact_card::CONTACT_TYPE,
    file,
    file::Measures,
    group_link::{GROUP_LINK_TYPE, JOIN_ANSWER_TYPE, JOIN_REQUEST_TYPE},
    location::LOCATION_TYPE,
    mention::{mentions, mentions_everyone},
    profile::GROUP_PROFILE_TYPE,
    settings::SETTINGS_TYPE,
    status::STATUS_TYPE,
    user_profile::USER_PROFILE_TYPE,
};
use crate::ids::{MessageId, UserId};
use std::{collections::BTreeMap, fmt};

/// Longest reaction, in bytes: a family of emoji with skin tones has 41.
pub const MAX_REACTION_BYTES: usize = 64;

/// What a message says.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// Text.
    Text {
        /// Markdown (GFM-MIMI).
        text: String,
        /// The people it mentions.
        mentions: Vec<UserId>,
    },
    /// An attached file.
    File(Box<FileInfo>),
    /// Several things; text first when it is the caption of files.
    Multi {
        /// Whether they are one unit.
        semantics: Semantics,
        /// What there is, at least one.
        parts: Vec<Body>,
    },
    /// A reaction to a message.
    Reaction {
        /// The message.
        target: MessageId,
        /// One emoji, or a few.
        emoji: String,
    },
    /// A reaction is taken back.
    Unreaction {
        /// The message that was the reaction.
        reaction: MessageId,
        /// The message reacted to, when it is named.
        target: Option<MessageId>,
    },
    /// A message is deleted.
    Delete {
        /// Its first version.
        target: MessageId,
    },
    /// A message gets a new version.
    Edit {
        /// Its first version.
        target: MessageId,
        /// What it says now.
        body: Box<Body>,
    },
    /// What became of messages at their receiver.
    Status(StatusReport),
    /// Name and picture of the group.
    GroupProfile(GroupProfile),
    /// What a person tells of themselves.
    UserProfile(UserProfile),
    /// How long messages of the conversation live.
    Settings(ConversationSettings),
    /// The group's link.
    GroupLink(GroupLinkSetting),
    /// Somebody asks to be let into a group.
    JoinRequest(JoinRequest),
    /// The answer to that.
    JoinAnswer {
        /// The request.
        request: MessageId,
        /// What came of it.
        answer: JoinAnswer,
    },
    /// A place.
    Location(Location),
    /// A person to get in touch with.
    Contact(Box<ContactCard>),
    /// Something that this version doesn't understand.
    Unknown {
        /// Its media type; empty when there is none.
        content_type: String,
    },
}

impl Body {
    /// Reads a message.
    pub fn of(content: &MimiContent) -> Self {
        let mut walk = Walk {
            target: content.in_reply_to,
            measures: file::measures(&content.extensions),
            waveforms: file::waveforms(&content.extensions),
            next_index: 0,
        };
        match (content.replaces, &content.body.part) {
            (Some(reaction), Part::Null) if content.body.disposition == Disposition::REACTION => {
                Self::Unreaction { reaction, target: content.in_reply_to }
            }
            (Some(target), Part::Null) => Self::Delete { target },
            (Some(target), _) => Self::Edit { target, body: Box::new(walk.part(&content.body)) },
            (None, _) => walk.part(&content.body),
        }
    }

    /// The texts in it, in order: for search, notifications and plain terminals.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Self::Text { text, .. } => vec![text],
            Self::Multi { parts, .. } => parts.iter().flat_map(Self::texts).collect(),
            Self::Edit { body, .. } => body.texts(),
            _ => Vec::new(),
        }
    }

    /// The files in it, in order.
    pub fn files(&self) -> Vec<&FileInfo> {
        match self {
            Self::File(file) => vec![file],
            Self::Multi { parts, .. } => parts.iter().flat_map(Self::files).collect(),
            Self::Edit { body, .. } => body.files(),
            _ => Vec::new(),
        }
    }

    /// Whether it mentions everybody in the conversation.
    pub fn mentions_everyone(&self) -> bool {
        self.texts().into_iter().any(mentions_everyone)
    }

    /// The people mentioned in it.
    pub fn mentions(&self) -> Vec<&UserId> {
        match self {
            Self::Text { mentions, .. } => mentions.iter().collect(),
            Self::Multi { parts, .. } => parts.iter().flat_map(Self::mentions).collect(),
            Self::Edit { body, .. } => body.mentions(),
            _ => Vec::new(),
        }
    }
}

/// Type and subtype of a media type, in lower case, without parameters.
fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn unknown(content_type: &str) -> Body {
    Body::Unknown { content_type: content_type.to_owned() }
}

struct Walk {
    target: Option<MessageId>,
    measures: BTreeMap<u32, Measures>,
    waveforms: BTreeMap<u32, Vec<u8>>,
    /// Parts are numbered depth first, the body being 0.
    next_index: u32,
}

impl Walk {
    fn part(&mut self, nested: &NestedPart) -> Body {
        let index = self.next_index;
        self.next_index += 1;
        match &nested.part {
            Part::Null | Part::Unknown { .. } => unknown(""),
            Part::Single { content_type, content } => {
                self.single(nested.disposition, content_type, content).unwrap_or_else(|| unknown(content_type))
            }
            Part::External(external) => {
                let measures = self.measures.get(&index).copied().unwrap_or_default();
                FileInfo::of(external, measures, self.waveforms.remove(&index))
                    .filter(|_| nested.disposition != Disposition::SESSION)
                    .map_or_else(|| unknown(&external.content_type), |file| Body::File(Box::new(file)))
            }
            Part::Multi { semantics: Semantics::ChooseOne, parts } => {
                // All are read, so that the numbers of the parts after them are right.
                let mut bodies: Vec<Body> = parts.iter().map(|part| self.part(part)).collect();
                let best = bodies.iter().position(|body| !matches!(body, Body::Unknown { .. })).unwrap_or(0);
                bodies.swap_remove(best)
            }
            Part::Multi { semantics, parts } => self.multi(*semantics, parts),
        }
    }

    fn single(&self, disposition: Disposition, content_type: &str, content: &[u8]) -> Option<Body> {
        let kind = essence(content_type);
        if disposition == Disposition::REACTION {
            let emoji =
                std::str::from_utf8(content).ok().filter(|text| (1..=MAX_REACTION_BYTES).contains(&text.len()))?;
            return (kind == "text/plain").then_some(Body::Reaction { target: self.target?, emoji: emoji.to_owned() });
        }
        match kind.as_str() {
            "text/markdown" | "text/plain" => {
                let text = std::str::from_utf8(content).ok()?.to_owned();
                Some(Body::Text { mentions: mentions(&text), text })
            }
            STATUS_TYPE => StatusReport::from_slice(content).map(Body::Status),
            GROUP_PROFILE_TYPE if disposition == Disposition::PROFILE => {
                GroupProfile::from_slice(content).map(Body::GroupProfile)
            }
            USER_PROFILE_TYPE if disposition == Disposition::PROFILE => {
                UserProfile::from_slice(content).map(Body::UserProfile)
            }
            SETTINGS_TYPE if disposition == Disposition::PROFILE => {
                ConversationSettings::from_slice(content).map(Body::Settings)
            }
            GROUP_LINK_TYPE if disposition == Disposition::PROFILE => {
                GroupLinkSetting::from_slice(content).map(Body::GroupLink)
            }
            JOIN_REQUEST_TYPE if disposition == Disposition::PROFILE => {
                JoinRequest::from_slice(content).map(Body::JoinRequest)
            }
            JOIN_ANSWER_TYPE if disposition == Disposition::PROFILE => {
                let answer = JoinAnswer::from_slice(content)?;
                Some(Body::JoinAnswer { request: self.target?, answer })
            }
            LOCATION_TYPE => Location::from_slice(content).map(Body::Location),
            kind if kind == essence(CONTACT_TYPE) => {
                ContactCard::from_slice(content).map(|card| Body::Contact(Box::new(card)))
            }
            _ => None,
        }
    }

    fn multi(&mut self, semantics: Semantics, parts: &[NestedPart]) -> Body {
        let mut bodies = Vec::new();
        for part in parts {
            // A preview belongs to the file before it.
            if let (Disposition::PREVIEW, Part::Single { content_type, content }, Some(Body::File(file))) =
                (part.disposition, &part.part, bodies.last_mut())
                && content_type.starts_with("image/")
                && content.len() <= file::MAX_THUMBNAIL_BYTES
                && file.thumbnail.is_none()
            {
                self.next_index += 1;
                file.thumbnail = Some(Thumbnail { media_type: content_type.clone(), bytes: content.clone() });
            } else {
                bodies.push(self.part(part));
            }
        }
        let first_unknown = bodies.iter().position(|body| matches!(body, Body::Unknown { .. }));
        match first_unknown {
            Some(at) if semantics == Semantics::SingleUnit => bodies.swap_remove(at),
            _ if bodies.len() == 1 => bodies.swap_remove(0),
            _ => Body::Multi { semantics, parts: bodies },
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { text, mentions } => write!(f, "Text({} bytes, {} mentions)", text.len(), mentions.len()),
            Self::File(file) => file.fmt(f),
            Self::Multi { semantics, parts } => write!(f, "Multi({semantics:?}, {parts:?})"),
            Self::Reaction { target, .. } => write!(f, "Reaction(to {target})"),
            Self::Unreaction { reaction, .. } => write!(f, "Unreaction({reaction})"),
            Self::Delete { target } => write!(f, "Delete({target})"),
            Self::Edit { target, body } => write!(f, "Edit({target}, {body:?})"),
            Self::Status(report) => write!(f, "Status({} messages)", report.0.len()),
            Self::GroupProfile(profile) => profile.fmt(f),
            Self::UserProfile(profile) => profile.fmt(f),
            Self::Settings(settings) => settings.fmt(f),
            Self::GroupLink(setting) => setting.fmt(f),
            Self::JoinRequest(request) => request.fmt(f),
            Self::JoinAnswer { request, answer } => write!(f, "{answer:?} to {request}"),
            Self::Location(location) => location.fmt(f),
            Self::Contact(card) => card.fmt(f),
            Self::Unknown { .. } => f.write_str("Unknown"),
        }
    }
}
