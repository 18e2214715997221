//! What a refused change would break, as a sentence for people.

use thiserror::Error;

/// A rule that a change would break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum Violation {
    /// Only administrators add and remove other people, and change roles and data.
    #[error("only an admin of the group may do this")]
    NotAdmin,
    /// Readers manage their own devices only.
    #[error("a reader may only manage their own devices")]
    ReaderChange,
    /// The committer or proposer is no member.
    #[error("only members may change the group")]
    NotMember,
    /// A leaf's user stands not in the role map.
    #[error("every device's user needs a role in the group")]
    UserWithoutRole,
    /// The same device would be in the tree twice.
    #[error("a device may be in the group only once")]
    DeviceTwice,
    /// A Remove of nobody.
    #[error("the device to remove is not in the group")]
    UnknownLeaf,
    /// A commit that removes its committer (RFC 9420 section 12.2).
    #[error("a device can't commit its own removal; another one has to")]
    OwnRemoval,
    /// A Remove proposal of another member for somebody else.
    #[error("a member may only propose the removal of their own devices")]
    ForeignProposal,
    /// A proposal of a kind, or sent in a way, that groups don't use.
    #[error("this kind of proposal isn't allowed here")]
    ProposalKind,
    /// The relay proposes something else than a removal.
    #[error("the relay may only propose removals")]
    RelayMayOnlyRemove,
    /// The group's data is given twice in a commit.
    #[error("a commit may set the group's data only once")]
    DataTwice,
    /// The kind of conversation changes.
    #[error("a conversation's kind never changes")]
    KindChanged,
    /// A direct conversation without exactly two members.
    #[error("a direct conversation has exactly two people, and that never changes")]
    DirectMembers,
    /// The last device of one of the two people leaves.
    #[error("a direct conversation can't be left")]
    DirectLeave,
    /// A user who left keeps a role.
    #[error("whoever left the group loses their role with it")]
    LeaverKeepsRole,
    /// No administrator would remain.
    #[error("the group would be left without an admin; the commit has to make its first member one")]
    NoAdmin,
    /// A recorder that the data doesn't name.
    #[error("a recorder may join only when the group's data names it")]
    RecorderNotAllowed,
    /// An external commit that does more than to replace the device's own leaf.
    #[error("a rejoin may replace the device's own leaf and nothing else")]
    RejoinOnly,
    /// Too many leaves.
    #[error("the group would have more devices than allowed")]
    TooManyLeaves,
    /// Too large or malformed data.
    #[error("the group's data is larger than allowed")]
    DataTooLarge,
    /// A commit that leaves a pending Remove proposal out.
    #[error("a commit has to include every pending removal")]
    PendingRemovals,
    /// Extensions that are absent, unknown or changed.
    #[error("the group's extensions aren't as they have to be")]
    Extensions,
    /// Another external sender than the relay of the manifest.
    #[error("the relay's key has to be the group's only external sender")]
    ExternalSenders,
    /// A new group that has more than its creator's device, or isn't in epoch 0.
    #[error("a new group has its creator's device only")]
    NotNew,
}
