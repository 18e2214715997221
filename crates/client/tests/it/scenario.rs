//! Issue 2, "What a person can do", point 3, end to end: Alice with two devices, Bob with one, Carol offline for a while, in a 1:1 and
//! a group; a third device that gets the history; somebody added, somebody removed.

use crate::kit::{Device, LIMIT, texts};
use chancery_core::{
    Command, CommandResult,
    api::{ConversationState, MessageState},
    query,
};
use chancery_server::testkit::TestServer;
use chancery_wire::GroupId;

/// A new device of `existing`'s owner.
async fn link(existing: &Device, server: &TestServer, label: &str) -> Device {
    let new = Device::new();
    let start = Command::StartLink { relay: server.url(), label: label.to_owned() };
    let CommandResult::LinkStarted { link, matching_code } = new.client.command(start).await.unwrap() else {
        panic!("a link was started")
    };
    let inspected = existing.client.command(Command::InspectLink { link: link.clone() }).await.unwrap();
    assert_eq!(inspected, CommandResult::LinkInspected { label: label.to_owned(), matching_code });
    existing.client.command(Command::ApproveLink { link, history: true }).await.unwrap();
    new.until(query::account).await;
    new.client.sync(LIMIT).await.unwrap();
    new
}

async fn wait_for_texts(device: &Device, group: &GroupId, expected: &[&str]) {
    let (group, wanted): (_, Vec<String>) = (group.clone(), expected.iter().map(|s| s.to_string()).collect());
    device.until(move |tx| Ok((texts(&query::messages(tx, &group, None, 1000)?) == wanted).then_some(()))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_in_a_small_office() {
    let server = TestServer::start().await;
    let phone = Device::join(&server, "alice", &server.url()).await;
    let laptop = link(&phone, &server, "alice's laptop").await;
    let bob = Device::join(&server, "bob", &server.url()).await;
    let carol = Device::join(&server, "carol", &server.url()).await;

    // A 1:1 and a group, written in from both of Alice's devices.
    let direct = phone.direct("bob@example.org").await;
    phone.say(&direct, "from the phone").await;
    wait_for_texts(&laptop, &direct, &["from the phone"]).await;
    laptop.say(&direct, "from the laptop").await;
    wait_for_texts(&bob, &direct, &["from the phone", "from the laptop"]).await;
    let start = Command::StartGroup {
        name: "Office".to_owned(),
        users: vec!["bob@example.org".parse().unwrap(), "carol@example.org".parse().unwrap()],
        purpose: String::new(),
    };
    let CommandResult::Conversation { group } = phone.client.command(start).await.unwrap() else { panic!("a group") };
    phone.say(&group, "1").await;
    for device in [&laptop, &bob, &carol] {
        wait_for_texts(device, &group, &["1"]).await;
    }

    // Carol is away.
    let Device { client, folder } = carol;
    client.shutdown().await;
    bob.say(&group, "2").await;
    wait_for_texts(&laptop, &group, &["1", "2"]).await;
    laptop.say(&group, "3").await;
    wait_for_texts(&phone, &group, &["1", "2", "3"]).await;
    phone.say(&group, "4").await;
    for device in [&phone, &laptop, &bob] {
        wait_for_texts(device, &group, &["1", "2", "3", "4"]).await;
    }

    // Carol comes back and has everything; then everybody's device shows delivered, and read.
    let client = chancery_client::Client::start(crate::kit::open(folder.path()), crate::kit::options()).unwrap();
    let carol = Device { client, folder };
    wait_for_texts(&carol, &group, &["1", "2", "3", "4"]).await;
    for device in [&bob, &carol] {
        device.client.command(Command::MarkRead { group: group.clone(), up_to: None }).await.unwrap();
    }
    for device in [&phone, &laptop] {
        let of = group.clone();
        device
            .until(move |tx| {
                let messages = query::messages(tx, &of, None, 1000)?;
                Ok(messages.iter().any(|m| m.state == MessageState::Read).then_some(()))
            })
            .await;
    }

    // A third device of Alice's gets the history from another one.
    let tablet = link(&phone, &server, "alice's tablet").await;
    wait_for_texts(&tablet, &group, &["1", "2", "3", "4"]).await;
    wait_for_texts(&tablet, &direct, &["from the phone", "from the laptop"]).await;
    bob.say(&group, "5").await;
    for device in [&phone, &laptop, &tablet, &carol, &bob] {
        wait_for_texts(device, &group, &["1", "2", "3", "4", "5"]).await;
    }
    tablet.say(&direct, "from the tablet").await;
    for device in [&phone, &laptop, &bob] {
        wait_for_texts(device, &direct, &["from the phone", "from the laptop", "from the tablet"]).await;
    }

    // Dave is added and reads on from there; Carol is removed and reads nothing more.
    let dave = Device::join(&server, "dave", &server.url()).await;
    let add = Command::AddUsers { group: group.clone(), users: vec!["dave@example.org".parse().unwrap()] };
    phone.client.command(add).await.unwrap();
    phone.client.drain(LIMIT).await.unwrap();
    let remove = Command::RemoveUsers { group: group.clone(), users: vec!["carol@example.org".parse().unwrap()] };
    phone.client.command(remove).await.unwrap();
    phone.client.drain(LIMIT).await.unwrap();
    phone.say(&group, "6").await;
    wait_for_texts(&dave, &group, &["6"]).await;
    for device in [&phone, &laptop, &tablet, &bob] {
        wait_for_texts(device, &group, &["1", "2", "3", "4", "5", "6"]).await;
    }
    let of = group.clone();
    carol
        .until(move |tx| {
            let conversation = query::conversation(tx, &of)?;
            Ok(conversation.filter(|c| c.state == ConversationState::Removed).map(|_| ()))
        })
        .await;
    assert_eq!(carol.texts(&group).await, ["1", "2", "3", "4", "5"]);

    // Every device has the same messages in the same order.
    let ids = |messages: Vec<chancery_core::api::MessageView>| {
        messages.iter().filter(|m| m.sender.is_some()).map(|m| (m.id, m.seq)).collect::<Vec<_>>()
    };
    let of_phone = ids(phone.messages(&group).await);
    for device in [&laptop, &tablet, &bob] {
        assert_eq!(ids(device.messages(&group).await), of_phone);
    }
}
