//! A simulated device: the real core on a store in memory.

use chancery_core::{Command, Core, CoreError, Env, Event, Input, Output, Storage, Tx, UserError, api::CommandResult};
use chancery_store::MemoryStore;
use rand_chacha::ChaCha20Rng;
use std::collections::BTreeMap;

/// A device's number in the world.
pub type ClientId = usize;

/// One device.
pub struct SimClient {
    /// For messages of the simulator.
    pub name: String,
    store: MemoryStore,
    core: Core,
    rng: ChaCha20Rng,
    /// How far its clock is off, in milliseconds.
    pub clock_offset_ms: i64,
    /// Rises with every restart: what belongs to an earlier life is dropped.
    pub life: u64,
    /// The connection it has, if any.
    pub connection: Option<u64>,
    /// It wants to be connected.
    pub online: bool,
    /// When it wants to be woken, on its own clock.
    pub wake_at_ms: Option<u64>,
    /// What it showed.
    pub events: Vec<Event>,
    /// Results of commands.
    pub results: BTreeMap<u64, Result<CommandResult, UserError>>,
    /// Number of the last command.
    pub next_command: u64,
}

/// What became of an input.
pub enum Handled {
    /// Committed; these leave now.
    Outputs(Vec<Output>),
    /// The device died before the commit: everything is as before the input.
    Died,
}

impl SimClient {
    /// A new device with an empty store.
    pub fn new(name: &str, rng: ChaCha20Rng) -> Self {
        Self {
            name: name.to_owned(),
            store: MemoryStore::new(),
            core: Core::new(),
            rng,
            clock_offset_ms: 0,
            life: 0,
            connection: None,
            online: true,
            wake_at_ms: None,
            events: Vec::new(),
            results: BTreeMap::new(),
            next_command: 0,
        }
    }

    /// Its clock.
    pub fn clock(&self, now_ms: u64) -> u64 {
        now_ms.saturating_add_signed(self.clock_offset_ms)
    }

    /// One input in one transaction. With `die` the transaction is rolled back and the process is gone.
    pub fn handle(&mut self, now_ms: u64, input: Input, die: bool) -> Handled {
        let now_ms = self.clock(now_ms);
        let (core, rng) = (&mut self.core, &mut self.rng);
        let mut outputs = Vec::new();
        let result: Result<(), CoreError> = self.store.transact(|tx| {
            outputs = core.handle(tx, &mut Env { now_ms, rng }, input)?;
            if die { Err(CoreError::Internal("the simulator killed it".into())) } else { Ok(()) }
        });
        match result {
            Ok(()) => Handled::Outputs(outputs),
            Err(_) if die => {
                self.restart();
                Handled::Died
            }
            Err(error) => panic!("{}: {error}", self.name),
        }
    }

    /// The process ends; the store stays.
    pub fn restart(&mut self) {
        self.core = Core::new();
        self.life += 1;
        self.connection = None;
        self.wake_at_ms = None;
    }

    /// Reads in a transaction.
    pub fn query<T>(&mut self, f: impl FnOnce(&dyn Tx) -> Result<T, chancery_core::Fault>) -> T {
        self.store.transact(f).unwrap_or_else(|fault| panic!("{}: {fault}", self.name))
    }

    /// Signs a challenge of the relay.
    pub fn sign(&mut self, challenge: &[u8]) -> Option<Vec<u8>> {
        let core = &self.core;
        let signed: Result<_, CoreError> = self.store.transact(|tx| core.sign_challenge(tx, challenge));
        signed.ok().flatten().map(|(_, _, signature)| signature)
    }

    /// The store as a disk would hold it.
    pub fn store(&self) -> &MemoryStore {
        &self.store
    }

    /// A command with its number.
    pub fn command(&mut self, command: Command) -> (u64, Input) {
        self.next_command += 1;
        (self.next_command, Input::Command(self.next_command, command))
    }
}
