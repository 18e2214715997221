//! Hostile members, strangers and relays: each is refused by client and relay, with a clear error.

use crate::{
    kit::*,
    rogue::{self, Key, Rogue},
};
use chancery_mls::{
    Device, Group, GroupData, Join, MlsError, Processed, RelayGroup, Role, Trust, VerifiedKeyPackage,
    rules::Violation,
    testkit::{MemoryStore, TestOrg},
};
use chancery_wire::signed::{CREDENTIAL_TYPE, ChainError, Kind, Suite};
use openmls::prelude::{
    tls_codec::{Deserialize as _, Serialize as _},
    *,
};
use openmls_rust_crypto::OpenMlsRustCrypto;

const DUO: [(&str, Role); 2] = [("alice", Role::Admin), ("bob", Role::Member)];

fn rogue_world() -> (World, Rogue) {
    let mut world = World::with(&DUO);
    let rogue = Rogue::join(&mut world, "bob");
    (world, rogue)
}

#[track_caller]
fn both_refuse(errors: (MlsError, MlsError), violation: Violation) {
    for error in [errors.0, errors.1] {
        match error {
            MlsError::Rule(found) => assert_eq!(found, violation),
            other => panic!("{other}"),
        }
    }
}

#[track_caller]
fn both_mismatch(errors: (MlsError, MlsError)) {
    assert!(matches!(errors, (MlsError::Mismatch(_), MlsError::Mismatch(_))), "{errors:?}");
}

#[test]
fn a_device_that_the_identity_key_did_not_certify_is_refused() {
    let org = TestOrg::new("example.org");
    let (alice, mallory) = (org.user("alice"), org.user("mallory"));
    let mut raw = org.raw_device(&mallory, "phone");
    raw.credential.invitation = alice.invitation.clone();
    raw.credential.user = alice.certificate.clone();
    let made = Device::new(raw.key.clone(), raw.credential.to_vec(), &org.trust());
    assert!(matches!(made, Err(MlsError::Untrusted(ChainError::Signed(_)))));
    let package = rogue::key_package(&OpenMlsRustCrypto::default(), &raw, rogue::always());
    let bytes = package.tls_serialize_detached().unwrap();
    assert!(matches!(VerifiedKeyPackage::verify(&bytes, &org.trust(), org.now()), Err(MlsError::Untrusted(_))));
}

#[test]
fn a_key_package_with_another_key_than_the_certified_one_is_refused() {
    let org = TestOrg::new("example.org");
    let mut raw = org.raw_device(&org.user("alice"), "phone");
    raw.key = org.key();
    let package = rogue::key_package(&OpenMlsRustCrypto::default(), &raw, rogue::always());
    let bytes = package.tls_serialize_detached().unwrap();
    assert!(matches!(VerifiedKeyPackage::verify(&bytes, &org.trust(), org.now()), Err(MlsError::Mismatch(_))));
}

#[test]
fn a_key_package_has_to_support_the_external_senders_credential_type_as_ours_do() {
    let org = TestOrg::new("example.org");
    let raw = org.raw_device(&org.user("alice"), "phone");
    let verify = |credentials: &[CredentialType]| {
        let extensions = [ExtensionType::Unknown(0xF0C2), ExtensionType::LastResort];
        let capabilities = Capabilities::new(None, None, Some(&extensions), None, Some(credentials));
        let provider = OpenMlsRustCrypto::default();
        let package = rogue::key_package_with(&provider, &raw, rogue::always(), capabilities);
        // Without the time of ours it would be refused for its unlimited lifetime: that comes after the capabilities.
        VerifiedKeyPackage::verify(&package.tls_serialize_detached().unwrap(), &org.trust(), org.now()).unwrap_err()
    };
    let ours = CredentialType::Other(CREDENTIAL_TYPE);
    let lacks = "the key package lacks a capability that groups need";
    for one in [ours, CredentialType::Basic] {
        assert!(matches!(verify(&[one]), MlsError::Mismatch(why) if why == lacks));
    }
    assert!(matches!(verify(&[ours, CredentialType::Basic]), MlsError::Mismatch(why) if why != lacks));
    let device = org.device("bob", "phone");
    let made = device.make_key_packages(&MemoryStore::new(), Suite::Classical, 1, false, org.now()).unwrap();
    let made = KeyPackageIn::tls_deserialize_exact(&made[0]).unwrap();
    let made = made.validate(OpenMlsRustCrypto::default().crypto(), ProtocolVersion::Mls10).unwrap();
    let supported = made.leaf_node().capabilities().credentials().to_vec();
    assert_eq!(supported, [ours, CredentialType::Basic]);
}

#[test]
fn key_packages_are_valid_in_their_time_only() {
    let org = TestOrg::new("example.org");
    let client = Client::new(org.device("alice", "phone"));
    let made = client.device.make_key_packages(&client.store, Suite::Hybrid, 1, true, org.now()).unwrap();
    let verify = |now| VerifiedKeyPackage::verify(&made[0], &org.trust(), now);
    let verified = verify(org.now()).unwrap();
    assert!(verified.last_resort);
    assert_eq!((verified.suite, verified.owner.user), (Suite::Hybrid, org.user_id("alice")));
    verify(org.now() + 89 * 24 * 3600).unwrap();
    assert!(matches!(verify(org.now() + 91 * 24 * 3600), Err(MlsError::Mismatch(_))));
    assert!(matches!(verify(org.now() - 3 * 24 * 3600), Err(MlsError::Untrusted(ChainError::Expired))));
    let (trust, early) = (org.trust(), org.now() - 3 * 24 * 3600);
    VerifiedKeyPackage::verify(&made[0], &trust, org.now()).unwrap();
    let cached = VerifiedKeyPackage::verify(&made[0], &trust, early).map(|_| ());
    assert!(matches!(cached, Err(MlsError::Untrusted(ChainError::Expired))));
    let long = rogue::key_package(
        &OpenMlsRustCrypto::default(),
        &org.raw_device(&org.user("alice"), "other"),
        rogue::always(),
    );
    let long = long.tls_serialize_detached().unwrap();
    assert!(matches!(VerifiedKeyPackage::verify(&long, &org.trust(), org.now()), Err(MlsError::Mismatch(_))));
    let mut altered = made[0].clone();
    let last = altered.len() - 1;
    altered[last] ^= 1;
    assert!(matches!(VerifiedKeyPackage::verify(&altered, &org.trust(), org.now()), Err(MlsError::Refused(_))));
}

#[test]
fn an_expired_device_certificate_adds_nobody() {
    let org = TestOrg::new("example.org");
    let alice = org.user("alice");
    let mut raw = org.raw_device(&alice, "phone");
    let key = raw.key.verifying_key().to_bytes();
    raw.credential = org.certify(&alice, &raw.id, key, "phone", org.now() - 3 * 365 * 24 * 3600);
    let device = Device::new(raw.key, raw.credential.to_vec(), &org.trust()).unwrap();
    let made = device.make_key_packages(&MemoryStore::new(), Suite::Classical, 1, false, org.now()).unwrap();
    let trust = org.trust();
    // Fresh and from the cache.
    for _ in 0..2 {
        let error = VerifiedKeyPackage::verify(&made[0], &trust, org.now()).unwrap_err();
        assert!(matches!(error, MlsError::Untrusted(ChainError::Expired)));
        trust.verify(&raw.credential.to_vec(), None).unwrap();
    }
}

#[test]
fn a_key_package_whose_leaf_has_a_lifetime_of_its_own_is_added_nowhere() {
    // It ends in a minute by the machine's clock, which OpenMLS asks: whoever reads the commit later would be stopped for good.
    let short = || Lifetime::new(60);
    let roles = [("alice", Role::Admin), ("bob", Role::Reader)];
    for suite_roles in [&DUO, &roles] {
        let mut world = World::with(suite_roles);
        let snapshot = world.relay.snapshot();
        let mut rogue = Rogue::join(&mut world, "bob");
        let tablet = world.org.raw_device(&world.org.user("bob"), "tablet");
        let package = rogue::key_package(&rogue.provider, &tablet, short());
        let committed = rogue.commit(|commit| commit.propose_adds([package]));
        both_mismatch(rogue.try_commit(&mut world, &committed));
        // The honest neither take such a key package from the relay, nor does the relay from them.
        for lifetime in [short(), Lifetime::init(1, u64::MAX), Lifetime::init(0, (1 << 40) - 1)] {
            let timed = rogue::key_package_that_may_be_used_now(&rogue.provider, &tablet, lifetime, world.org.now());
            let bytes = timed.tls_serialize_detached().unwrap();
            let refused = VerifiedKeyPackage::verify(&bytes, &world.trust, world.org.now());
            assert!(matches!(refused, Err(MlsError::Mismatch(_))), "{lifetime:?}");
        }
        let always = Lifetime::init(0, 1 << 40);
        let timed = rogue::key_package_that_may_be_used_now(&rogue.provider, &tablet, always, world.org.now());
        let package =
            VerifiedKeyPackage::verify(&timed.tls_serialize_detached().unwrap(), &world.trust, world.org.now());
        let committed = world.make(0, &[package.unwrap()], &[], None).unwrap();
        world.deliver(0, &committed).unwrap();
        // What is in the log is taken over again at any time.
        RelayGroup::from_snapshot(&snapshot, &world.trust).unwrap();
        RelayGroup::from_snapshot(&world.relay.snapshot(), &world.trust).unwrap();
    }
}

#[test]
fn the_verdict_on_a_commit_is_that_of_the_time_that_the_log_states() {
    const DAY: u64 = 24 * 3600;
    let mut world = World::with(&[("alice", Role::Admin), ("bob", Role::Member), ("carol", Role::Member)]);
    let alice = world.org.user("alice");
    let mut raw = world.org.raw_device(&alice, "tablet");
    let key = raw.key.verifying_key().to_bytes();
    let issued_at = world.org.now() + 3600 - chancery_wire::limits::DEVICE_CERTIFICATE_LIFETIME_SECONDS;
    let ends = world.org.now() + 3600;
    raw.credential = world.org.certify(&alice, &raw.id, key, "tablet", issued_at);
    let tablet = Client::new(Device::new(raw.key, raw.credential.to_vec(), &world.trust).unwrap());
    let package = key_package(&world.org, &tablet, world.suite);
    assert_eq!(package.not_after, ends, "it isn't handed out longer than its certificate holds");
    let before = world.relay.snapshot();
    let committed = world.make(0, &[package], &[], None).unwrap();
    let applied = world.offer(0, &committed).unwrap();
    assert_eq!(applied.accepted_at, world.org.now() - DAY..=ends + DAY, "of all certificates that come in");
    // The same for whoever reads, however they come by the time: with an empty cache and with a full one, on both sides.
    let process = |world: &mut World, client: usize, at: u64| {
        let (trust, client) = (world.org.trust(), &mut world.clients[client]);
        client.group.as_mut().unwrap().process(&client.store, &trust, &committed.commit, at).map(|_| ())
    };
    for at in [ends + DAY + 1, ends + 3650 * DAY, world.org.now() - DAY - 1, 0] {
        let refused = process(&mut world, 1, at);
        assert!(matches!(refused, Err(MlsError::Untrusted(ChainError::Expired))), "{at}: {refused:?}");
        let mut relay = RelayGroup::from_snapshot(&before, &world.trust).unwrap();
        let owner = world.clients[0].device.owner().clone();
        let welcome = committed.welcome.as_deref();
        let caller = (&owner.user, &owner.device);
        let refused = relay.apply_commit(&world.trust, caller, &committed.commit, &committed.group_info, welcome, at);
        assert!(matches!(refused, Err(MlsError::Untrusted(ChainError::Expired))), "{at}");
    }
    process(&mut world, 1, ends + DAY).unwrap();
    let earliest = world.org.now() - DAY;
    process(&mut world, 2, earliest).unwrap();
    // One's own commit, too: nobody goes where the others don't follow.
    let alice = &mut world.clients[0];
    let own = alice.group.as_mut().unwrap();
    let refused = own.merge_pending_commit(&alice.store, &world.trust, ends + 2 * DAY);
    assert!(matches!(refused, Err(MlsError::Untrusted(ChainError::Expired))));
    own.merge_pending_commit(&alice.store, &world.trust, ends).unwrap();
    // The relay judged it when it accepted it, and takes it over again without asking a clock.
    let mut rebuilt = RelayGroup::from_snapshot(&before, &world.trust).unwrap();
    rebuilt.replay(&committed.commit).unwrap();
    assert_eq!(rebuilt.tree(), world.relay.tree());
    world.check();
}

#[test]
fn an_older_certificate_never_takes_a_newer_ones_place() {
    let mut world = World::with(&DUO);
    let alice = world.org.user("alice");
    let raw = world.org.raw_device(&alice, "second");
    let key = raw.key.verifying_key().to_bytes();
    let device = |credential: &chancery_wire::signed::Credential, trust: &Trust| {
        Device::new(raw.key.clone(), credential.to_vec(), trust).unwrap()
    };
    let (older, newer) = (&raw.credential, world.org.certify(&alice, &raw.id, key, "newer", world.org.now() + 60));
    let second = device(older, &world.trust);
    world.add_devices(0, vec![second], None).unwrap();
    world.clients[2].device = device(&newer, &world.trust);
    world.commit(2, &[], None).unwrap();
    let last = world.make(0, &[], &[], None).unwrap();
    world.deliver(0, &last).unwrap();
    // By a commit's path.
    world.clients[2].device = device(older, &world.trust);
    let back = world.make(2, &[], &[], None).unwrap();
    assert!(matches!(world.offer(2, &back), Err(MlsError::Mismatch(_))));
    assert!(matches!(world.process(0, &back.commit), Err(MlsError::Mismatch(_))));
    let client = &mut world.clients[2];
    client.group.as_mut().unwrap().clear_pending_commit(&client.store).unwrap();
    // By an external commit.
    let (store, tree) = (MemoryStore::new(), world.relay.tree());
    let client = &world.clients[2];
    let rejoin = Group::rejoin(&store, &client.device, &world.trust, &last.group_info, &tree, 0).unwrap();
    assert!(matches!(world.offer(2, &rejoin.committed), Err(MlsError::Mismatch(_))));
    assert!(matches!(world.process(0, &rejoin.committed.commit), Err(MlsError::Mismatch(_))));
    // The same one stays, of course.
    world.clients[2].device = device(&newer, &world.trust);
    world.commit(2, &[], None).unwrap();
    world.check();
}

#[test]
fn a_swapped_key_package_is_refused() {
    let mut world = World::with(&DUO);
    let (bob, mallory) = (world.org.device("bob", "tablet"), Client::new(world.org.device("mallory", "phone")));
    let mut package = key_package(&world.org, &mallory, world.suite);
    package.owner = bob.owner().clone();
    assert!(matches!(world.make(0, &[package], &[], None), Err(MlsError::Mismatch(_))));
}

#[test]
fn a_stranger_is_refused_even_when_an_admin_adds_them() {
    let (mut world, mut rogue) = rogue_world();
    let foreign = TestOrg::new("example.net");
    let stranger = foreign.raw_device(&foreign.user("eve"), "phone");
    let package = rogue::key_package(&rogue.provider, &stranger, rogue::always());
    let committed = rogue.commit(|commit| commit.propose_adds([package]));
    let errors = rogue.try_commit(&mut world, &committed);
    assert!(matches!(errors, (MlsError::Untrusted(_), MlsError::Untrusted(_))));
}

#[test]
fn a_member_without_the_right_adds_removes_and_promotes_nobody() {
    let (mut world, mut rogue) = rogue_world();
    let carol = world.org.raw_device(&world.org.user("carol"), "phone");
    let package = rogue::key_package(&rogue.provider, &carol, rogue::always());
    let committed = rogue.commit(|commit| commit.propose_adds([package]));
    both_refuse(rogue.try_commit(&mut world, &committed), Violation::NotAdmin);

    let committed = rogue.commit(|commit| commit.propose_removals([LeafNodeIndex::new(0)]));
    both_refuse(rogue.try_commit(&mut world, &committed), Violation::NotAdmin);

    let mut data = world.relay.data().clone();
    data.roles.insert(world.id("bob"), Role::Admin);
    let committed = set_extension(&mut rogue, Extension::Unknown(0xF0C2, UnknownExtension(data.to_vec())));
    both_refuse(rogue.try_commit(&mut world, &committed), Violation::NotAdmin);
}

fn set_extension(rogue: &mut Rogue, extension: Extension) -> chancery_mls::Committed {
    let mut extensions = rogue.mls.extensions().clone();
    extensions.add_or_replace(extension).unwrap();
    rogue.commit(|commit| commit.propose_group_context_extensions(extensions).unwrap())
}

#[test]
fn the_external_sender_and_required_capabilities_never_change() {
    let (mut world, mut rogue) = rogue_world();
    let key = world.org.key().verifying_key().to_bytes().to_vec();
    let sender = ExternalSender::new(key.into(), BasicCredential::new(b"eve".to_vec()).into());
    let committed = set_extension(&mut rogue, Extension::ExternalSenders(vec![sender]));
    both_refuse(rogue.try_commit(&mut world, &committed), Violation::Extensions);
    let required = RequiredCapabilitiesExtension::new(&[ExtensionType::Unknown(0xF0C2)], &[], &[]);
    let committed = set_extension(&mut rogue, Extension::RequiredCapabilities(required));
    both_refuse(rogue.try_commit(&mut world, &committed), Violation::Extensions);
}

#[test]
fn members_propose_the_removal_of_their_own_devices_only() {
    let (mut world, mut rogue) = rogue_world();
    let key = rogue.key();
    let carol = world.org.raw_device(&world.org.user("carol"), "phone");
    let package = rogue::key_package(&rogue.provider, &carol, rogue::always());
    let (add, _) = rogue.mls.propose_add_member(&rogue.provider, &key, &package).unwrap();
    both_refuse(rogue.try_proposal(&mut world, add), Violation::ProposalKind);
    let (update, _) = rogue.mls.propose_self_update(&rogue.provider, &key, LeafNodeParameters::default()).unwrap();
    both_refuse(rogue.try_proposal(&mut world, update), Violation::ProposalKind);
    let (remove, _) = rogue.mls.propose_remove_member(&rogue.provider, &key, LeafNodeIndex::new(0)).unwrap();
    both_refuse(rogue.try_proposal(&mut world, remove), Violation::ForeignProposal);
}

#[test]
fn the_relay_proposes_removals_only() {
    let (mut world, rogue) = rogue_world();
    let carol = world.org.raw_device(&world.org.user("carol"), "phone");
    let package = rogue::key_package(&rogue.provider, &carol, rogue::always());
    let relay = Key(world.org.relay.clone());
    let (id, epoch) = (rogue.mls.group_id().clone(), rogue.mls.epoch());
    let sender = SenderExtensionIndex::new(0);
    let add = ExternalProposal::new_add::<OpenMlsRustCrypto>(package, id.clone(), epoch, &relay, sender).unwrap();
    both_refuse(rogue.try_proposal(&mut world, add), Violation::RelayMayOnlyRemove);
    let extensions = ExternalProposal::new_group_context_extensions::<OpenMlsRustCrypto>(
        rogue.mls.extensions().clone(),
        id.clone(),
        epoch,
        &relay,
        SenderExtensionIndex::new(0),
    );
    both_refuse(rogue.try_proposal(&mut world, extensions.unwrap()), Violation::RelayMayOnlyRemove);
    // With another key than the manifest's, not even a removal.
    let wrong = Key(world.org.key());
    let remove = ExternalProposal::new_remove::<OpenMlsRustCrypto>(
        LeafNodeIndex::new(1),
        id,
        epoch,
        &wrong,
        SenderExtensionIndex::new(0),
    );
    let errors = rogue.try_proposal(&mut world, remove.unwrap());
    assert!(matches!(errors, (MlsError::Refused(_), MlsError::Refused(_))));
    assert!(world.relay.propose_removals(&world.trust, &wrong.0, &[1]).is_err());
    assert!(world.relay.pending_removals().is_empty());
}

#[test]
fn a_newcomer_proposes_nothing() {
    let (mut world, rogue) = rogue_world();
    let carol = world.org.raw_device(&world.org.user("carol"), "phone");
    let package = rogue::key_package(&rogue.provider, &carol, rogue::always());
    let join = JoinProposal::new::<openmls_rust_crypto::MemoryStorage>(
        package,
        rogue.mls.group_id().clone(),
        rogue.mls.epoch(),
        &Key(carol.key.clone()),
    );
    both_refuse(rogue.try_proposal(&mut world, join.unwrap()), Violation::ProposalKind);
}

#[test]
fn a_commit_has_to_include_pending_removals() {
    let (mut world, mut rogue) = rogue_world();
    world.expel(&[1]);
    let committed = rogue.commit(|commit| commit.force_self_update(true));
    both_refuse(rogue.try_commit(&mut world, &committed), Violation::PendingRemovals);
    assert!(matches!(world.clients[0].encrypt("now"), Err(MlsError::PendingProposals)));
    world.commit(0, &[], None).unwrap();
    assert!(!world.clients[1].state().is_member());
    assert_eq!(world.relay.data().role(&world.id("bob")), Some(Role::Member));
}

#[test]
fn a_leaf_never_goes_to_another_device() {
    let (mut world, mut rogue) = rogue_world();
    // Another device of the same user, with a valid chain and the rogue's key.
    let bob = world.org.user("bob");
    let other = world.org.raw_device(&bob, "other");
    let key = rogue.raw.key.verifying_key().to_bytes();
    let mut stolen = rogue.raw.clone();
    stolen.credential = world.org.certify(&bob, &other.id, key, "other", world.org.now());
    let parameters = LeafNodeParameters::builder().with_credential_with_key(rogue::identity(&stolen)).build();
    let committed = rogue.commit(|commit| commit.leaf_node_parameters(parameters));
    both_mismatch(rogue.try_commit(&mut world, &committed));
    // Another user's credential with the own key.
    let mut forged = rogue.raw.clone();
    forged.credential = world.org.raw_device(&world.org.user("alice"), "alice").credential;
    let parameters = LeafNodeParameters::builder().with_credential_with_key(rogue::identity(&forged)).build();
    let committed = rogue.commit(|commit| commit.leaf_node_parameters(parameters));
    both_mismatch(rogue.try_commit(&mut world, &committed));
}

#[test]
fn a_renewed_certificate_spreads_with_the_next_commit() {
    let mut world = World::with(&DUO);
    let alice = world.org.user("alice");
    let raw = world.org.raw_device(&alice, "first");
    let key = raw.key.verifying_key().to_bytes();
    let device = Device::new(raw.key.clone(), raw.credential.to_vec(), &world.trust).unwrap();
    world.add_devices(0, vec![device], None).unwrap();
    let later = world.org.now() + 24 * 3600;
    let renewed = world.org.certify(&alice, &raw.id, key, "renamed", later);
    world.clients[2].device = Device::new(raw.key, renewed.to_vec(), &world.trust).unwrap();
    world.commit(2, &[], None).unwrap();
    world.say(2, "still me");
    assert_eq!(world.clients[2].device.owner().label, "renamed");
}

#[test]
fn who_brings_an_item_is_its_author() {
    let mut world = World::with(&DUO);
    let committed = world.make(0, &[], &[], None).unwrap();
    let bob = world.clients[1].device.owner().clone();
    let forged = world.relay.apply_commit(
        &world.trust,
        (&bob.user, &bob.device),
        &committed.commit,
        &committed.group_info,
        None,
        world.org.now(),
    );
    assert!(matches!(forged, Err(MlsError::Mismatch(_))));
    for at in [committed.commit.len() / 3, committed.commit.len() / 2, committed.commit.len() - 1] {
        let mut altered = committed.commit.clone();
        altered[at] ^= 1;
        world.process(1, &altered).unwrap_err();
    }
    world.deliver(0, &committed).unwrap();
}

#[test]
fn group_info_has_to_fit_the_commit() {
    let mut world = World::with(&DUO);
    let old = world.make(0, &[], &[], None).unwrap();
    world.deliver(0, &old).unwrap();
    let bobs = world.make(1, &[], &[], None).unwrap();
    let mut committed = world.make(0, &[], &[], None).unwrap();
    let right = committed.group_info.clone();
    for wrong in [old.group_info.clone(), bobs.group_info, old.commit.clone(), vec![1, 2, 3]] {
        committed.group_info = wrong;
        assert!(matches!(world.offer(0, &committed), Err(MlsError::Mismatch(_) | MlsError::Malformed(_))));
    }
    let mut altered = right.clone();
    let last = altered.len() - 1;
    altered[last] ^= 1;
    committed.group_info = altered;
    assert!(matches!(world.offer(0, &committed), Err(MlsError::Mismatch(_))));
    committed.group_info = right;
    let bob = &mut world.clients[1];
    bob.group.as_mut().unwrap().clear_pending_commit(&bob.store).unwrap();
    world.deliver(0, &committed).unwrap();
}

#[test]
fn the_welcome_has_to_be_for_who_is_added() {
    let mut world = World::with(&DUO);
    let new: Vec<_> = (0..2).map(|_| Client::new(world.org.device("bob", "more"))).collect();
    let packages: Vec<_> = new.iter().map(|client| key_package(&world.org, client, world.suite)).collect();
    let mut committed = world.make(0, &packages, &[], None).unwrap();
    let whole = committed.welcome.clone().unwrap();
    let trimmed = RelayGroup::trim_welcome(&whole, &packages[0].bytes).unwrap();
    for wrong in [None, Some(trimmed.clone()), Some(committed.commit.clone())] {
        committed.welcome = wrong;
        assert!(matches!(world.offer(0, &committed), Err(MlsError::Mismatch(_) | MlsError::Malformed(_))));
    }
    committed.welcome = Some(whole.clone());
    world.deliver(0, &committed).unwrap();
    let tree = world.relay.tree();
    // The first one's share opens for the first one only, and only with the right tree.
    let open = |client: &Client, welcome: &[u8], tree: &[u8]| {
        Join::open(&client.store, &client.device, &world.trust, welcome, tree).map(|join| join.epoch())
    };
    assert!(matches!(open(&new[1], &trimmed, &tree), Err(MlsError::Mismatch(_))));
    assert!(RelayGroup::trim_welcome(&whole, &key_package(&world.org, &new[0], world.suite).bytes).is_err());
    let before = new[0].store.snapshot();
    let other = World::with(&DUO);
    assert!(matches!(open(&new[0], &trimmed, &other.relay.tree()), Err(MlsError::Refused(_))));
    // Rolled back, the key package is there again.
    new[0].store.restore(before);
    assert_eq!(open(&new[0], &trimmed, &tree).unwrap(), world.relay.epoch());
}

#[test]
fn a_group_of_another_relay_is_not_joined() {
    let mut org = TestOrg::new("example.org");
    let data = roles(&org, &DUO);
    let right = org.trust();
    org.relay = org.key();
    // A hostile relay hands out a manifest with its own key; Bob trusts the signed one.
    let mut world = World::create(org, Suite::Classical, "alice", data);
    let bob = Client::new(world.org.device("bob", "phone"));
    let package = key_package(&world.org, &bob, Suite::Classical);
    let committed = world.make(0, &[package], &[], None).unwrap();
    world.deliver(0, &committed).unwrap();
    let opened =
        Join::open(&bob.store, &bob.device, &right, &committed.welcome.unwrap(), &world.relay.tree()).map(|_| ());
    assert!(matches!(opened, Err(MlsError::Rule(Violation::ExternalSenders))));
}

#[test]
fn replays_are_refused() {
    let mut world = World::with(&DUO);
    let message = world.clients[0].encrypt("once").unwrap();
    world.process(1, &message).unwrap();
    assert!(matches!(world.process(1, &message), Err(MlsError::Replayed)));
    world.clients[1].reload(&world.org);
    assert!(matches!(world.process(1, &message), Err(MlsError::Replayed)));
    let committed = world.make(0, &[], &[], None).unwrap();
    world.deliver(0, &committed).unwrap();
    assert!(matches!(world.process(1, &committed.commit), Err(MlsError::Epoch { message: 1, group: 2 })));
    assert!(matches!(world.offer(0, &committed), Err(MlsError::Epoch { .. })));
    assert!(matches!(world.process(1, &message), Err(MlsError::Replayed)));
}

#[test]
fn of_two_admins_racing_one_wins() {
    let mut world = World::with(&[("alice", Role::Admin), ("bob", Role::Admin)]);
    let first = world.make(0, &[], &[], None).unwrap();
    let second = world.make(1, &[], &[], None).unwrap();
    assert!(matches!(world.make(1, &[], &[], None), Err(MlsError::PendingCommit)));
    world.deliver(1, &second).unwrap();
    assert!(!world.clients[0].state().has_pending_commit());
    assert!(matches!(world.offer(0, &first), Err(MlsError::Epoch { .. })));
    world.commit(0, &[], None).unwrap();
    world.say(0, "again");
}

#[test]
fn our_own_items_are_recognised() {
    let mut world = World::with(&DUO);
    let committed = world.make(0, &[], &[], None).unwrap();
    assert!(matches!(world.process(0, &committed.commit), Err(MlsError::PendingCommit)));
    assert!(world.clients[0].state().has_pending_commit());
    world.deliver(0, &committed).unwrap();
    let message = world.clients[0].encrypt("mine").unwrap();
    assert!(matches!(world.process(0, &message), Err(MlsError::Mismatch(_))));
    let proposal = world.propose(1, 1).unwrap();
    assert!(matches!(world.process(1, &proposal).unwrap(), Processed::Proposal { .. }));
    assert_eq!(world.clients[1].state().pending_proposals().len(), 1);
}

#[test]
fn messages_of_another_group_are_refused() {
    let mut world = World::with(&DUO);
    let org = TestOrg::new("example.org");
    org.key();
    let data = roles(&org, &DUO);
    let mut other = World::create(org, Suite::Classical, "alice", data);
    other.add(0, &["bob"], None).unwrap();
    let message = other.clients[0].encrypt("elsewhere").unwrap();
    let error = world.process(1, &message).unwrap_err();
    assert!(matches!(error, MlsError::Mismatch(_)));
    let id = other.relay.id().clone();
    let check = |epoch, body: &[u8]| RelayGroup::check_application(&id, epoch, body);
    check(1, &message).unwrap();
    assert!(matches!(check(2, &message), Err(MlsError::Epoch { message: 1, group: 2 })));
    assert!(matches!(RelayGroup::check_application(world.relay.id(), 1, &message), Err(MlsError::Mismatch(_))));
    let committed = other.make(0, &[], &[], None).unwrap();
    assert!(matches!(check(1, &committed.commit), Err(MlsError::Malformed(_))));
    assert!(matches!(check(1, &message[..10]), Err(MlsError::Malformed(_))));
}

#[test]
fn old_epochs_are_read_as_far_as_they_are_kept() {
    let mut world = World::with(&DUO);
    let late: Vec<_> = (0..8)
        .map(|n| {
            let message = world.clients[1].encrypt(&format!("late {n}")).unwrap();
            world.commit(0, &[], None).unwrap();
            message
        })
        .collect();
    assert!(matches!(world.process(0, &late[0]), Err(MlsError::Epoch { message: 1, group: 9 })));
    world.clients[0].reload(&world.org);
    for message in &late[2..] {
        assert!(matches!(world.process(0, message), Ok(Processed::Application { .. })));
    }
}

#[test]
fn a_sender_is_named_as_of_the_messages_epoch() {
    let mut world = World::with(&[("alice", Role::Admin), ("bob", Role::Member), ("carol", Role::Member)]);
    let message = world.clients[1].encrypt("before I was removed").unwrap();
    let bob = world.clients[1].index();
    let after: Vec<_> = world.relay.leaves().iter().filter(|leaf| leaf.index != bob).cloned().collect();
    let data = world.relay.data().without_users(&[world.id("bob")], &after);
    world.commit(0, &[bob], Some(data)).unwrap();
    // Carol's second device takes Bob's place in the tree.
    world.add(2, &["carol"], None).unwrap();
    assert_eq!(world.clients[3].index(), bob);
    let Processed::Application { sender, epoch, .. } = world.process(0, &message).unwrap() else { panic!() };
    assert_eq!((sender.user, sender.index, epoch), (world.id("bob"), bob, 1));
}

#[test]
fn a_rejoin_leaves_no_ghost() {
    let mut world = World::with(&DUO);
    let last = world.make(0, &[], &[], None).unwrap();
    world.deliver(0, &last).unwrap();
    let (before, tree) = (world.relay.leaves().to_vec(), world.relay.tree());
    // Bob lost everything but his device's key.
    let bob = &mut world.clients[1];
    bob.store = MemoryStore::new();
    let stale = Group::rejoin(&bob.store, &bob.device, &world.trust, &last.group_info, &tree, 3).map(|_| ());
    assert!(matches!(stale, Err(MlsError::Epoch { message: 2, group: 3 })));
    let rejoin = Group::rejoin(&bob.store, &bob.device, &world.trust, &last.group_info, &tree, 2).unwrap();
    bob.group = Some(rejoin.group);
    let applied = world.deliver(1, &rejoin.committed).unwrap();
    assert_eq!(world.relay.leaves(), before);
    assert!(applied.added.is_empty() && applied.removed.is_empty());
    world.say(1, "back again");
    world.clients[1].reload(&world.org);
    world.say(0, "welcome back");
    let next = world.make(1, &[], &[], None).unwrap();
    world.deliver(1, &next).unwrap();
}

#[test]
fn only_former_members_rejoin() {
    let mut world = World::with(&DUO);
    let last = world.make(0, &[], &[], None).unwrap();
    world.deliver(0, &last).unwrap();
    let carol = Client::new(world.org.device("carol", "phone"));
    let tree = world.relay.tree();
    let rejoin = Group::rejoin(&carol.store, &carol.device, &world.trust, &last.group_info, &tree, 0).map(|_| ());
    assert!(matches!(rejoin, Err(MlsError::NotMember)));
    let other = World::with(&DUO);
    let bob = &world.clients[1];
    let rejoin =
        Group::rejoin(&bob.store, &bob.device, &world.trust, &last.group_info, &other.relay.tree(), 0).map(|_| ());
    assert!(matches!(rejoin, Err(MlsError::NotMember | MlsError::Refused(_) | MlsError::Mismatch(_))));
}

#[test]
fn an_external_commit_that_adds_a_leaf_is_refused() {
    let mut world = World::with(&DUO);
    let last = world.make(0, &[], &[], None).unwrap();
    world.deliver(0, &last).unwrap();
    // Bob's new device, which nobody added, and a stranger of the organisation.
    for name in ["bob", "carol"] {
        let raw = world.org.raw_device(&world.org.user(name), "uninvited");
        let provider = OpenMlsRustCrypto::default();
        let info = MlsMessageIn::tls_deserialize_exact(&last.group_info).unwrap();
        let MlsMessageBodyIn::GroupInfo(info) = info.extract() else { panic!() };
        let (_, bundle) = MlsGroup::external_commit_builder()
            .with_ratchet_tree(RatchetTreeIn::tls_deserialize_exact(world.relay.tree()).unwrap())
            .build_group(&provider, info, rogue::identity(&raw))
            .unwrap()
            .leaf_node_parameters(LeafNodeParameters::builder().with_capabilities(rogue::capabilities()).build())
            .load_psks(provider.storage())
            .unwrap()
            .create_group_info(true)
            .build(provider.rand(), provider.crypto(), &Key(raw.key.clone()), |_| true)
            .unwrap()
            .finalize(&provider)
            .unwrap();
        let (commit, _, info) = bundle.into_messages();
        let (commit, info) = (commit.to_bytes().unwrap(), info.unwrap().to_bytes().unwrap());
        let caller = (&world.id(name), &raw.id);
        let refused = world.relay.apply_commit(&world.trust, caller, &commit, &info, None, world.org.now());
        assert!(matches!(refused, Err(MlsError::Rule(Violation::RejoinOnly))));
        assert!(matches!(world.process(0, &commit), Err(MlsError::Rule(Violation::RejoinOnly))));
    }
    world.check();
}

#[test]
fn a_rejoin_undoes_no_pending_removal() {
    let mut world = World::with(&[("alice", Role::Admin), ("bob", Role::Member), ("carol", Role::Member)]);
    let last = world.make(0, &[], &[], None).unwrap();
    world.deliver(0, &last).unwrap();
    world.expel(&[2]);
    let tree = world.relay.tree();
    for (by, allowed) in [(2, false), (1, true)] {
        let client = &mut world.clients[by];
        let store = MemoryStore::new();
        let rejoin = Group::rejoin(&store, &client.device, &world.trust, &last.group_info, &tree, 0).unwrap();
        if allowed {
            (client.store, client.group) = (store, Some(rejoin.group));
            let applied = world.deliver(by, &rejoin.committed).unwrap();
            assert_eq!(applied.dropped_removals, [2]);
            world.expel(&applied.dropped_removals);
        } else {
            let refused = world.offer(by, &rejoin.committed);
            assert!(matches!(refused, Err(MlsError::Rule(Violation::PendingRemovals))));
            let refused = world.process(0, &rejoin.committed.commit);
            assert!(matches!(refused, Err(MlsError::Rule(Violation::PendingRemovals))));
        }
    }
    world.commit(1, &[], None).unwrap();
    assert!(!world.clients[2].state().is_member());
}

#[test]
fn the_relay_registers_proper_new_groups_only() {
    let org = TestOrg::new("example.org");
    let trust = org.trust();
    let client = Client::new(org.device("alice", "phone"));
    let id = chancery_wire::GroupId::random(&mut org.rng(), &org.domain);
    let create = |data: GroupData| {
        Group::create(&MemoryStore::new(), &client.device, &trust, &id, Suite::Classical, data).map(|made| made.tree)
    };
    assert!(matches!(create(roles(&org, &[("bob", Role::Admin)])), Err(MlsError::Rule(Violation::UserWithoutRole))));
    assert!(matches!(create(roles(&org, &[("alice", Role::Member)])), Err(MlsError::Rule(Violation::NoAdmin))));
    let world = World::with(&DUO);
    // A later epoch with several leaves is no new group.
    let last = world.clients[0].state();
    assert!(last.epoch() > 0);
    let mut other = World::with(&DUO);
    let committed = other.make(0, &[], &[], None).unwrap();
    other.deliver(0, &committed).unwrap();
    let refused = RelayGroup::create(&trust, &committed.group_info, &other.relay.tree(), org.now()).map(|_| ());
    assert!(matches!(refused, Err(MlsError::Rule(Violation::NotNew))));
    // Another organisation's group.
    let foreign = TestOrg::new("example.net");
    let device = foreign.device("eve", "phone");
    let data = roles(&foreign, &[("eve", Role::Admin)]);
    let made = Group::create(&MemoryStore::new(), &device, &foreign.trust(), &id, Suite::Classical, data).unwrap();
    let refused = RelayGroup::create(&trust, &made.group_info, &made.tree, org.now()).map(|_| ());
    assert!(matches!(refused, Err(MlsError::Rule(Violation::ExternalSenders) | MlsError::Untrusted(_))));
}

#[test]
fn a_recorder_enters_only_where_it_is_named() {
    let mut world = World::with(&DUO);
    let mut data = world.relay.data().clone();
    data.roles.insert(world.id("recorder"), Role::Reader);
    let refused = world.add_kind(0, "recorder", Kind::Recorder, Some(data.clone()));
    assert!(matches!(refused, Err(MlsError::Rule(Violation::RecorderNotAllowed))));
    data.recorders.push(world.id("recorder"));
    world.add_kind(0, "recorder", Kind::Recorder, Some(data)).unwrap();
    assert_eq!(world.relay.leaves()[2].kind, Kind::Recorder);
}

#[test]
fn garbage_is_malformed() {
    let mut world = World::with(&DUO);
    // Truncated anywhere, or with a length that lies, nothing panics.
    let committed = world.make(0, &[], &[], None).unwrap();
    for end in 0..committed.commit.len() {
        assert!(matches!(world.process(1, &committed.commit[..end]), Err(MlsError::Malformed(_))));
    }
    let tree = world.relay.tree();
    for end in (0..tree.len()).step_by(7) {
        assert!(RelayGroup::create(&world.trust, &committed.group_info, &tree[..end], 0).is_err());
        let (bob, info) = (&world.clients[1], &committed.group_info);
        assert!(Group::rejoin(&bob.store, &bob.device, &world.trust, info, &tree[..end], 0).is_err());
    }
    for end in 0..committed.group_info.len() {
        assert!(RelayGroup::create(&world.trust, &committed.group_info[..end], &tree, 0).is_err());
    }
    for body in [&b""[..], b"x", &[0, 1, 0, 1], &[0, 1, 0, 2, 0xFF, 0xFF, 0xFF, 0xFF], &[0xFF; 64]] {
        assert!(matches!(world.process(0, body), Err(MlsError::Malformed(_))));
        assert!(RelayGroup::trim_welcome(body, body).is_err());
        assert!(RelayGroup::from_snapshot(body, &world.trust).is_err());
        assert!(VerifiedKeyPackage::verify(body, &world.trust, 0).is_err());
    }
}
