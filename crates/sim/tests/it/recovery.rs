//! What goes wrong in the course of things, and how it comes right again.

use crate::kit::{Office, send, start, state, texts};
use chancery_core::{
    Command, CommandResult,
    api::{ConversationState, Draft, MessageState},
    query,
};
use chancery_mls::Role;
use chancery_sim::{ClientId, checkers};
use chancery_wire::{
    api::{Request, Response, devices::Claim},
    limits::KEY_PACKAGE_STOCK,
    signed::Suite,
};

const DAY_MS: u64 = 24 * 3600 * 1000;

fn set_admin(office: &mut Office, by: ClientId, whom: ClientId) {
    let (group, user) = (office.group.clone(), office.world.user(whom).unwrap());
    office.world.command(by, Command::SetRole { group, user, role: Role::Admin }).unwrap();
}

fn nothing_is_unsettled(office: &mut Office) {
    assert_eq!(checkers::unsettled(&mut office.world), [""; 0]);
}

#[test]
fn a_device_behind_the_horizon_says_so_and_goes_on_after_repair() {
    let mut office = Office::new(200);
    let (alice, bob) = (office.alice, office.bob);
    office.say(alice, "read by all");
    office.world.run_for(5_000);
    office.world.go_offline(bob);
    office.say(alice, "never read by bob");
    office.world.run_for(31 * DAY_MS);
    office.say(alice, "recent");
    office.world.run_for(5_000);
    let now_ms = office.world.now_ms;
    assert!(office.world.relay.prune(now_ms).unwrap() > 0);
    office.world.go_online(bob);
    office.world.run_for(5_000);
    assert_eq!(office.state(bob), ConversationState::Damaged);
    office.assert_warned(bob, "behind_horizon");
    let group = office.group.clone();
    assert_eq!(office.world.command(bob, Command::Repair { group, agreed: None }), Ok(CommandResult::Done));
    office.world.run_for(5_000);
    office.say(bob, "I am back");
    office.say(alice, "welcome back");
    office.world.run_for(5_000);
    let heard = office.texts(bob);
    assert_eq!(heard[0], "read by all");
    assert!(!heard.iter().any(|text| text == "never read by bob"));
    assert_eq!(heard[heard.len() - 2..], office.texts(alice)[office.texts(alice).len() - 2..]);
    nothing_is_unsettled(&mut office);
}

#[test]
fn a_commit_that_nobody_can_process_is_reported_by_all_and_repaired_by_each() {
    let mut office = Office::new(201);
    let (alice, bob, carol) = (office.alice, office.bob, office.carol);
    office.world.go_offline(bob);
    office.world.go_offline(carol);
    set_admin(&mut office, alice, carol);
    office.world.run_for(5_000);
    let db = office.world.relay.local().db();
    let (entry, mut body): (i64, Vec<u8>) = db
        .query_row(
            "SELECT entry_id, body FROM log JOIN entries ON entries.id = entry_id
             JOIN groups ON log.position >> 32 = groups.id WHERE gid = ? AND kind = 2
             ORDER BY log.position DESC LIMIT 1",
            [office.group.as_str()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    *body.last_mut().unwrap() ^= 1;
    assert_eq!(db.execute("UPDATE entries SET body = ? WHERE id = ?", (body, entry)), Ok(1));
    for client in [bob, carol] {
        office.world.go_online(client);
        office.world.run_for(5_000);
        assert_eq!(office.state(client), ConversationState::Damaged);
    }
    let reports: u32 =
        office.world.relay.local().db().query_row("SELECT count(*) FROM reports", (), |row| row.get(0)).unwrap();
    assert_eq!(reports, 2);
    for client in [bob, carol] {
        let group = office.group.clone();
        office.world.command(client, Command::Repair { group, agreed: None }).unwrap();
        office.world.run_for(5_000);
    }
    for client in [alice, bob, carol] {
        office.say(client, "here");
        office.world.run_for(5_000);
    }
    for client in [alice, bob, carol] {
        assert_eq!(office.texts(client), ["here"; 3]);
    }
    nothing_is_unsettled(&mut office);
}

#[test]
fn two_admins_who_change_the_group_at_once_both_get_their_way() {
    let mut office = Office::new(202);
    let (alice, bob, carol) = (office.alice, office.bob, office.carol);
    set_admin(&mut office, alice, bob);
    office.world.run_for(5_000);
    let dave = office.world.join("dave");
    let dave_id = office.world.user(dave).unwrap();
    let (group, carol_id) = (office.group.clone(), office.world.user(carol).unwrap());
    let role = Role::Reader;
    office.world.post(alice, Command::AddUsers { group: group.clone(), users: vec![dave_id] });
    office.world.post(bob, Command::SetRole { group: group.clone(), user: carol_id, role });
    office.world.run_for(180_000);
    for client in [alice, bob, carol, dave] {
        let members = office.world.clients[client].query(|tx| query::members(tx, &group));
        assert_eq!(members.len(), 4);
        assert!(members.iter().any(|member| member.user.local() == "carol" && member.role == role));
    }
    nothing_is_unsettled(&mut office);
}

#[test]
fn somebody_whose_key_packages_are_used_up_is_added_with_the_last_resort_one() {
    let mut office = Office::new(203);
    let (alice, bob) = (office.alice, office.bob);
    office.world.go_offline(bob);
    let users = vec![office.world.user(bob).unwrap()];
    for _ in 0..KEY_PACKAGE_STOCK + 5 {
        let body = Claim { suite: Suite::Classical, users: users.clone() };
        let Ok(Response::Claims(claims)) = office.world.ask(alice, Request::ClaimKeyPackages { body }) else {
            panic!()
        };
        assert!(claims.claimed[0].key_package.is_some());
    }
    let groups: Vec<_> = ["One", "Two"]
        .map(|name| {
            let command = Command::StartGroup { name: name.into(), users: users.clone(), purpose: String::new() };
            let group = start(&mut office.world, alice, command);
            send(&mut office.world, alice, &group, name);
            office.world.run_for(5_000);
            (group, name)
        })
        .into();
    office.world.go_online(bob);
    office.world.run_for(180_000);
    for (group, name) in groups {
        assert_eq!(texts(&mut office.world, bob, &group), [name]);
    }
    nothing_is_unsettled(&mut office);
}

#[test]
fn a_removed_device_reads_nothing_more_though_its_owner_is_gone_too() {
    let mut office = Office::new(204);
    let (alice, bob) = (office.alice, office.bob);
    let tablet = office.world.link(alice, "alice's tablet");
    office.world.run_for(180_000);
    office.say(alice, "all read this");
    office.world.run_for(5_000);
    assert_eq!(office.texts(tablet), ["all read this"]);
    let device = office.world.clients[tablet].query(query::account).unwrap().device;
    office.world.command(alice, Command::RemoveDevice { device }).unwrap();
    office.world.go_offline(alice);
    office.say(bob, "not for the tablet");
    office.world.run_for(30_000);
    assert!(office.world.clients[tablet].query(query::is_revoked));
    assert_eq!(office.texts(tablet), ["all read this"]);
    assert_eq!(office.texts(office.carol), ["all read this", "not for the tablet"]);
    let group = office.group.clone();
    let members = office.world.clients[bob].query(|tx| query::members(tx, &group));
    assert!(members.iter().all(|member| member.devices == 1), "a member has committed the removal");
    office.world.go_online(alice);
    office.world.run_for(30_000);
    nothing_is_unsettled(&mut office);
}

#[test]
fn a_device_removed_while_its_history_waits_gets_none() {
    let mut office = Office::new(214);
    let alice = office.alice;
    office.say(alice, "for alice's own devices");
    office.world.run_for(5_000);
    let tablet = office.world.add_client("alice's tablet");
    let start = Command::StartLink { relay: chancery_sim::organisation::RELAY.into(), label: "tablet".into() };
    let Ok(CommandResult::LinkStarted { link, .. }) = office.world.command(tablet, start) else { panic!() };
    // It is registered, and stays out of every group: nothing of the history has come yet.
    office.world.tamper_answer = Some(Box::new(|_, request, answer| match request {
        Request::ClaimKeyPackages { .. } => Err(chancery_wire::Refusal::rate_limited(10)),
        _ => answer,
    }));
    office.world.command(alice, Command::ApproveLink { link, history: true }).unwrap();
    office.world.run_for(10_000);
    let device = office.world.clients[tablet].query(query::account).expect("linked").device;
    assert!(office.texts(tablet).is_empty());
    office.world.command(alice, Command::RemoveDevice { device }).unwrap();
    office.world.tamper_answer = None;
    office.world.run_for(300_000);
    assert!(office.texts(tablet).is_empty());
    assert_eq!(office.world.clients[alice].query(query::waiting), 0);
    nothing_is_unsettled(&mut office);
}

#[test]
fn the_last_admin_who_leaves_has_a_successor() {
    let mut office = Office::new(205);
    let (alice, bob, carol) = (office.alice, office.bob, office.carol);
    let group = office.group.clone();
    office.world.command(alice, Command::Leave { group: group.clone() }).unwrap();
    office.world.settle();
    assert_eq!(office.state(alice), ConversationState::Left);
    let members = office.world.clients[carol].query(|tx| query::members(tx, &group));
    let roles: Vec<_> = members.iter().map(|member| (member.user.local().to_owned(), member.role)).collect();
    assert_eq!(roles, [("bob".to_owned(), Role::Admin), ("carol".to_owned(), Role::Member)]);
    office.world.command(bob, Command::Rename { group, name: "Bob's".into() }).unwrap();
    office.say(bob, "carry on");
    office.world.run_for(5_000);
    assert_eq!(office.texts(carol), ["carry on"]);
    assert!(office.texts(alice).is_empty());
    assert!(office.world.conversation(carol, "Bob's").is_some());
    nothing_is_unsettled(&mut office);
}

#[test]
fn who_leaves_while_nobody_else_is_there_has_left_at_once() {
    let mut office = Office::new(209);
    let (alice, bob, carol) = (office.alice, office.bob, office.carol);
    let group = office.group.clone();
    office.world.go_offline(bob);
    office.world.go_offline(carol);
    office.world.command(alice, Command::Leave { group: group.clone() }).unwrap();
    office.world.run_for(60_000);
    assert_eq!(office.state(alice), ConversationState::Left);
    office.world.go_online(bob);
    office.world.go_online(carol);
    office.world.settle();
    let members = office.world.clients[carol].query(|tx| query::members(tx, &group));
    assert_eq!(members.len(), 2);
    assert_eq!(office.state(alice), ConversationState::Left);
    nothing_is_unsettled(&mut office);
}

#[test]
fn everybody_may_leave_at_once_and_nothing_waits() {
    let mut office = Office::new(206);
    let all = [office.alice, office.bob, office.carol];
    let group = office.group.clone();
    let bye = office.say(office.bob, "bye");
    for client in all {
        office.world.post(client, Command::Leave { group: group.clone() });
    }
    office.world.run_for(180_000);
    for client in all {
        assert_eq!(office.state(client), ConversationState::Left, "{}", office.world.clients[client].name);
    }
    let (_, message) = office.world.clients[office.bob].query(|tx| query::message(tx, &bye)).unwrap();
    assert_eq!(message.state, MessageState::Sent);
    nothing_is_unsettled(&mut office);
}

#[test]
fn the_last_one_leaves_with_all_devices() {
    let mut office = Office::new(207);
    let alice = office.alice;
    let tablet = office.world.link(alice, "alice's tablet");
    let command = Command::StartGroup { name: "Alone".into(), users: Vec::new(), purpose: String::new() };
    let group = start(&mut office.world, alice, command);
    office.world.run_for(180_000);
    assert_eq!(state(&mut office.world, tablet, &group), ConversationState::Active);
    office.world.command(alice, Command::Leave { group: group.clone() }).unwrap();
    office.world.run_for(30_000);
    assert_eq!(state(&mut office.world, alice, &group), ConversationState::Left);
    assert_eq!(state(&mut office.world, tablet, &group), ConversationState::Removed);
    nothing_is_unsettled(&mut office);
}

#[test]
fn a_leave_that_loses_the_race_for_its_epoch_damages_nothing() {
    let mut office = Office::new(208);
    let (alice, bob, carol) = (office.alice, office.bob, office.carol);
    let group = office.group.clone();
    let dave = office.world.join("dave");
    let dave_id = office.world.user(dave).unwrap();
    office.world.command(alice, Command::AddUsers { group: group.clone(), users: vec![dave_id] }).unwrap();
    // Carol's proposal is of the epoch that Alice's commit ends.
    office.world.run_for(3);
    office.world.post(carol, Command::Leave { group: group.clone() });
    office.world.run_for(180_000);
    assert_eq!(office.state(carol), ConversationState::Left);
    for client in [alice, bob, dave] {
        assert_eq!(office.state(client), ConversationState::Active);
        assert!(!office.warnings(client).iter().any(|code| code == "damaged"));
    }
    nothing_is_unsettled(&mut office);
}

#[test]
fn a_message_under_way_when_somebody_is_added_is_read_by_the_new_member_when_its_writer_says_so() {
    let mut office = Office::new(209);
    let (alice, bob) = (office.alice, office.bob);
    let dave = office.world.join("dave");
    let (group, user) = (office.group.clone(), office.world.user(dave).unwrap());
    // Bob doesn't know yet that Dave was added; the relay has ordered the addition first.
    office.rewrite_items(bob, |_| Vec::new());
    office.world.command(alice, Command::AddUsers { group, users: vec![user] }).unwrap();
    office.world.run_for(5_000);
    let message = office.say(bob, "hello");
    office.world.run_for(5_000);
    office.honest_again(bob);
    office.world.settle();
    assert_eq!(office.warnings(bob), ["message_held"]);
    office.world.command(bob, Command::Resend { message }).unwrap();
    office.world.run_for(5_000);
    for client in [alice, bob, office.carol, dave] {
        assert_eq!(office.texts(client), ["hello"], "{}", office.world.clients[client].name);
    }
    for client in [alice, office.carol, dave] {
        assert!(office.warnings(client).is_empty());
    }
}

#[test]
fn somebody_removed_and_added_while_away_accuses_nobody() {
    let mut office = Office::new(210);
    let (alice, bob) = (office.alice, office.bob);
    let (group, user) = (office.group.clone(), office.world.user(bob).unwrap());
    office.world.go_offline(bob);
    office.world.command(alice, Command::RemoveUsers { group: group.clone(), users: vec![user.clone()] }).unwrap();
    office.world.run_for(5_000);
    office.say(alice, "without bob");
    office.world.run_for(5_000);
    office.world.command(alice, Command::AddUsers { group, users: vec![user] }).unwrap();
    office.world.run_for(5_000);
    office.say(alice, "with bob");
    office.world.run_for(5_000);
    office.world.go_online(bob);
    office.world.run_for(180_000);
    assert_eq!(office.texts(bob), ["with bob"]);
    assert!(office.warnings(bob).is_empty(), "{:?}", office.warnings(bob));
    nothing_is_unsettled(&mut office);
}

#[test]
fn a_group_made_before_somebody_linked_a_device_gets_that_device_too() {
    let mut office = Office::new(211);
    let (alice, bob) = (office.alice, office.bob);
    // Alice's group waits on her device, with Bob's key packages of this moment.
    let user = office.world.user(bob).unwrap();
    let command = Command::StartGroup { name: "Early".into(), users: vec![user], purpose: String::new() };
    let group = start(&mut office.world, alice, command);
    office.world.go_offline(alice);
    office.world.run_for(5_000);
    let tablet = office.world.link(bob, "bob's tablet");
    office.world.go_online(alice);
    office.world.run_for(180_000);
    assert_eq!(state(&mut office.world, tablet, &group), ConversationState::Active);
    nothing_is_unsettled(&mut office);
}

#[test]
fn somebody_added_again_learns_the_present_name_whoever_adds() {
    let mut office = Office::new(212);
    let (alice, bob) = (office.alice, office.bob);
    let (group, user) = (office.group.clone(), office.world.user(bob).unwrap());
    let users = vec![user];
    office.world.command(alice, Command::RemoveUsers { group: group.clone(), users: users.clone() }).unwrap();
    office.world.settle();
    office.world.command(alice, Command::Rename { group: group.clone(), name: "Later".into() }).unwrap();
    office.world.settle();
    // Alice adds Bob, and is no admin any more by the time she tells him the name.
    let carol = office.carol;
    set_admin(&mut office, alice, carol);
    office.world.settle();
    office.rewrite_items(alice, |_| Vec::new());
    office.world.post(alice, Command::AddUsers { group: group.clone(), users });
    office.world.run_for(5_000);
    let alice_id = office.world.user(alice).unwrap();
    let demote = Command::SetRole { group: group.clone(), user: alice_id, role: Role::Member };
    office.world.command(carol, demote).unwrap();
    office.world.run_for(5_000);
    office.honest_again(alice);
    office.world.run_for(180_000);
    for client in [alice, bob, carol] {
        assert_eq!(office.world.conversation(client, "Later"), Some(group.clone()));
    }
    nothing_is_unsettled(&mut office);
}

#[test]
fn a_device_linked_while_a_group_was_damaged_comes_in_after_the_repair() {
    let mut office = Office::new(213);
    let (alice, bob) = (office.alice, office.bob);
    office.world.go_offline(bob);
    office.say(alice, "never read by bob");
    office.world.run_for(31 * DAY_MS);
    office.say(alice, "recent");
    office.world.run_for(5_000);
    let now_ms = office.world.now_ms;
    office.world.relay.prune(now_ms).unwrap();
    office.world.go_online(bob);
    office.world.run_for(5_000);
    assert_eq!(office.state(bob), ConversationState::Damaged);
    let tablet = office.world.link(bob, "bob's tablet");
    office.world.run_for(120_000);
    let group = office.group.clone();
    office.world.command(bob, Command::Repair { group, agreed: None }).unwrap();
    office.world.run_for(180_000);
    assert_eq!(office.state(tablet), ConversationState::Active);
    nothing_is_unsettled(&mut office);
}

#[test]
fn who_left_without_seeing_it_and_is_added_again_can_send() {
    let mut office = Office::new(215);
    let (alice, bob, carol) = (office.alice, office.bob, office.carol);
    let (group, user) = (office.group.clone(), office.world.user(bob).unwrap());
    // The relay takes Bob's leave, but he never hears of it.
    office.world.tamper_answer = Some(Box::new(|_, request, answer| match request {
        Request::Append { .. } => Err(chancery_wire::Refusal::rate_limited(60)),
        _ => answer,
    }));
    office.rewrite_items(bob, |_| Vec::new());
    office.world.post(bob, Command::Leave { group: group.clone() });
    office.world.run_for(1_000);
    office.world.go_offline(bob);
    office.world.tamper_answer = None;
    office.world.run_for(120_000);
    office.honest_again(bob);
    office.world.command(alice, Command::AddUsers { group, users: vec![user] }).unwrap();
    office.world.run_for(5_000);
    office.world.go_online(bob);
    office.world.run_for(120_000);
    assert_eq!(office.state(bob), ConversationState::Active);
    office.say(bob, "back again");
    office.world.run_for(5_000);
    for client in [alice, bob, carol] {
        assert_eq!(office.texts(client), ["back again"]);
    }
    nothing_is_unsettled(&mut office);
}

#[test]
fn a_conversation_entered_after_the_history_was_handed_over_follows() {
    let mut office = Office::new(216);
    let (alice, carol) = (office.alice, office.carol);
    let tablet = office.world.link(alice, "alice's tablet");
    let device = office.world.clients[tablet].query(query::account).unwrap().device;
    // Carol starts a conversation as if she didn't know of the tablet yet.
    office.world.tamper_answer = Some(Box::new(move |client, _, answer| {
        answer.map(|response| match response {
            Response::Claims(mut claims) if client == carol => {
                claims.claimed.retain(|claimed| claimed.device != device);
                Response::Claims(claims)
            }
            response => response,
        })
    }));
    let user = office.world.user(alice).unwrap();
    let direct = start(&mut office.world, carol, Command::StartDirect { user });
    send(&mut office.world, carol, &direct, "before the tablet came in");
    office.world.run_for(2_000);
    office.world.tamper_answer = None;
    office.world.run_for(180_000);
    send(&mut office.world, carol, &direct, "to both");
    office.world.run_for(5_000);
    assert_eq!(texts(&mut office.world, tablet, &direct), ["before the tablet came in", "to both"]);
    nothing_is_unsettled(&mut office);
}

#[test]
fn when_who_adds_somebody_goes_before_telling_the_name_another_tells_it() {
    let mut office = Office::new(217);
    let (alice, carol) = (office.alice, office.carol);
    set_admin(&mut office, alice, carol);
    let dave = office.world.join("dave");
    office.world.settle();
    let (group, users) = (office.group.clone(), vec![office.world.user(dave).unwrap()]);
    office.rewrite_items(alice, |_| Vec::new());
    office.world.post(alice, Command::AddUsers { group: group.clone(), users });
    office.world.run_for(5_000);
    let users = vec![office.world.user(alice).unwrap()];
    office.world.command(carol, Command::RemoveUsers { group: group.clone(), users }).unwrap();
    office.world.run_for(5_000);
    assert_eq!(office.world.conversation(dave, "Office"), Some(group));
    office.honest_again(alice);
    office.world.run_for(120_000);
    nothing_is_unsettled(&mut office);
}

#[test]
fn who_is_added_again_and_left_alone_keeps_the_name_on_all_devices() {
    let mut office = Office::new(218);
    let (alice, bob) = (office.alice, office.bob);
    let user = office.world.user(bob).unwrap();
    let command = Command::StartGroup { name: "Pair".into(), users: vec![user.clone()], purpose: String::new() };
    let group = start(&mut office.world, alice, command);
    office.world.run_for(180_000);
    office.world.command(alice, Command::RemoveUsers { group: group.clone(), users: vec![user.clone()] }).unwrap();
    office.world.run_for(5_000);
    // The tablet knows the name from the history.
    let tablet = office.world.link(bob, "bob's tablet");
    office.world.run_for(120_000);
    office.world.post(alice, Command::AddUsers { group: group.clone(), users: vec![user] });
    office.world.post(alice, Command::Leave { group: group.clone() });
    office.world.run_for(180_000);
    for client in [bob, tablet] {
        assert_eq!(state(&mut office.world, client, &group), ConversationState::Active);
        assert_eq!(office.world.conversation(client, "Pair"), Some(group.clone()));
    }
    nothing_is_unsettled(&mut office);
}

#[test]
fn what_was_written_before_leaving_is_sent_first_and_nothing_is_written_after() {
    let mut office = Office::new(220);
    let (alice, bob) = (office.alice, office.bob);
    office.world.go_offline(bob);
    for n in 0..40 {
        office.say(bob, &format!("last words {n}"));
    }
    let group = office.group.clone();
    office.world.post(bob, Command::Leave { group: group.clone() });
    let draft = Draft::Text { text: "too late".into(), reply_to: None };
    assert_eq!(office.world.command(bob, Command::Send { group, draft }).unwrap_err().code, "not_member");
    office.world.go_online(bob);
    office.world.run_for(120_000);
    assert_eq!(office.state(bob), ConversationState::Left);
    let heard = office.texts(alice);
    assert_eq!(heard.iter().filter(|text| text.starts_with("last words")).count(), 40, "{heard:?}");
    nothing_is_unsettled(&mut office);
}

#[test]
fn a_repair_of_what_one_was_removed_from_unseen_ends_it_and_a_member_can_add_one_again() {
    let mut office = Office::new(219);
    let (alice, bob) = (office.alice, office.bob);
    office.say(alice, "read by all");
    office.world.run_for(5_000);
    office.world.go_offline(bob);
    office.say(alice, "never read by bob");
    office.world.run_for(31 * DAY_MS);
    let now_ms = office.world.now_ms;
    assert!(office.world.relay.prune(now_ms).unwrap() > 0);
    office.world.go_online(bob);
    office.world.run_for(5_000);
    assert_eq!(office.state(bob), ConversationState::Damaged);
    let (group, users) = (office.group.clone(), vec![office.world.user(bob).unwrap()]);
    office.world.command(alice, Command::RemoveUsers { group: group.clone(), users: users.clone() }).unwrap();
    office.world.run_for(5_000);
    // The relay's word alone ends nothing; a person's wish to go on does.
    assert_eq!(office.state(bob), ConversationState::Damaged);
    assert_eq!(
        office.world.command(bob, Command::Repair { group: group.clone(), agreed: None }).unwrap_err().code,
        "not_member"
    );
    assert_eq!(office.state(bob), ConversationState::Removed);
    office.world.command(alice, Command::AddUsers { group, users }).unwrap();
    office.world.run_for(5_000);
    office.say(alice, "welcome back");
    office.world.run_for(5_000);
    assert_eq!(office.state(bob), ConversationState::Active);
    assert_eq!(office.texts(bob).last().map(String::as_str), Some("welcome back"));
    nothing_is_unsettled(&mut office);
}
