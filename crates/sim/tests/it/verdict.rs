//! One verdict, everywhere, for ever: what a log item is worth depends on the log, not on the reader's clock or on when it is read; and
//! certificates are renewed in time by the devices themselves.

use crate::kit::{Office, send, start, state, texts, warnings};
use chancery_core::{
    Command, CommandResult, Event, Table,
    api::{ConversationState, PersonView},
    query,
    storage::Order,
};
use chancery_sim::{ClientId, World, checkers};
use chancery_wire::{
    GroupId,
    api::{Request, Response, devices::AddDevice, organisation::Publish},
    frames::LogItem,
    refusal::Code,
    signed::{Credential, DeviceCertificate, Manifest, Signed, Unverified},
};

const HOUR_MS: u64 = 3600 * 1000;
const DAY_MS: u64 = 24 * HOUR_MS;
const YEAR_MS: i64 = 365 * DAY_MS as i64;

fn certificate(world: &mut World, client: ClientId) -> (Vec<u8>, DeviceCertificate) {
    let device = world.clients[client].query(query::account).unwrap().device;
    let Ok(Response::Devices(devices)) = world.ask(client, Request::ListDevices {}) else { panic!() };
    devices
        .devices
        .into_iter()
        .map(|listed| {
            let credential = Credential::from_slice(&listed.credential.0).unwrap();
            let certificate = Unverified::<DeviceCertificate>::parse(&credential.device).unwrap();
            (listed.credential.0, certificate.peek().clone())
        })
        .find(|(_, certificate)| certificate.device == device)
        .unwrap()
}

#[test]
fn a_clock_that_is_wrong_by_days_or_years_stops_no_reader() {
    for (seed, offset_ms) in
        [(500, 2 * DAY_MS as i64), (501, -2 * DAY_MS as i64), (502, 10 * YEAR_MS), (503, -10 * YEAR_MS)]
    {
        let mut office = Office::new(seed);
        let (alice, bob) = (office.alice, office.bob);
        office.reconnect(bob);
        office.world.clients[bob].clock_offset_ms = offset_ms;
        // A device comes in: its certificate is of today, which isn't Bob's.
        let tablet = office.world.link(alice, "alice's tablet");
        office.say(tablet, "a new device");
        office.world.run_for(120_000);
        assert_eq!(office.state(bob), ConversationState::Active, "off by {offset_ms} ms");
        assert_eq!(office.texts(bob), ["a new device"]);
        office.reconnect(bob);
        office.say(bob, "what day is it?");
        office.world.run_for(5_000);
        assert_eq!(office.texts(tablet), ["a new device", "what day is it?"]);
        let alarms = ["damaged", "untrusted_device", "history_mismatch", "forged_sender", "log_time"];
        assert!(office.warnings(bob).iter().all(|code| !alarms.contains(&code.as_str())), "{:?}", office.warnings(bob));
        office.world.clients[bob].clock_offset_ms = 0;
        office.reconnect(bob);
        office.the_direct_conversation_is_unharmed();
    }
}

#[test]
fn what_a_device_did_before_its_certificate_ended_is_read_by_who_was_on_holiday() {
    let mut office = Office::new(504);
    let (alice, bob, carol) = (office.alice, office.bob, office.carol);
    // Alice's device never renews: the relay doesn't get what it sends.
    let of_alice = certificate(&mut office.world, alice).1;
    office.world.tamper_answer = Some(Box::new(move |client, request, answer| match request {
        Request::AddDevice { .. } if client == alice => Err(Code::Draining.into()),
        _ => answer,
    }));
    let until_ms = of_alice.expires_at * 1000 - office.world.now_ms - 3 * HOUR_MS;
    for client in [alice, bob, carol] {
        office.world.go_offline(client);
    }
    office.world.run_for(until_ms);
    office.world.go_online(alice);
    office.world.go_online(carol);
    office.world.run_for(5_000);
    let (group, user) = (office.group.clone(), office.world.user(carol).unwrap());
    office.world.command(alice, Command::SetRole { group, user, role: chancery_mls::Role::Admin }).unwrap();
    office.say(alice, "my last change");
    office.world.run_for(60_000);
    office.world.go_offline(alice);
    office.world.run_for(20 * DAY_MS);
    office.world.go_online(bob);
    office.world.run_for(60_000);
    for client in [bob, carol] {
        assert_eq!(office.state(client), ConversationState::Active);
        assert_eq!(office.texts(client), ["my last change"]);
    }
}

#[test]
fn a_certificate_is_renewed_in_good_time_and_the_former_one_never_comes_back() {
    let mut office = Office::new(505);
    let alice = office.alice;
    let (former, first) = certificate(&mut office.world, alice);
    for client in [alice, office.bob, office.carol] {
        office.world.go_offline(client);
    }
    office.world.run_for(361 * DAY_MS);
    for client in [alice, office.bob, office.carol] {
        office.world.go_online(client);
    }
    office.world.run_for(HOUR_MS);
    assert_eq!(certificate(&mut office.world, alice).1, first, "not before it is time");
    // The connection stays open: it is renewed all the same.
    office.world.run_for(5 * DAY_MS);
    let (_, second) = certificate(&mut office.world, alice);
    assert!(second.issued_at > first.issued_at && second.key == first.key && second.device == first.device);
    assert!(second.expires_at * 1000 > office.world.now_ms + 700 * DAY_MS);
    // It is carried into each group, each at a time of its own.
    let (device, groups) = (second.device, [office.group.clone(), office.direct.clone()]);
    let commits = |office: &mut Office, group: &GroupId| -> Vec<u64> {
        let db = office.world.relay.local().db();
        let mut statement = db
            .prepare(
                "SELECT at_ms FROM log JOIN groups ON log.position >> 32 = groups.id
                 JOIN devices ON devices.id = log.device_id WHERE gid = ? AND kind = 2 AND device = ? AND at_ms > ?",
            )
            .unwrap();
        let since = office.world.now_ms - 100 * DAY_MS;
        let times = statement.query_map((group.as_str(), device.0, since), |row| row.get(0)).unwrap();
        times.collect::<Result<_, _>>().unwrap()
    };
    office.world.run_for(31 * DAY_MS);
    let times = groups.map(|group| commits(&mut office, &group));
    assert!(times.iter().all(|times| times.len() == 1), "{times:?}");
    assert!(times[0][0].abs_diff(times[1][0]) > HOUR_MS, "{times:?}");
    // Whoever kept the former certificate sends it again; no session is needed.
    let body = AddDevice { credential: former.into(), key_packages: Default::default() };
    let refused = office.world.ask(alice, Request::AddDevice { body }).unwrap_err();
    assert!(matches!(refused.code, Code::StaleVersion | Code::CertificateExpired), "{refused:?}");
    assert_eq!(certificate(&mut office.world, alice).1.issued_at, second.issued_at);
    office.say(alice, "still me");
    office.world.run_for(5_000);
    assert_eq!(office.texts(office.bob), ["still me"]);
    assert_eq!(office.warnings(office.bob), [""; 0]);
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn a_device_that_slept_past_its_certificate_renews_it_before_it_changes_anything() {
    let mut office = Office::new(506);
    let (alice, bob, carol) = (office.alice, office.bob, office.carol);
    for client in [alice, bob, carol] {
        office.world.go_offline(client);
    }
    office.world.run_for(3 * YEAR_MS as u64);
    // Carol leaves: somebody whose certificate is over has to commit it.
    let group = office.group.clone();
    office.world.go_online(carol);
    office.world.run_for(5_000);
    office.world.command(carol, Command::Leave { group: group.clone() }).unwrap();
    office.world.run_for(60_000);
    office.world.go_online(alice);
    office.world.go_online(bob);
    office.world.run_for(120_000);
    office.say(bob, "she is gone");
    office.world.run_for(5_000);
    assert_eq!(office.texts(alice), ["she is gone"]);
    let members = office.world.clients[alice].query(|tx| query::members(tx, &group));
    assert_eq!(members.len(), 2);
    // A new conversation, with everybody's key packages three years old until just now.
    let user = office.world.user(carol).unwrap();
    let direct = start(&mut office.world, bob, Command::StartDirect { user });
    send(&mut office.world, bob, &direct, "good bye");
    office.world.run_for(60_000);
    assert_eq!(texts(&mut office.world, carol, &direct), ["good bye"]);
    for client in [alice, bob, carol] {
        assert_eq!(warnings(&office.world, client), [""; 0]);
        assert!(
            !office.world.clients[client].events.iter().any(|event| matches!(event, Event::OperationFailed { .. }))
        );
    }
}

#[test]
fn a_device_whose_clock_keeps_it_from_renewing_says_what_to_do_and_does_it_once_the_clock_is_right() {
    let mut office = Office::new(507);
    let (alice, bob, carol) = (office.alice, office.bob, office.carol);
    for client in [alice, bob, carol] {
        office.world.go_offline(client);
    }
    office.world.run_for(3 * YEAR_MS as u64);
    // Bob's battery was empty: his device believes that it is 2016. Only he is there to commit that Carol leaves.
    office.world.clients[bob].clock_offset_ms = -13 * YEAR_MS;
    office.world.go_online(carol);
    office.world.go_online(bob);
    office.world.run_for(60_000);
    let group = office.group.clone();
    office.world.command(carol, Command::Leave { group: group.clone() }).unwrap();
    office.world.run_for(HOUR_MS);
    office.assert_warned(bob, "certificate_not_renewed");
    assert_eq!(office.state(bob), ConversationState::Active);
    assert_eq!(office.world.clients[bob].query(|tx| query::members(tx, &group)).len(), 3);
    let user = office.world.user(carol).unwrap();
    let refused = office.world.command(bob, Command::StartDirect { user }).unwrap_err();
    assert!(refused.message.contains("check the clock"), "{refused:?}");
    office.world.clients[bob].clock_offset_ms = 0;
    office.reconnect(bob);
    let (_, renewed) = certificate(&mut office.world, bob);
    assert!(renewed.issued_at * 1000 + DAY_MS > office.world.now_ms);
    office.say(bob, "now it works");
    office.world.run_for(20 * 60_000);
    assert_eq!(office.world.clients[bob].query(|tx| query::members(tx, &group)).len(), 2);
    office.world.go_online(alice);
    office.world.run_for(60_000);
    assert_eq!(office.texts(alice), ["now it works"]);
    assert!(office.warnings(bob).iter().all(|code| code == "certificate_not_renewed"), "{:?}", office.warnings(bob));
}

#[test]
fn a_relay_that_states_another_time_for_an_item_is_noticed() {
    for (seed, shift_ms) in [(508, 60_000), (509, 1)] {
        let mut office = Office::new(seed);
        let (alice, bob, carol) = (office.alice, office.bob, office.carol);
        office.rewrite_items(bob, move |items| {
            items.into_iter().map(|item| LogItem { at_ms: item.at_ms + shift_ms, ..item }).collect()
        });
        office.say(alice, "when was this?");
        office.world.run_for(5_000);
        office.world.tamper_frame = None;
        office.say(carol, "just now");
        office.world.run_for(5_000);
        office.assert_warned(bob, "history_mismatch");
        assert_eq!(office.texts(bob), ["when was this?", "just now"]);
        office.the_direct_conversation_is_unharmed();
    }
}

#[test]
fn a_time_of_the_log_that_falls_by_days_is_told_and_stops_nothing() {
    let mut office = Office::new(510);
    let (alice, bob) = (office.alice, office.bob);
    office.say(alice, "first");
    office.world.run_for(5_000);
    office.rewrite_items(bob, |items| {
        items.into_iter().map(|item| LogItem { at_ms: item.at_ms - 3 * DAY_MS, ..item }).collect()
    });
    office.say(alice, "second");
    office.world.run_for(5_000);
    office.assert_warned(bob, "log_time");
    assert_eq!(office.texts(bob), ["first", "second"]);
    assert_eq!(office.state(bob), ConversationState::Active);
    office.the_direct_conversation_is_unharmed();
}

#[test]
fn private_halves_of_former_key_packages_are_deleted() {
    let mut office = Office::new(512);
    let (alice, bob) = (office.alice, office.bob);
    let stored = |office: &mut Office| {
        let prefix = chancery_mls::StoredKeyPackage::key_prefix();
        let mut keys: Vec<Vec<u8>> = office.world.clients[bob]
            .query(|tx| {
                let from = std::ops::Bound::Included(&prefix[..]);
                tx.scan(Table::Mls, from, std::ops::Bound::Unbounded, Order::Ascending, 1000)
            })
            .into_iter()
            .map(|(key, _)| key)
            .filter(|key| key.starts_with(&prefix))
            .collect();
        keys.sort();
        keys
    };
    let first = stored(&mut office);
    assert!(first.len() >= 40, "{}", first.len());
    let days = |office: &mut Office, days: u64| {
        for _ in 0..days {
            office.world.run_for(DAY_MS);
        }
        office.say(alice, "so late already");
        office.world.run_for(2 * DAY_MS);
    };
    // They have ended, and new ones are at the relay; but a Welcome may wait for as long as the relay keeps it.
    days(&mut office, 100);
    let second = stored(&mut office);
    assert!(first.iter().all(|key| second.contains(key)) && second.len() > first.len());
    days(&mut office, 21);
    let third = stored(&mut office);
    assert!(!first.iter().any(|key| third.contains(key)), "last-resort ones too: 30 days after their successors");
    assert!(third.len() >= 40);
    // A clock that is ahead by years deletes nothing.
    office.world.clients[bob].clock_offset_ms = 10 * YEAR_MS;
    office.reconnect(bob);
    assert!(third.iter().all(|key| stored(&mut office).contains(key)));
    office.world.clients[bob].clock_offset_ms = 0;
    office.reconnect(bob);
    let dave = office.world.join("dave");
    let user = office.world.user(bob).unwrap();
    let direct = start(&mut office.world, dave, Command::StartDirect { user });
    send(&mut office.world, dave, &direct, "hello");
    office.world.run_for(60_000);
    assert_eq!(texts(&mut office.world, bob, &direct), ["hello"]);
}

/// Everybody awake comes online for a while; who had to be repaired is.
fn meet(office: &mut Office, awake: &[ClientId]) {
    for client in 0..office.world.clients.len() {
        if awake.contains(&client) { office.world.go_online(client) } else { office.world.go_offline(client) }
    }
    office.world.run_for(60_000);
    for client in awake {
        let damaged = office.world.clients[*client].query(query::conversations);
        for conversation in damaged.into_iter().filter(|view| view.state == ConversationState::Damaged) {
            // Who slept longer than the relay keeps the log is told, and asks for it.
            office.assert_warned(*client, "behind_horizon");
            let repaired = office.world.command(*client, Command::Repair { group: conversation.group, agreed: None });
            assert_eq!(repaired, Ok(CommandResult::Done), "{}", office.world.clients[*client].name);
            office.world.run_for(5_000);
        }
    }
    office.world.run_for(HOUR_MS);
}

#[test]
fn an_organisation_lives_for_five_years_and_nothing_stops_while_devices_sleep_for_months() {
    const ROUND_DAYS: u64 = 25;
    let mut office = Office::new(511);
    let (alice, bob, carol) = (office.alice, office.bob, office.carol);
    let tablet = office.world.link(alice, "alice's tablet");
    let everybody = [alice, bob, carol, tablet];
    let is_awake = |client: ClientId, round: u64| match client {
        // Seven months; then longer than a certificate holds.
        _ if client == bob => !(4..12).contains(&round) && !(24..56).contains(&round),
        // It wakes in time for the Welcomes that wait for it.
        _ if client == tablet => round.is_multiple_of(8) || round % 12 == 2,
        _ => true,
    };
    let mut started = Vec::new();
    for round in 0..5 * 365 / ROUND_DAYS {
        let awake: Vec<_> = everybody.into_iter().filter(|client| is_awake(*client, round)).collect();
        meet(&mut office, &awake);
        let text = format!("round {round}");
        office.say(alice, &text);
        office.world.run_for(10_000);
        for client in &awake {
            assert_eq!(office.texts(*client).last(), Some(&text), "{}", office.world.clients[*client].name);
            assert_eq!(office.state(*client), ConversationState::Active);
        }
        // Groups change, and new conversations begin, all the time.
        let (group, user) = (office.group.clone(), office.world.user(carol).unwrap());
        let role = if round.is_multiple_of(2) { chancery_mls::Role::Reader } else { chancery_mls::Role::Member };
        office.world.command(alice, Command::SetRole { group, user: user.clone(), role }).unwrap();
        if round % 12 == 1 {
            let name = format!("Group {round}");
            let users = vec![user, office.world.user(alice).unwrap()];
            let by = if awake.contains(&bob) { bob } else { carol };
            let group = start(&mut office.world, by, Command::StartGroup { name, users, purpose: String::new() });
            started.push((by, group));
        }
        office.world.run_for(120_000);
        let now_ms = office.world.now_ms;
        office.world.relay.prune(now_ms).unwrap();
        for client in everybody {
            office.world.go_offline(client);
        }
        office.world.run_for(ROUND_DAYS * DAY_MS - 2 * HOUR_MS);
    }
    meet(&mut office, &everybody);
    for (by, group) in &started {
        send(&mut office.world, *by, group, "still here");
        office.world.run_for(60_000);
        for client in [alice, carol] {
            assert_eq!(state(&mut office.world, client, group), ConversationState::Active);
            assert_eq!(texts(&mut office.world, client, group).last().map(String::as_str), Some("still here"));
        }
    }
    for client in everybody {
        let (_, certificate) = certificate(&mut office.world, client);
        assert!(certificate.expires_at * 1000 > office.world.now_ms, "{}", office.world.clients[client].name);
        let false_alarms =
            ["untrusted_device", "damaged", "history_mismatch", "forged_sender", "certificate_not_renewed"];
        let codes = office.warnings(client);
        assert!(codes.iter().all(|code| !false_alarms.contains(&code.as_str())), "{codes:?}");
    }
    assert_eq!(checkers::unsettled(&mut office.world), [""; 0]);
    let found = office.world.command(bob, Command::FindUsers { query: "carol".into() });
    let Ok(CommandResult::People { people }) = found else { panic!("{found:?}") };
    assert!(matches!(&people[..], [PersonView { .. }]));
}

#[test]
fn who_was_away_when_an_enrolment_key_was_added_reads_of_whom_it_invited() {
    // Seeds give the organisation's keys and the log every order of arrival.
    for seed in 511..517 {
        an_enrolment_key_is_added_while_carol_is_away(seed);
    }
}

fn an_enrolment_key_is_added_while_carol_is_away(seed: u64) {
    let mut office = Office::new(seed);
    let (alice, bob, carol, group) = (office.alice, office.bob, office.carol, office.group.clone());
    office.world.go_offline(carol);
    let former = (*office.world.organisation.manifest).clone();
    let second = ed25519_dalek::SigningKey::from_bytes(&[77; 32]);
    let mut enrolment_keys = former.enrolment_keys.clone();
    enrolment_keys.push(second.verifying_key().to_bytes());
    let manifest = Manifest { version: former.version + 1, enrolment_keys, ..former };
    let manifest = Signed::sign(manifest, &office.world.organisation.root);
    let body = Publish { object: manifest.bytes().to_vec().into() };
    let now_ms = office.world.now_ms;
    office.world.relay.call(now_ms, None, Request::PublishManifest { body }, false).unwrap().unwrap();
    office.world.organisation.manifest = manifest;
    office.world.organisation.enrolment = second;
    let zoe = office.world.join("zoe");
    for client in [alice, bob] {
        office.reconnect(client);
    }
    office.world.settle();
    let users = vec![office.world.user(zoe).unwrap()];
    office.world.command(alice, Command::AddUsers { group: group.clone(), users }).unwrap();
    office.world.run_for(10_000);
    office.say(bob, "welcome, Zoe");
    office.world.run_for(10_000);
    office.world.faults.max_delay_ms = 400;
    office.world.go_online(carol);
    office.world.settle();
    office.say(alice, "all here?");
    office.world.run_for(10_000);
    for client in [carol, zoe, bob] {
        assert_eq!(state(&mut office.world, client, &group), ConversationState::Active);
        assert_eq!(texts(&mut office.world, client, &group).last().map(String::as_str), Some("all here?"));
        assert_eq!(warnings(&office.world, client), Vec::<String>::new());
    }
}
