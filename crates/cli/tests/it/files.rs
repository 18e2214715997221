//! Files.

use crate::world::World;
use std::fs;

fn noise(length: usize) -> Vec<u8> {
    let mut state = 7u64;
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as u8
        })
        .collect()
}

#[test]
fn a_file_arrives_as_it_was_and_replaces_nothing() {
    let world = World::running();
    world.join_owner();
    world.join("bob", "Bob");
    world.does("alice", &["start", "bob"]);
    let bytes = noise(9_000_000);
    fs::write(world.path("plan.pdf"), &bytes).unwrap();
    let sent = world.does("alice", &["attach", "bob", "plan.pdf", "--caption", "second draft"]);
    assert_eq!((sent[0]["name"].as_str(), sent[0]["size"].as_u64()), (Some("plan.pdf"), Some(9_000_000)));
    let message = sent[0]["message"].as_str().unwrap();
    let seen = world.does("bob", &["messages", "alice"]);
    let body = &seen.last().unwrap()["body"];
    assert_eq!(
        (body["media_type"].as_str(), body["caption"].as_str()),
        (Some("application/pdf"), Some("second draft"))
    );
    let saved = world.does("bob", &["fetch", &message[..8]]);
    // The sender's own file of this name stands in the same folder.
    assert!(saved[0]["path"].as_str().unwrap().ends_with("plan (1).pdf"));
    assert!(fs::read(world.path("plan (1).pdf")).unwrap() == bytes);
    world.does("bob", &["fetch", &message[..8], "--to", "copy.bin"]);
    assert!(fs::read(world.path("copy.bin")).unwrap() == bytes);
    assert!(world.does("alice", &["transfers"]).is_empty());
}

#[test]
fn a_photo_is_sent_with_a_thumbnail() {
    let world = World::running();
    world.join_owner();
    world.join("bob", "Bob");
    world.does("alice", &["start", "bob"]);
    image::RgbImage::from_fn(640, 480, |x, y| image::Rgb([x as u8, y as u8, 0])).save(world.path("photo.png")).unwrap();
    world.does("alice", &["attach", "bob", "photo.png"]);
    let seen = world.does("bob", &["messages", "alice"]);
    let body = &seen.last().unwrap()["body"];
    assert_eq!((body["media_type"].as_str(), body["thumbnail"].as_bool()), (Some("image/png"), Some(true)));
}

#[test]
fn an_upload_that_was_cut_off_goes_on_later() {
    let mut world = World::running();
    world.join_owner();
    world.join("bob", "Bob");
    world.does("alice", &["start", "bob"]);
    let bytes = noise(20_000_000);
    fs::write(world.path("film.mp4"), &bytes).unwrap();
    // Offline there is no relay to send it to; the upload is kept.
    world.kill();
    let cut = world.client("alice", &["attach", "bob", "film.mp4"]);
    assert_eq!(cut.code, 3, "{}", cut.err);
    world.start();
    let resumed = world.does("alice", &["attach", "bob", "film.mp4"]);
    let message = resumed[0]["message"].as_str().unwrap();
    world.does("bob", &["sync"]);
    world.does("bob", &["fetch", message, "--to", "film-copy.mp4"]);
    assert!(fs::read(world.path("film-copy.mp4")).unwrap() == bytes);
}

#[test]
fn a_file_beyond_the_policy_is_refused() {
    let world = World::running();
    world.join_owner();
    world.join("bob", "Bob");
    world.does("alice", &["start", "bob"]);
    assert_eq!(world.run(&["policy", "set", "file_max_bytes=1000"]).code, 0);
    fs::write(world.path("large.bin"), noise(2000)).unwrap();
    world.does("alice", &["sync"]);
    let refused = world.client("alice", &["attach", "bob", "large.bin"]);
    assert_eq!((refused.code, refused.error().as_str()), (1, "too_large"));
    let missing = world.client("alice", &["attach", "bob", "missing.bin"]);
    assert_eq!(missing.code, 1);
}
