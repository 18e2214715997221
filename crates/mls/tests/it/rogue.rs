//! A member whose client keeps no rules: OpenMLS used directly.

use crate::kit::World;
use chancery_mls::{Committed, MlsError, VerifiedKeyPackage, testkit::TestDevice};
use chancery_wire::signed::CREDENTIAL_TYPE;
use ed25519_dalek::{Signer as _, SigningKey};
use openmls::prelude::{tls_codec::*, *};
use openmls_rust_crypto::OpenMlsRustCrypto;
use openmls_traits::signatures::{Signer, SignerError};

pub const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;

pub struct Key(pub SigningKey);

impl Signer for Key {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.0.sign(payload).to_bytes().to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

pub fn capabilities() -> Capabilities {
    Capabilities::new(
        None,
        None,
        Some(&[ExtensionType::Unknown(0xF0C2), ExtensionType::LastResort]),
        None,
        Some(&[CredentialType::Other(CREDENTIAL_TYPE), CredentialType::Basic]),
    )
}

pub fn identity(device: &TestDevice) -> CredentialWithKey {
    CredentialWithKey {
        credential: Credential::new(CredentialType::Other(CREDENTIAL_TYPE), device.credential.to_vec()),
        signature_key: device.key.verifying_key().to_bytes().to_vec().into(),
    }
}

/// A key package that another implementation could make.
pub fn key_package(provider: &OpenMlsRustCrypto, device: &TestDevice, lifetime: Lifetime) -> KeyPackage {
    key_package_with(provider, device, lifetime, capabilities())
}

/// The same with other capabilities.
pub fn key_package_with(
    provider: &OpenMlsRustCrypto,
    device: &TestDevice,
    lifetime: Lifetime,
    capabilities: Capabilities,
) -> KeyPackage {
    KeyPackage::builder()
        .key_package_lifetime(lifetime)
        .leaf_node_capabilities(capabilities)
        .build(SUITE, provider, &Key(device.key.clone()), identity(device))
        .unwrap()
        .into_key_package()
}

/// The same that says, as ours do, that it may be used at `now`, whatever its leaf says.
pub fn key_package_that_may_be_used_now(
    provider: &OpenMlsRustCrypto,
    device: &TestDevice,
    lifetime: Lifetime,
    now: u64,
) -> KeyPackage {
    let time = minicbor::to_vec((now - 3600, now + 90 * 24 * 3600)).unwrap();
    let time = Extension::Unknown(0xF0C3, UnknownExtension(time));
    let mut extensions = capabilities().extensions().to_vec();
    extensions.push(ExtensionType::Unknown(0xF0C3));
    let credentials = capabilities().credentials().to_vec();
    KeyPackage::builder()
        .key_package_lifetime(lifetime)
        .leaf_node_capabilities(Capabilities::new(None, None, Some(&extensions), None, Some(&credentials)))
        .key_package_extensions(Extensions::single(time).unwrap())
        .build(SUITE, provider, &Key(device.key.clone()), identity(device))
        .unwrap()
        .into_key_package()
}

/// A lifetime that the machine's clock and the tests' both lie in.
pub fn always() -> Lifetime {
    Lifetime::init(0, u64::MAX)
}

pub struct Rogue {
    pub provider: OpenMlsRustCrypto,
    pub raw: TestDevice,
    pub mls: MlsGroup,
}

impl Rogue {
    /// A rogue device of `name`, added to the world's group by its first client.
    pub fn join(world: &mut World, name: &str) -> Self {
        let raw = world.org.raw_device(&world.org.user(name), "rogue");
        let provider = OpenMlsRustCrypto::default();
        let package = key_package(&provider, &raw, always()).tls_serialize_detached().unwrap();
        let owner = world.trust.verify(&raw.credential.to_vec(), None).unwrap();
        let verified = VerifiedKeyPackage {
            owner,
            suite: world.suite,
            last_resort: false,
            not_after: u64::MAX,
            bytes: package.clone(),
        };
        let committed = world.make(0, &[verified], &[], None).unwrap();
        world.deliver(0, &committed).unwrap();
        let welcome = MlsMessageIn::tls_deserialize_exact(committed.welcome.unwrap()).unwrap();
        let MlsMessageBodyIn::Welcome(welcome) = welcome.extract() else { panic!() };
        let config = MlsGroupJoinConfig::builder().wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY).build();
        let tree = RatchetTreeIn::tls_deserialize_exact(world.relay.tree()).unwrap();
        let mls = StagedWelcome::new_from_welcome(&provider, &config, welcome, Some(tree))
            .unwrap()
            .into_group(&provider)
            .unwrap();
        Self { provider, raw, mls }
    }

    pub fn key(&self) -> Key {
        Key(self.raw.key.clone())
    }

    /// A commit of whatever.
    pub fn commit(
        &mut self,
        change: impl FnOnce(CommitBuilder<'_, Initial>) -> CommitBuilder<'_, Initial>,
    ) -> Committed {
        let key = self.key();
        let epoch = self.mls.epoch().as_u64();
        let bundle = change(self.mls.commit_builder())
            .load_psks(self.provider.storage())
            .unwrap()
            .create_group_info(true)
            .build(self.provider.rand(), self.provider.crypto(), &key, |_| true)
            .unwrap()
            .stage_commit(&self.provider)
            .unwrap();
        self.mls.clear_pending_commit(self.provider.storage()).unwrap();
        let (commit, welcome, info) = bundle.into_messages();
        Committed {
            epoch,
            commit: commit.to_bytes().unwrap(),
            welcome: welcome.map(|welcome| welcome.to_bytes().unwrap()),
            group_info: info.unwrap().to_bytes().unwrap(),
        }
    }

    /// What relay and first client say to a commit. Neither changes.
    pub fn try_commit(&self, world: &mut World, committed: &Committed) -> (MlsError, MlsError) {
        let (epoch, data, leaves) = (world.relay.epoch(), world.relay.data().clone(), world.relay.leaves().to_vec());
        let by_relay = self.offer(world, committed).unwrap_err();
        let by_client = world.process(0, &committed.commit).unwrap_err();
        assert_eq!((world.relay.epoch(), world.relay.data(), world.relay.leaves()), (epoch, &data, &leaves[..]));
        world.check();
        (by_relay, by_client)
    }

    pub fn offer(&self, world: &mut World, committed: &Committed) -> Result<chancery_mls::Applied, MlsError> {
        let owner = world.trust.verify(&self.raw.credential.to_vec(), None).unwrap();
        world.relay.apply_commit(
            &world.trust,
            (&owner.user, &owner.device),
            &committed.commit,
            &committed.group_info,
            committed.welcome.as_deref(),
            world.org.now(),
        )
    }

    /// What relay and first client say to a proposal.
    pub fn try_proposal(&self, world: &mut World, proposal: MlsMessageOut) -> (MlsError, MlsError) {
        let proposal = proposal.to_bytes().unwrap();
        let owner = world.trust.verify(&self.raw.credential.to_vec(), None).unwrap();
        let by_relay = world.relay.apply_proposal(&world.trust, (&owner.user, &owner.device), &proposal).unwrap_err();
        assert_eq!(world.relay.pending_removals(), [] as [u32; 0]);
        let by_client = world.process(0, &proposal).unwrap_err();
        assert!(world.clients[0].state().pending_proposals().is_empty());
        (by_relay, by_client)
    }
}
