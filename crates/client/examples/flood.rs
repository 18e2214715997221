//! Sends many messages as one profile: what the app is measured with (`npm run perf` in web/).
//!
//! ```text
//! cargo run -p chancery-client --example flood -- FOLDER-OF-PROFILE GROUP COUNT FIRST [PER-SECOND]
//! ```
//!
//! Every message goes through the core, MLS and the relay like any other. Prints a line once all were taken by the relay.

use chancery_client::{Client, Options, Profile};
use chancery_core::{Command, UserError, api::Draft};
use chancery_wire::GroupId;
use futures_util::future::try_join_all;
use std::{path::Path, time::Duration};
use tokio::time::{Instant, sleep_until};

/// Messages that are handed to the client at once; it writes them in one transaction or two.
const AT_ONCE: usize = 64;
/// Messages that wait for the relay before more are made.
const WAITING: usize = 1024;
/// Longest wait for the relay.
const PATIENCE: Duration = Duration::from_secs(300);

/// Sentences of an office: search and layout meet words and lengths as they are.
const SENTENCES: [&str; 8] = [
    "Yes.",
    "The delivery is at the back door, can somebody open?",
    "I moved the review to Thursday at ten, so that the people in Lyon can join us after their own meeting.",
    "Thanks! I'll look at it this afternoon.",
    "Three things: the crane is booked for Monday, the permit came this morning, and the electrician wants to see the plans again \
     before he orders the cable. Could you send him the ones from last week, with the second floor?",
    "Ça marche, à demain 👍",
    "Who has the key to the archive?",
    "See https://example.org/plans/2026/second-floor and tell me what you think.",
];

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Err(error) = run(&arguments).await {
        eprintln!("{}", error.message);
        std::process::exit(1);
    }
}

async fn run(arguments: &[String]) -> Result<(), UserError> {
    let wrong = |message: &str| UserError { code: "usage".to_owned(), message: message.to_owned() };
    let [folder, group, count, first, rest @ ..] = arguments else {
        return Err(wrong("flood FOLDER-OF-PROFILE GROUP COUNT FIRST [PER-SECOND]"));
    };
    let group: GroupId = group.parse().map_err(|_| wrong("GROUP is an id in hexadecimal"))?;
    let number = |text: &String| text.parse::<usize>().map_err(|_| wrong("COUNT, FIRST and PER-SECOND are numbers"));
    let (count, first) = (number(count)?, number(first)?);
    let per_second = rest.first().map(number).transpose()?;

    let profile = Profile::open(Path::new(folder), || None).map_err(|error| wrong(&error.to_string()))?;
    let client = Client::start(profile, Options::default())?;
    client.sync(PATIENCE).await?;
    let began = Instant::now();
    let mut done = 0;
    while done < count {
        // At a given rate a twentieth of a second's worth at a time, otherwise as many as go.
        let step = per_second.map_or(AT_ONCE, |rate| (rate / 20).max(1)).min(count - done);
        try_join_all((0..step).map(|n| {
            let number = first + done + n;
            let text = format!("{number}: {}", SENTENCES[number % SENTENCES.len()]);
            client.command(Command::Send { group: group.clone(), draft: Draft::Text { text, reply_to: None } })
        }))
        .await?;
        done += step;
        if let Some(rate) = per_second {
            sleep_until(began + Duration::from_secs_f64(done as f64 / rate as f64)).await;
        } else if done % WAITING < step {
            client.drain(PATIENCE).await?;
        }
    }
    client.drain(PATIENCE).await?;
    println!("{}", began.elapsed().as_millis());
    client.shutdown().await;
    Ok(())
}
