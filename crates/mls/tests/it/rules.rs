//! Each rule on its own, without cryptography.

use chancery_mls::{
    GroupData, GroupKind, Role,
    rules::{Actor, Change, Leaf, Violation, check_state, decide, decide_proposal},
};
use chancery_wire::{DeviceId, UserId, limits::MAX_GROUP_LEAVES, signed::Kind};

fn user(name: &str) -> UserId {
    format!("{name}@example.org").parse().unwrap()
}

fn data(roles: &[(&str, Role)]) -> GroupData {
    GroupData {
        kind: GroupKind::Group,
        roles: roles.iter().map(|(name, role)| (user(name), *role)).collect(),
        purpose: String::new(),
        classification: String::new(),
        policy_version: 1,
        recorders: Vec::new(),
    }
}

fn leaf(index: u32, name: &str) -> Leaf {
    Leaf {
        index,
        user: user(name),
        device: DeviceId([index as u8; 16]),
        kind: Kind::Member,
        name: name.into(),
        identity_key: [0; 32],
    }
}

fn actor(leaf: &Leaf) -> Actor {
    Actor::Member { user: leaf.user.clone(), device: leaf.device }
}

fn add(name: &str, device: u8) -> Change {
    Change::Add { user: user(name), device: DeviceId([device; 16]), kind: Kind::Member }
}

fn remove(leaf: &Leaf, proposed_by: Option<Actor>) -> Change {
    Change::Remove { user: leaf.user.clone(), device: leaf.device, proposed_by }
}

/// Admin 0, member 1 and 2 (both Bob's), reader 3.
fn office() -> (GroupData, [Leaf; 4]) {
    (
        data(&[("admin", Role::Admin), ("bob", Role::Member), ("reader", Role::Reader)]),
        [leaf(0, "admin"), leaf(1, "bob"), leaf(2, "bob"), leaf(3, "reader")],
    )
}

#[track_caller]
fn check(by: usize, changes: &[Change], expected: Result<(), Violation>) {
    let (data, leaves) = office();
    assert_eq!(decide(&data, &leaves, &actor(&leaves[by]), changes), expected);
}

#[test]
fn everyone_manages_their_own_devices() {
    let (_, leaves) = office();
    check(3, &[add("reader", 9)], Ok(()));
    check(1, &[add("bob", 9), remove(&leaves[2], None)], Ok(()));
    check(1, &[remove(&leaves[1], None)], Err(Violation::OwnRemoval));
}

#[test]
fn whoever_writes_adds_devices_of_members() {
    check(1, &[add("reader", 9)], Ok(()));
    check(3, &[add("bob", 9)], Err(Violation::ReaderChange));
}

#[test]
fn only_admins_add_and_remove_people_and_change_data() {
    let (before, leaves) = office();
    let with_eve =
        data(&[("admin", Role::Admin), ("bob", Role::Member), ("reader", Role::Reader), ("eve", Role::Member)]);
    let addition = [add("eve", 9), Change::SetData(with_eve.clone())];
    check(0, &addition, Ok(()));
    check(1, &addition, Err(Violation::NotAdmin));
    check(0, &[add("eve", 9)], Err(Violation::UserWithoutRole));
    check(0, &[remove(&leaves[3], None)], Ok(()));
    check(1, &[remove(&leaves[3], None)], Err(Violation::NotAdmin));
    check(3, &[remove(&leaves[1], None)], Err(Violation::ReaderChange));
    for changed in [
        GroupData { purpose: "x".into(), ..before.clone() },
        GroupData { classification: "x".into(), ..before.clone() },
        GroupData { recorders: vec![user("r")], ..before.clone() },
        GroupData { policy_version: 2, ..before.clone() },
        with_eve,
    ] {
        check(0, &[Change::SetData(changed.clone())], Ok(()));
        check(1, &[Change::SetData(changed.clone())], Err(Violation::NotAdmin));
        check(3, &[Change::SetData(changed)], Err(Violation::ReaderChange));
    }
    // The role goes with the leaves: whoever has a device in the group has a role.
    let without = data(&[("admin", Role::Admin), ("reader", Role::Reader)]);
    check(0, &[Change::SetData(without.clone())], Err(Violation::UserWithoutRole));
    let removed = [remove(&leaves[1], None), remove(&leaves[2], None), Change::SetData(without)];
    check(0, &removed, Ok(()));
    check(0, &[Change::SetData(before.clone()), Change::SetData(before)], Err(Violation::DataTwice));
}

#[test]
fn anyone_commits_what_the_relay_or_the_owner_proposed() {
    let (_, leaves) = office();
    for by in [0, 1] {
        check(by, &[remove(&leaves[3], Some(Actor::Relay))], Ok(()));
    }
    check(3, &[remove(&leaves[1], Some(Actor::Relay))], Ok(()));
    check(3, &[remove(&leaves[1], Some(actor(&leaves[2])))], Ok(()));
    check(3, &[remove(&leaves[0], Some(actor(&leaves[1])))], Err(Violation::ForeignProposal));
}

#[test]
fn who_left_loses_the_role_and_nobody_else() {
    let (before, leaves) = office();
    let left = remove(&leaves[3], Some(actor(&leaves[3])));
    check(1, std::slice::from_ref(&left), Err(Violation::LeaverKeepsRole));
    let after = data(&[("admin", Role::Admin), ("bob", Role::Member)]);
    check(1, &[left.clone(), Change::SetData(after.clone())], Ok(()));
    check(0, &[left.clone(), Change::SetData(after)], Ok(()));
    let too_much = data(&[("admin", Role::Admin), ("bob", Role::Admin)]);
    check(1, &[left, Change::SetData(too_much)], Err(Violation::NotAdmin));
    // One of two devices is no leaving.
    check(0, &[remove(&leaves[2], Some(actor(&leaves[1])))], Ok(()));
    let _ = before;
}

#[test]
fn a_group_never_loses_its_last_admin() {
    let (before, leaves) = office();
    let expelled = remove(&leaves[0], Some(Actor::Relay));
    check(3, std::slice::from_ref(&expelled), Err(Violation::NoAdmin));
    let succeeded = before.without_users(&[], &leaves[1..]);
    assert_eq!(succeeded.role(&user("bob")), Some(Role::Admin));
    check(3, &[expelled.clone(), Change::SetData(succeeded)], Ok(()));
    let mut usurped = before.clone();
    usurped.roles.insert(user("reader"), Role::Admin);
    check(3, &[expelled, Change::SetData(usurped)], Err(Violation::ReaderChange));
    let mut resigned = before.clone();
    resigned.roles.insert(user("admin"), Role::Member);
    check(0, &[Change::SetData(resigned.clone())], Err(Violation::NoAdmin));
    resigned.roles.insert(user("bob"), Role::Admin);
    check(0, &[Change::SetData(resigned)], Ok(()));
}

#[test]
fn people_of_the_organisation_succeed_before_guests_and_recorders_never() {
    let roles = data(&[("admin", Role::Admin), ("bot", Role::Member), ("guest", Role::Member), ("bob", Role::Reader)]);
    let kinds = |kinds: &[(&str, Kind)]| -> Vec<Leaf> {
        kinds.iter().enumerate().map(|(n, (name, kind))| Leaf { kind: *kind, ..leaf(n as u32, name) }).collect()
    };
    let admin = |leaves: &[Leaf]| {
        let after = roles.without_users(&[user("admin")], leaves);
        after.roles.into_iter().find(|(_, role)| *role == Role::Admin).map(|(user, _)| user.local().to_owned())
    };
    let leaves = kinds(&[("guest", Kind::Guest), ("bob", Kind::Member)]);
    assert_eq!(admin(&leaves).as_deref(), Some("bob"));
    let leaves = kinds(&[("bot", Kind::Recorder), ("guest", Kind::Guest)]);
    assert_eq!(admin(&leaves).as_deref(), Some("guest"));
    assert_eq!(admin(&kinds(&[("bot", Kind::Recorder)])), None);
}

#[test]
fn the_kind_of_conversation_never_changes() {
    let (before, _) = office();
    let direct = GroupData { kind: GroupKind::Direct, ..before };
    check(0, &[Change::SetData(direct)], Err(Violation::KindChanged));
}

#[test]
fn direct_conversations_have_two_members() {
    let pair = GroupData { kind: GroupKind::Direct, ..data(&[("alice", Role::Member), ("bob", Role::Member)]) };
    let leaves = [leaf(0, "alice"), leaf(1, "bob")];
    let by = |changes: &[Change]| decide(&pair, &leaves, &actor(&leaves[0]), changes);
    assert_eq!(by(&[add("bob", 9)]), Ok(()));
    assert_eq!(by(&[add("carol", 9)]), Err(Violation::DirectMembers));
    let mut three = pair.clone();
    three.roles.insert(user("carol"), Role::Member);
    assert_eq!(by(&[Change::SetData(three.clone())]), Err(Violation::DirectMembers));
    let renamed = GroupData { purpose: "x".into(), ..pair.clone() };
    assert_eq!(by(&[Change::SetData(renamed)]), Err(Violation::NotAdmin));
    assert_eq!(by(&[remove(&leaves[1], Some(Actor::Relay))]), Ok(()));
    assert_eq!(check_state(&three, &leaves), Err(Violation::DirectMembers));
    let mut admin = pair;
    admin.roles.insert(user("alice"), Role::Admin);
    assert_eq!(check_state(&admin, &leaves), Err(Violation::DirectMembers));
}

#[test]
fn a_rejoin_replaces_the_own_leaf_and_nothing_else() {
    let (data, leaves) = office();
    let rejoiner = Actor::Rejoiner { user: leaves[1].user.clone(), device: leaves[1].device };
    let by = |changes: &[Change]| decide(&data, &leaves, &rejoiner, changes);
    let own = remove(&leaves[1], None);
    assert_eq!(by(std::slice::from_ref(&own)), Ok(()));
    assert_eq!(by(&[]), Err(Violation::RejoinOnly));
    assert_eq!(by(&[remove(&leaves[2], None)]), Err(Violation::RejoinOnly));
    assert_eq!(by(&[own, Change::SetData(data.clone())]), Err(Violation::RejoinOnly));
    let stranger = Actor::Rejoiner { user: user("eve"), device: DeviceId([9; 16]) };
    let gone = Change::Remove { user: user("eve"), device: DeviceId([9; 16]), proposed_by: None };
    assert_eq!(decide(&data, &leaves, &stranger, &[gone]), Err(Violation::UnknownLeaf));
}

#[test]
fn proposals_are_removals_by_the_relay_or_the_owner() {
    let (data, leaves) = office();
    let propose = |actor: &Actor, change: &Change| decide_proposal(&data, &leaves, &[], actor, change);
    assert_eq!(propose(&Actor::Relay, &remove(&leaves[0], None)), Ok(()));
    assert_eq!(propose(&Actor::Relay, &add("eve", 9)), Err(Violation::RelayMayOnlyRemove));
    assert_eq!(propose(&actor(&leaves[1]), &remove(&leaves[2], None)), Ok(()));
    assert_eq!(propose(&actor(&leaves[0]), &remove(&leaves[2], None)), Err(Violation::ForeignProposal));
    assert_eq!(propose(&actor(&leaves[0]), &add("admin", 9)), Err(Violation::ProposalKind));
    assert_eq!(propose(&actor(&leaf(9, "eve")), &remove(&leaves[2], None)), Err(Violation::NotMember));
    assert_eq!(decide(&data, &leaves, &Actor::Relay, &[add("eve", 9)]), Err(Violation::RelayMayOnlyRemove));
}

#[test]
fn a_device_is_in_the_group_once() {
    let (_, leaves) = office();
    check(1, &[add("bob", 2)], Err(Violation::DeviceTwice));
    check(1, &[remove(&leaves[2], None), add("bob", 2)], Ok(()));
    check(1, &[remove(&leaves[2], None), remove(&leaves[2], None)], Err(Violation::UnknownLeaf));
    check(1, &[remove(&leaf(9, "bob"), None)], Err(Violation::UnknownLeaf));
}

#[test]
fn groups_have_a_largest_size() {
    let (mut data, _) = office();
    let leaves: Vec<_> = (0..MAX_GROUP_LEAVES as u32)
        .map(|n| Leaf { device: DeviceId(u128::from(n).to_be_bytes()), ..leaf(n, "admin") })
        .collect();
    assert_eq!(check_state(&data, &leaves), Ok(()));
    let more = Change::Add { user: user("admin"), device: DeviceId([0xFF; 16]), kind: Kind::Member };
    assert_eq!(decide(&data, &leaves, &actor(&leaves[0]), &[more]), Err(Violation::TooManyLeaves));
    data.purpose = "x".repeat(2000);
    assert_eq!(check_state(&data, &leaves[..1]), Err(Violation::DataTooLarge));
}

#[test]
fn readers_dont_write() {
    assert_eq!([Role::Admin, Role::Member, Role::Reader].map(Role::may_write), [true, true, false]);
}
