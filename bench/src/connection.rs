//! A light client of the delivery WebSocket: authenticates, follows, sends, parses every frame. It decrypts and stores
//! nothing, so that it costs less than the relay under test.

use crate::{api::peer_address, organisation::Member};
use anyhow::{Context, Result, bail};
use chancery_wire::{
    PROTOCOL_VERSION,
    api::auth::challenge_statement,
    frames::{ClientFrame, Cursor, ServerFrame},
    limits::MAX_SERVER_FRAME_BYTES,
};
use ed25519_dalek::Signer;
use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use std::net::{SocketAddr, SocketAddrV4};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

/// Read buffer of a client, in bytes.
const READ_BUFFER_BYTES: usize = 4096;

/// An open connection.
pub struct Connection {
    socket: WebSocketStream<TcpStream>,
}

/// The sending half.
pub struct Sender(SplitSink<WebSocketStream<TcpStream>, Message>);

/// The receiving half.
pub struct Receiver(SplitStream<WebSocketStream<TcpStream>>);

impl Sender {
    /// Sends a frame.
    pub async fn send(&mut self, frame: &ClientFrame) -> Result<()> {
        self.0.send(Message::Binary(frame.to_vec().into())).await.context("sending a frame")
    }
}

impl Receiver {
    /// The next frame, parsed.
    pub async fn next(&mut self) -> Result<ServerFrame> {
        loop {
            match self.0.next().await.context("the relay closed the connection")?.context("reading a frame")? {
                Message::Binary(bytes) => return Ok(ServerFrame::from_slice(&bytes)?),
                Message::Close(_) => bail!("the relay closed the connection"),
                _ => {}
            }
        }
    }
}

impl Connection {
    /// Connects from the member's address and authenticates.
    pub async fn open(relay: SocketAddr, member: &Member) -> Result<Self> {
        let socket = TcpSocket::new_v4().context("making a socket")?;
        socket.set_nodelay(true).context("setting TCP_NODELAY")?;
        socket.bind(SocketAddrV4::new(peer_address(member.n), 0).into()).context("binding to a loopback address")?;
        let stream = socket.connect(relay).await.context("connecting to the relay")?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .max_message_size(Some(MAX_SERVER_FRAME_BYTES))
            .max_frame_size(Some(MAX_SERVER_FRAME_BYTES));
        let (socket, _) = client_async_with_config(format!("ws://{relay}/v1/delivery"), stream, Some(config))
            .await
            .context("opening the delivery WebSocket")?;
        let mut connection = Self { socket };
        connection.authenticate(member).await?;
        Ok(connection)
    }

    async fn authenticate(&mut self, member: &Member) -> Result<()> {
        let ServerFrame::Challenge { challenge, .. } = self.next().await? else {
            bail!("the relay's first frame is no challenge");
        };
        let statement = challenge_statement(&member.user.domain(), &member.user, &member.device, &challenge);
        self.send(&ClientFrame::Authenticate {
            user: member.user.clone(),
            device: member.device,
            signature: member.key.sign(&statement).to_vec(),
            version: PROTOCOL_VERSION,
        })
        .await?;
        match self.next().await? {
            ServerFrame::Ready => Ok(()),
            ServerFrame::Closing { refusal } => bail!("the relay refused to authenticate: {refusal}"),
            other => bail!("expected to be authenticated, got {other:?}"),
        }
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: &ClientFrame) -> Result<()> {
        self.socket.send(Message::Binary(frame.to_vec().into())).await.context("sending a frame")
    }

    /// Follows these groups and the inbox.
    pub async fn follow(&mut self, cursors: Vec<Cursor>) -> Result<()> {
        self.send(&ClientFrame::Follow { cursors, inbox: 0 }).await
    }

    /// Reads frames until all that was there is delivered.
    pub async fn wait_until_caught_up(&mut self) -> Result<()> {
        loop {
            match self.next().await? {
                ServerFrame::CaughtUp { .. } => return Ok(()),
                ServerFrame::Unavailable { refusal, .. } | ServerFrame::Closing { refusal } => bail!("{refusal}"),
                _ => {}
            }
        }
    }

    /// The next frame, parsed. Cancel-safe.
    pub async fn next(&mut self) -> Result<ServerFrame> {
        loop {
            match self.socket.next().await.context("the relay closed the connection")?.context("reading a frame")? {
                Message::Binary(bytes) => return Ok(ServerFrame::from_slice(&bytes)?),
                Message::Close(_) => bail!("the relay closed the connection"),
                _ => {}
            }
        }
    }

    /// Sends and receives apart from each other.
    pub fn split(self) -> (Sender, Receiver) {
        let (sink, stream) = self.socket.split();
        (Sender(sink), Receiver(stream))
    }

    /// Leaves, and waits until the relay has seen it.
    pub async fn close(mut self) -> Result<()> {
        self.socket.close(None).await.context("closing")?;
        while let Some(Ok(_)) = self.socket.next().await {}
        Ok(())
    }
}
