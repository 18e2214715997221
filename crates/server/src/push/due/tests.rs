use super::{
    super::lane::{BACKOFF_MS, MAX_FAILURES, MAX_WAIT_MS},
    *,
};

fn at(user: Row, host: &str) -> Target {
    Target { user, host: host.into() }
}

/// Person 1's device at one host.
fn one() -> Target {
    at(1, "push.example.net")
}

#[test]
fn the_first_push_is_at_once_and_many_in_the_interval_become_one() {
    let mut due = Due::new(20_000);
    assert!(due.want(1, one(), 1000));
    assert_eq!(due.take(1000), Some((1, 1000)));
    // Something comes while it is under way, and after it.
    due.want(1, one(), 1100);
    assert_eq!(due.take(1100), None);
    due.done(1, 1200, Outcome::Sent);
    due.want(1, one(), 5000);
    assert_eq!((due.take(5000), due.next_at()), (None, Some(21_200)));
    assert_eq!(due.take(21_200), Some((1, 1100)));
    due.done(1, 21_300, Outcome::Sent);
    assert_eq!(due.take(41_300), None);
    assert_eq!((due.next_at(), due.devices.len()), (None, 0), "whoever rests is forgotten");
    assert_eq!((due.hosts.len(), due.people.len(), due.pairs.len()), (0, 0, 0));
}

#[test]
fn a_failure_is_repeated_later_and_later_and_then_given_up() {
    for outcome in [Outcome::Failed(None), Outcome::Unreachable] {
        let mut due = Due::new(1000);
        due.want(1, one(), 0);
        let mut waits = Vec::new();
        let mut now = 0;
        while let Some(taken) = due.take(now) {
            assert_eq!(taken, (1, 0));
            due.done(1, now, outcome);
            let next = due.next_at().unwrap();
            waits.push(next - now);
            now = next;
        }
        assert_eq!(waits.len(), MAX_FAILURES as usize + 1);
        assert!(waits.is_sorted() && waits[0] >= BACKOFF_MS && waits[0] < 2 * BACKOFF_MS, "{waits:?}");
        assert_eq!(*waits.last().unwrap(), REST_MS);
    }
}

#[test]
fn a_push_service_may_ask_for_patience_but_not_for_ever() {
    let mut due = Due::new(1000);
    due.want(1, one(), 0);
    due.take(0);
    due.done(1, 0, Outcome::Failed(Some(60_000)));
    assert_eq!(due.next_at(), Some(60_000));
    due.take(60_000);
    due.done(1, 60_000, Outcome::Failed(Some(u64::MAX)));
    assert_eq!(due.next_at(), Some(60_000 + MAX_WAIT_MS));
}

#[test]
fn the_patience_that_one_person_is_asked_for_is_nobody_elses() {
    let mut due = Due::new(1000);
    due.want(1, at(1, "push"), 0);
    due.take(0);
    due.done(1, 0, Outcome::Failed(Some(u64::MAX)));
    due.want(2, at(2, "push"), 10);
    assert_eq!(due.take(10), Some((2, 10)));
}

#[test]
fn who_is_refused_rests_until_there_is_another_subscription() {
    let mut due = Due::new(1000);
    due.want(1, one(), 0);
    due.take(0);
    due.done(1, 0, Outcome::Refused);
    due.want(1, one(), 10);
    assert_eq!(due.take(REST_MS - 1), None);
    due.renewed(1, 20);
    assert_eq!(due.take(20), Some((1, 10)));
    // Changed while an attempt is under way: that one's outcome says nothing any more.
    due.renewed(1, 30);
    due.done(1, 30, Outcome::Refused);
    assert_eq!((due.take(1029), due.take(1030)), (None, Some((1, 10))));
}

#[test]
fn renewing_a_subscription_brings_no_attempt_sooner() {
    let mut due = Due::new(1000);
    let mut attempts = 0;
    // Four times a second, for a minute, at a host that takes ten seconds to give no answer.
    let mut ends = None;
    for now in (0..60_000).step_by(250) {
        if ends == Some(now) {
            due.done(1, now, Outcome::Unreachable);
            ends = None;
        }
        due.renewed(1, now);
        due.want(1, one(), now);
        while due.take(now).is_some() {
            assert!(ends.is_none(), "one at a time");
            ends = Some(now + 10_000);
            attempts += 1;
        }
    }
    assert_eq!(attempts, 4, "at 0, 12, 26 and 44 seconds, about");
}

#[test]
fn a_host_that_never_answers_takes_one_place_and_a_person_two() {
    let mut due = Due::new(1000);
    // Many people's devices at a bad host; the first failure is known.
    for device in 0..100 {
        due.want(device, at(device, "bad"), 0);
    }
    let first: Vec<_> = std::iter::from_fn(|| due.take(0)).collect();
    assert_eq!(first.len(), HOST_PLACES);
    for (device, _) in first {
        due.done(device, 10_000, Outcome::Unreachable);
    }
    assert_eq!(due.take(10_000), None, "the host isn't tried for a while");
    let later = 200_000;
    assert_eq!(std::iter::from_fn(|| due.take(later)).count(), 1);
    // Another host is not touched by that; but one person has two places only, at however many hosts.
    for device in 1000..1010 {
        due.want(device, at(7, &format!("{device}.example.net")), later);
    }
    due.want(2000, at(8, "good"), later);
    let taken: Vec<_> = std::iter::from_fn(|| due.take(later)).map(|(device, _)| device).collect();
    assert_eq!(taken, [1000, 1001, 2000]);
}

#[test]
fn whoever_waits_for_a_place_gets_one_when_it_is_free() {
    let mut due = Due::new(1000);
    let mut under_way = Vec::new();
    let mut woken = BTreeSet::new();
    // Everybody has several devices, at two hosts.
    for device in 0..200 {
        due.want(device, at(device % 23, if device % 3 == 0 { "a" } else { "b" }), 0);
    }
    let mut now = 0;
    while woken.len() < 200 {
        while let Some((device, _)) = due.take(now) {
            under_way.push(device);
        }
        assert!(!under_way.is_empty(), "{} of 200 were woken", woken.len());
        assert!(under_way.len() <= 2 * HOST_PLACES);
        now += 1;
        let device = under_way.remove(under_way.len() / 2);
        assert!(woken.insert(device));
        due.done(device, now, if device % 5 == 0 { Outcome::Gone } else { Outcome::Sent });
    }
}

#[test]
fn a_host_that_comes_back_serves_all_who_waited() {
    let mut due = Due::new(1000);
    for device in 0..50 {
        due.want(device, at(device, "host"), 0);
    }
    let (mut now, mut sent) = (0, 0);
    while sent < 50 {
        match due.take(now) {
            Some((device, _)) if now < 100_000 => due.done(device, now, Outcome::Unreachable),
            Some((device, _)) => {
                due.done(device, now, Outcome::Sent);
                sent += 1;
            }
            None => now = due.next_at().expect("somebody still waits").max(now + 1),
        }
        assert!(now < 1_000_000, "{sent} of 50 were woken");
    }
}

#[test]
fn who_is_connected_is_looked_at_again() {
    let mut due = Due::new(1000);
    due.want(1, one(), 0);
    due.take(0);
    due.done(1, 0, Outcome::Later(5000));
    assert_eq!((due.take(4999), due.take(5000)), (None, Some((1, 0))));
    due.done(1, 5000, Outcome::Unneeded);
    assert_eq!((due.take(5000), due.devices.len()), (None, 0));
}

#[test]
fn memory_is_bounded() {
    let mut due = Due::new(1000);
    for device in 0..MAX_DEVICES as Row {
        assert!(due.want(device, one(), 0));
    }
    assert!(!due.want(-1, one(), 0));
    assert!(due.want(0, one(), 0), "known");
}
