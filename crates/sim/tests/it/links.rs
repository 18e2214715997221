//! Approving a new device: what is said of it is true, and it ends.

use crate::kit::{Office, warnings};
use chancery_core::{Command, CommandResult, query};
use chancery_mls::Role;
use chancery_sim::{ClientId, organisation::RELAY};
use chancery_wire::LinkId;

/// A new device shows its link, and Alice approves it.
fn approve(office: &mut Office, by: ClientId, history: bool, gone: bool) -> (ClientId, String, LinkId) {
    let new = office.world.add_client("the new one");
    let start = Command::StartLink { relay: RELAY.into(), label: "tablet".into() };
    let Ok(CommandResult::LinkStarted { link, .. }) = office.world.command(new, start) else { panic!() };
    if gone {
        office.world.go_offline(new);
    }
    let approve = Command::ApproveLink { link: link.clone(), history };
    assert_eq!(office.world.command(by, approve), Ok(CommandResult::Done));
    office.world.run_for(5_000);
    let links = office.world.clients[by].query(query::links);
    let id = links.first().map_or(LinkId([0; 16]), |view| view.link);
    (new, link, id)
}

#[test]
fn an_approval_whose_new_device_never_comes_keeps_nobody_waiting_and_ends_by_itself() {
    let mut office = Office::new(400);
    let alice = office.alice;
    let (new, link, _) = approve(&mut office, alice, true, true);
    let links = office.world.clients[alice].query(query::links);
    assert_eq!(links.iter().map(|view| (view.arrived, view.ending)).collect::<Vec<_>>(), [(false, false)]);
    assert_eq!(office.world.clients[alice].query(query::waiting), 0);
    assert_eq!(office.world.clients[alice].query(query::devices).len(), 1, "it isn't one of hers");
    office.world.run_for(11 * 60_000);
    assert!(office.world.clients[alice].query(query::links).is_empty());
    assert!(office.warnings(alice).iter().any(|code| code == "link_never_came"));
    // Coming too late, it is nobody's.
    office.world.go_online(new);
    office.world.run_for(60_000);
    assert_eq!(office.world.user(new), None);
    let again = office.world.command(alice, Command::ApproveLink { link, history: true });
    assert_eq!(again.unwrap_err().code, "link_closed");
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn an_approval_is_taken_back_as_long_as_the_new_device_has_not_come() {
    let mut office = Office::new(401);
    let alice = office.alice;
    let (new, _, link) = approve(&mut office, alice, true, true);
    assert_eq!(office.world.command(alice, Command::CancelLink { link }), Ok(CommandResult::Done));
    office.world.run_for(5_000);
    assert!(office.world.clients[alice].query(query::links).is_empty());
    office.world.go_online(new);
    office.world.run_for(60_000);
    assert_eq!(office.world.user(new), None);
    assert_eq!(office.world.clients[alice].query(query::waiting), 0);
    // One that has come is a device, and is removed like one.
    let (came, _, link) = approve(&mut office, alice, true, false);
    assert_eq!(office.world.user(came), office.world.user(alice));
    assert_eq!(office.world.command(alice, Command::CancelLink { link }).unwrap_err().code, "link_used");
    assert!(!warnings(&office.world, alice).iter().any(|code| code == "device_linked"));
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn a_device_that_a_reader_links_learns_the_groups_name() {
    let mut office = Office::new(402);
    let (alice, bob, group) = (office.alice, office.bob, office.group.clone());
    let user = office.world.user(bob).unwrap();
    office.world.command(alice, Command::SetRole { group: group.clone(), user, role: Role::Reader }).unwrap();
    office.world.run_for(5_000);
    let (new, ..) = approve(&mut office, bob, false, false);
    office.world.go_online(new);
    office.world.settle();
    let view = office.world.clients[new].query(|tx| query::conversation(tx, &group)).expect("it is in the group");
    assert_eq!(view.title, "Office");
    office.the_direct_conversation_is_unharmed();
}
