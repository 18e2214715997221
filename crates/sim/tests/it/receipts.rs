//! What others are told of what came, and what the person is told is unread.

use crate::kit::{Office, send};
use chancery_core::{Command, api::MessageState, query};
use chancery_sim::ClientId;
use chancery_wire::{GroupId, MessageId};

/// Items in the log of a group.
fn items(office: &Office, group: &GroupId) -> usize {
    office.world.relay.logs().iter().find(|log| log.group == *group).unwrap().positions.len()
}

fn unread(office: &mut Office, client: ClientId, group: &GroupId) -> u64 {
    office.world.clients[client].query(|tx| query::conversation(tx, group)).unwrap().unread
}

fn say(office: &mut Office, count: usize) -> Vec<MessageId> {
    let (alice, direct) = (office.alice, office.direct.clone());
    (0..count).map(|n| send(&mut office.world, alice, &direct, &format!("message {n}"))).collect()
}

#[test]
fn who_catches_up_reports_once_and_counts_all_that_is_unread() {
    let mut office = Office::new(401);
    let (alice, bob, direct) = (office.alice, office.bob, office.direct.clone());
    office.world.go_offline(bob);
    let before = items(&office, &direct);
    let ids = say(&mut office, 1200);
    office.world.run_for(60_000);
    assert_eq!(items(&office, &direct), before + ids.len());
    office.world.go_online(bob);
    office.world.run_for(20_000);
    assert_eq!(items(&office, &direct), before + ids.len() + 1, "one report for all");
    let (_, newest) = office.world.clients[alice].query(|tx| query::message(tx, &ids[0])).unwrap();
    assert_eq!(newest.state, MessageState::Delivered);

    assert_eq!(unread(&mut office, bob, &direct), 1200);
    for (read, left) in [(9, 1190), (150, 1049), (1149, 50), (1199, 0)] {
        let up_to = Some(ids[read]);
        office.world.command(bob, Command::MarkRead { group: direct.clone(), up_to }).unwrap();
        assert_eq!(unread(&mut office, bob, &direct), left);
    }
}

#[test]
fn who_reads_along_reports_at_once_and_then_once_in_a_while() {
    let mut office = Office::new(402);
    let (alice, bob, direct) = (office.alice, office.bob, office.direct.clone());
    let before = items(&office, &direct);
    let first = say(&mut office, 1);
    office.world.run_for(800);
    let (_, shown) = office.world.clients[alice].query(|tx| query::message(tx, &first[0])).unwrap();
    assert_eq!(shown.state, MessageState::Delivered, "the first is reported at once");
    let mut last = first[0];
    for _ in 0..40 {
        last = say(&mut office, 1)[0];
        office.world.run_for(100);
    }
    office.world.run_for(5_000);
    let reports = items(&office, &direct) - before - 41;
    assert!((2..=7).contains(&reports), "{reports} reports in some five seconds");
    let (_, shown) = office.world.clients[alice].query(|tx| query::message(tx, &last)).unwrap();
    assert_eq!(shown.state, MessageState::Delivered);
    assert_eq!(unread(&mut office, bob, &direct), 41);
}
