//! A wire between clients and the relay that can be held up in the middle of a transfer.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, mpsc},
};

/// Forwards connections to the relay.
pub struct Proxy {
    port: u16,
    state: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Default)]
struct State {
    /// Bytes forwarded in both directions.
    forwarded: u64,
    /// Nothing passes beyond this many, and somebody is told.
    hold: Option<(u64, mpsc::Sender<()>)>,
}

impl Proxy {
    /// Listens on a port of its own.
    pub fn start(relay_port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::<(Mutex<State>, Condvar)>::default();
        let shared = state.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(relay) = TcpStream::connect(("127.0.0.1", relay_port)) else { continue };
                let (client2, relay2) = (client.try_clone().unwrap(), relay.try_clone().unwrap());
                let (one, other) = (shared.clone(), shared.clone());
                std::thread::spawn(move || pump(client, relay2, &one));
                std::thread::spawn(move || pump(relay, client2, &other));
            }
        });
        Self { port, state }
    }

    /// The port that clients use.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Holds everything up after this many more bytes; the receiver is told when that happens.
    pub fn hold_after(&self, bytes: u64) -> mpsc::Receiver<()> {
        let (sender, receiver) = mpsc::channel();
        let mut state = self.state.0.lock().unwrap();
        state.hold = Some((state.forwarded + bytes, sender));
        receiver
    }

    /// Lets everything pass again.
    pub fn release(&self) {
        self.state.0.lock().unwrap().hold = None;
        self.state.1.notify_all();
    }

    /// Bytes that passed so far.
    pub fn forwarded(&self) -> u64 {
        self.state.0.lock().unwrap().forwarded
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream, shared: &(Mutex<State>, Condvar)) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        {
            let mut state = shared.0.lock().unwrap();
            state.forwarded += length as u64;
            while let Some((limit, told)) = &state.hold {
                if state.forwarded < *limit {
                    break;
                }
                // Told again by every connection that is held up; the first one counts.
                let _ = told.send(());
                state = shared.1.wait(state).unwrap();
            }
        }
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Write);
}

/// Somebody who answers every request with this: a proxy's login page, say. Gives the port.
pub fn answering(head: &'static str, body: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut buffer = [0; 64 * 1024];
                let mut asked = Vec::new();
                // The head, and as much of the body as is small.
                while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
                    match client.read(&mut buffer) {
                        Ok(length @ 1..) => asked.extend_from_slice(&buffer[..length]),
                        _ => return,
                    }
                }
                let length = body.len();
                let answer = format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
                let _ = client.write_all(answer.as_bytes());
                let _ = client.shutdown(std::net::Shutdown::Write);
                // What is still coming is taken, or the answer would be lost with the connection.
                while let Ok(1..) = client.read(&mut buffer) {}
            });
        }
    });
    port
}
