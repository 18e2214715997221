//! A relay with a fresh organisation in a temporary folder, for tests of this and other crates.

use crate::{
    Config, Server,
    data_folder::initialise,
    maintenance,
    relay::{Quotas, store},
};
use crate::{LocalRelay, Settings, organisation};
use chancery_wire::{
    Domain, UserId,
    link::InvitationLink,
    signed::{Invitation, Kind, Manifest, Policy, Signed, Suite, root_fingerprint},
};
use ed25519_dalek::SigningKey;
use rand_core::RngCore;
use std::{path::Path, sync::Arc};
use tempfile::TempDir;

/// An organisation with all its keys. They are derived from a seed, so that two runs are alike.
#[derive(Clone)]
pub struct Organisation {
    /// Its domain.
    pub domain: Domain,
    /// Signs manifests.
    pub root: SigningKey,
    /// Signs invitations.
    pub enrolment: SigningKey,
    /// Signs policies.
    pub policy: SigningKey,
    /// Signs the relay's Remove proposals.
    pub relay: SigningKey,
    /// The manifest.
    pub manifest: Signed<Manifest>,
    /// The policy.
    pub signed_policy: Signed<Policy>,
}

impl Organisation {
    /// A new one, with `suite` for new groups.
    pub fn new(domain: &str, suite: Suite, seed: u8, now_seconds: u64) -> Self {
        let domain: Domain = domain.parse().expect("a test names a valid domain");
        let [root, enrolment, policy, relay] = [1, 2, 3, 4].map(|n| {
            let mut bytes = [seed; 32];
            bytes[0] = n;
            SigningKey::from_bytes(&bytes)
        });
        let public = |key: &SigningKey| key.verifying_key().to_bytes();
        let manifest = Manifest {
            domain: domain.clone(),
            name: "Test".to_owned(),
            version: 1,
            enrolment_keys: vec![public(&enrolment)],
            policy_keys: vec![public(&policy)],
            relay_key: public(&relay),
            issued_at: now_seconds,
        };
        let manifest = Signed::sign(manifest, &root);
        let signed_policy = Signed::sign(Policy { suite, ..Policy::initial(domain.clone(), now_seconds) }, &policy);
        Self { domain, root, enrolment, policy, relay, manifest, signed_policy }
    }

    /// Writes it into a data folder.
    pub fn initialise(&self, path: &Path) {
        let root = self.root.verifying_key().to_bytes();
        initialise(path, &self.relay, &root, self.manifest.bytes(), self.signed_policy.bytes())
            .expect("an organisation with matching keys in an empty folder");
    }

    /// What its relay needs, with the quotas of the default configuration.
    pub fn settings(&self) -> Settings {
        Settings { relay_key: self.relay.clone(), push: None, quotas: Quotas::default() }
    }

    /// A relay without server, its store in memory.
    pub fn local_relay(&self, rng: Box<dyn RngCore + Send>) -> LocalRelay {
        let mut db = rusqlite::Connection::open_in_memory().expect("SQLite opens in memory");
        store::prepare(&mut db).expect("an empty store can be prepared");
        let root = self.root.verifying_key().to_bytes();
        organisation::initialise(&db, &root, self.manifest.bytes(), self.signed_policy.bytes()).expect("matching keys");
        LocalRelay::open(self.settings(), db, rng).expect("a fresh store opens")
    }

    /// An invitation for a user of the organisation, and the seed that its link carries.
    pub fn invitation(&self, local: &str, rng: &mut dyn RngCore, now_seconds: u64) -> (Signed<Invitation>, [u8; 16]) {
        self.invitation_as(local, local, rng, now_seconds)
    }

    /// The same, for somebody of this name.
    pub fn invitation_as(
        &self,
        local: &str,
        name: &str,
        rng: &mut dyn RngCore,
        now_seconds: u64,
    ) -> (Signed<Invitation>, [u8; 16]) {
        let mut seed = [0; 16];
        rng.fill_bytes(&mut seed);
        let key = chancery_wire::link::invitation_key(&seed);
        let invitation = Invitation {
            user: UserId::new(local, &self.domain).expect("a test names a valid user"),
            name: name.to_owned(),
            kind: Kind::Member,
            key: key.verifying_key().to_bytes(),
            issued_at: now_seconds,
            expires_at: now_seconds + chancery_wire::limits::INVITATION_LIFETIME_SECONDS,
        };
        (Signed::sign(invitation, &self.enrolment), seed)
    }

    /// The link with such a seed.
    pub fn link(&self, relay: &str, seed: [u8; 16]) -> InvitationLink {
        InvitationLink {
            relay: chancery_wire::link::relay_origin(relay).expect("a test server has an origin"),
            root_fingerprint: root_fingerprint(&self.root.verifying_key().to_bytes()),
            seed,
        }
    }
}

/// A relay on a real port, with its organisation, in a temporary folder.
pub struct TestServer {
    /// The organisation's keys.
    pub organisation: Organisation,
    server: Option<Server>,
    config: Config,
    folder: Arc<TempDir>,
}

impl TestServer {
    /// Starts one with the classical suite, whose tests are faster.
    pub async fn start() -> Self {
        Self::start_with(Suite::Classical, |_| {}).await
    }

    /// Starts one with a suite and a changed configuration.
    pub async fn start_with(suite: Suite, change: impl FnOnce(&mut Config)) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let organisation = Organisation::new("example.org", suite, 7, crate::engine::now_ms() / 1000);
        organisation.initialise(folder.path());
        let mut config = Config {
            data_dir: folder.path().to_owned(),
            listen: ([127, 0, 0, 1], 0).into(),
            metrics_listen: Some(([127, 0, 0, 1], 0).into()),
            disk_reserve_bytes: 0,
            shutdown_grace_seconds: 5,
            ..Config::default()
        };
        // All of a test's devices come from one address.
        config.limits.requests_per_second = 100_000;
        config.limits.request_burst = 1_000_000;
        // As many as any machine lets a process have, so that nothing is to be warned of.
        config.limits.connections = 256;
        config.limits.uploads = 16;
        change(&mut config);
        let mut this = Self { organisation, server: None, config, folder: Arc::new(folder) };
        this.run().await;
        this
    }

    async fn run(&mut self) {
        let config = self.config.clone().check().expect("a test's configuration fits");
        let server = Server::start(config).await.expect("a test server starts");
        // The same address after a restart, as a real relay has.
        self.config.listen = server.local_addr();
        self.server = Some(server);
    }

    /// The running server.
    pub fn server(&self) -> &Server {
        self.server.as_ref().expect("running")
    }

    /// Its origin, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.server().local_addr())
    }

    /// The delivery WebSocket's address.
    pub fn delivery_url(&self) -> String {
        format!("ws://{}/v1/delivery", self.server().local_addr())
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Registers an invitation and returns its link.
    pub async fn invite(&self, local: &str, rng: &mut dyn RngCore) -> InvitationLink {
        let (invitation, seed) = self.organisation.invitation(local, rng, crate::engine::now_ms() / 1000);
        let body = chancery_wire::api::enrolment::Invite { invitation: invitation.bytes().to_vec().into() };
        let from = crate::engine::From { caller: None, peer: 0 };
        let request = chancery_wire::api::Request::Invite { body };
        self.server().state().engine.call(from, request).await.expect("a valid invitation is registered");
        self.organisation.link(&self.url(), seed)
    }

    /// Purges as of a time.
    pub async fn purge(&self, now_ms: u64) {
        crate::purge(self.server().state(), now_ms).await;
    }

    /// Shuts down, draining, and starts again on the same folder and address.
    pub async fn restart(&mut self) {
        self.server.take().expect("running").shutdown().await;
        self.run().await;
    }

    /// Ends without draining and starts again.
    pub async fn kill_and_restart(&mut self) {
        self.server.take().expect("running").kill().await;
        self.run().await;
    }

    /// Shuts down, lets the store be changed by hand, and starts again.
    pub async fn restart_after(&mut self, change: impl FnOnce(&Path)) {
        self.server.take().expect("running").shutdown().await;
        change(&self.folder.path().join("relay.db"));
        self.run().await;
    }

    /// Shuts down.
    pub async fn stop(mut self) {
        self.server.take().expect("running").shutdown().await;
    }
}

/// One round of pruning on a relay without server; returns how many log items went.
pub fn purge_local(local: &LocalRelay, now_ms: u64) -> u64 {
    maintenance::run(local, now_ms).expect("purging a healthy store")
}
