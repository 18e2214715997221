//! The relay's limits as clients meet them: they wait and go on by themselves, and nothing is lost.

use crate::kit::Office;
use chancery_server::relay::Allowance;
use chancery_sim::checkers;

#[test]
fn messages_beyond_the_allowance_wait_and_all_arrive() {
    let mut office = Office::new(300);
    let (alice, bob) = (office.alice, office.bob);
    office.world.relay.quotas.rates.messages = Allowance::new(10.0, 1.0);
    office.world.crash_relay();
    office.world.run_for(10_000);
    let said: Vec<String> = (0..60).map(|n| format!("message {n}")).collect();
    for text in &said {
        office.say(alice, text);
    }
    office.say(bob, "not held up");
    office.world.run_for(3_000);
    let so_far = office.texts(bob);
    assert!(so_far.len() < 40, "{} came at once", so_far.len());
    assert!(so_far.iter().any(|text| text == "not held up"), "another person has an allowance of their own");
    office.world.run_for(120_000);
    let heard: Vec<String> = office.texts(bob).into_iter().filter(|text| text != "not held up").collect();
    assert_eq!(heard, said, "all, once, in their order");
    assert_eq!(checkers::unsettled(&mut office.world), [""; 0]);
}

#[test]
fn messages_wait_for_room_at_a_full_relay_and_their_person_is_told_once() {
    let mut office = Office::new(301);
    let (alice, bob) = (office.alice, office.bob);
    office.world.relay.quotas.disk_reserve_bytes = 1000;
    office.world.crash_relay();
    office.world.run_for(10_000);
    office.world.relay.local().relay().set_free_bytes(10);
    for n in 0..5 {
        office.say(alice, &format!("message {n}"));
    }
    office.world.run_for(200_000);
    assert_eq!(office.texts(bob), [""; 0]);
    let told = office.warnings(alice).into_iter().filter(|code| code == "storage_full").count();
    assert_eq!(told, 1);
    office.world.relay.local().relay().set_free_bytes(u64::MAX);
    office.world.run_for(70_000);
    assert_eq!(office.texts(bob).len(), 5);
    assert_eq!(checkers::unsettled(&mut office.world), [""; 0]);
}
