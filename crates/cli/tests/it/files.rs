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
fn a_photo_goes_without_its_place_and_as_a_document_untouched() {
    let world = World::running();
    world.join_owner();
    world.join("bob", "Bob");
    world.does("alice", &["start", "bob"]);
    image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8, y as u8, 0])).save(world.path("photo.jpg")).unwrap();
    let mut photo = fs::read(world.path("photo.jpg")).unwrap();
    let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0GPS 52.52 13.40";
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    photo.splice(2..2, [&[0xff, 0xe1][..], &length, exif].concat());
    fs::write(world.path("photo.jpg"), &photo).unwrap();
    let received = |arguments: &[&str], name: &str| {
        let sent = world.does("alice", &[&["attach", "bob", "photo.jpg"], arguments].concat());
        world.does("bob", &["messages", "alice"]);
        world.does("bob", &["fetch", &sent[0]["message"].as_str().unwrap()[..8], "--to", name]);
        (sent[0]["data"].as_str().unwrap().to_owned(), fs::read(world.path(name)).unwrap())
    };
    let (data, bytes) = received(&[], "clean.jpg");
    assert!(data == "removed" && !bytes.windows(5).any(|window| window == b"52.52"));
    assert_eq!(
        image::load_from_memory(&bytes).unwrap().to_rgb8(),
        image::load_from_memory(&photo).unwrap().to_rgb8(),
        "the pixels are the same"
    );
    let (data, bytes) = received(&["--as-document"], "whole.jpg");
    assert!(data == "whole" && bytes == photo);
}

#[test]
fn a_client_killed_in_the_middle_of_a_transfer_goes_on_where_it_was() {
    const SIZE: usize = 40_000_000;
    const HELD_AT: u64 = 25_000_000;
    let (world, proxy) = World::running_behind_proxy();
    world.join_owner();
    world.join("bob", "Bob");
    world.does("alice", &["start", "bob"]);
    let bytes = noise(SIZE);
    fs::write(world.path("film.mp4"), &bytes).unwrap();

    let held = proxy.hold_after(HELD_AT);
    let upload = world.background("alice", &["attach", "bob", "film.mp4"]);
    held.recv().unwrap();
    upload.kill();
    proxy.release();
    let waiting = world.does("alice", &["transfers"]);
    assert_eq!((waiting.len(), waiting[0]["size"].as_u64()), (1, Some(SIZE as u64)));
    let before = proxy.forwarded();
    let sent = world.does("alice", &["transfers", "resume"]);
    let again = proxy.forwarded() - before;
    assert!(again < SIZE as u64 - 8_000_000, "{again} bytes went up again");
    assert!(world.does("alice", &["transfers"]).is_empty());

    let message = sent[0]["message"].as_str().unwrap();
    world.does("bob", &["sync"]);
    let held = proxy.hold_after(HELD_AT);
    let download = world.background("bob", &["fetch", message, "--to", "copy.mp4"]);
    held.recv().unwrap();
    download.kill();
    proxy.release();
    assert!(!world.path("copy.mp4").exists(), "nothing appears before it is whole");
    let before = proxy.forwarded();
    world.does("bob", &["fetch", message, "--to", "copy.mp4"]);
    let again = proxy.forwarded() - before;
    assert!(again < SIZE as u64 - 8_000_000, "{again} bytes came down again");
    assert!(fs::read(world.path("copy.mp4")).unwrap() == bytes);
    let texts = world.does("bob", &["messages", "alice"]);
    assert_eq!(texts.iter().filter(|m| m["body"]["type"] == "file").count(), 1, "sent once");
}

#[test]
fn without_relay_nothing_is_attached_and_it_says_so() {
    let mut world = World::running();
    world.join_owner();
    world.join("bob", "Bob");
    world.does("alice", &["start", "bob"]);
    fs::write(world.path("note.txt"), b"hello").unwrap();
    world.kill();
    let cut = world.client("alice", &["attach", "bob", "note.txt"]);
    assert_eq!((cut.code, cut.error().as_str()), (3, "unreachable"));
    world.start();
    world.does("alice", &["attach", "bob", "note.txt"]);
    let none = world.client("alice", &["transfers", "cancel", "abcd"]);
    assert_eq!((none.code, none.error().as_str()), (1, "no_such_upload"));
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
