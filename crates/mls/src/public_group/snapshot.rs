//! Snapshots, and what came after them.

use super::{RelayGroup, Values};
use crate::{
    MlsError, Trust, context, leaf, message,
    storage::{Muted, Storage, VERSION, decode, encode, key_of, label},
    store::StoreFault,
};
use openmls::{group::PublicGroup, prelude::GroupId};
use serde::{Deserialize, Serialize};

/// A snapshot: the values that OpenMLS stores of a public group, by key, in order.
#[derive(Serialize, Deserialize)]
struct Snapshot {
    group: Vec<u8>,
    values: Vec<(Vec<u8>, Vec<u8>)>,
}

const LABEL: &str = "snapshot";

impl RelayGroup {
    /// Brings one back from a snapshot. It was checked before it was made, and isn't checked again.
    pub fn from_snapshot(bytes: &[u8], _trust: &Trust) -> Result<Self, MlsError> {
        let snapshot: Snapshot = decode(LABEL, bytes)?;
        let values = Values(std::cell::RefCell::new(snapshot.values.into_iter().collect()));
        let mls_id = GroupId::from_slice(&snapshot.group);
        let group = PublicGroup::load(&Storage::new(&values, Muted::default()), &mls_id)?
            .ok_or_else(|| StoreFault("the snapshot is incomplete".into()))?;
        values.0.borrow_mut().remove(&key_of(label::TREE, &mls_id)?);
        let leaves = leaf::read_all(group.treesync().full_leaves(), &[], |_| false)?;
        Ok(Self {
            id: message::group_id(group.group_id().as_slice())?,
            suite: context::suite(group.ciphersuite())?,
            data: context::read(group.group_context().extensions())?,
            leaves,
            values,
            group,
        })
    }

    /// Everything needed to bring it back: a versioned CBOR value.
    pub fn snapshot(&self) -> Vec<u8> {
        const WRITES: &str = "values that OpenMLS serialises can be written";
        let mls_id = self.group.group_id();
        let mut values = self.values.0.borrow().clone();
        values.insert(
            key_of(label::TREE, mls_id).expect(WRITES),
            encode(label::TREE, self.group.treesync()).expect(WRITES),
        );
        let snapshot = Snapshot { group: mls_id.to_vec(), values: values.into_iter().collect() };
        let bytes = encode(LABEL, &snapshot).expect(WRITES);
        debug_assert_eq!(bytes.first(), Some(&VERSION));
        bytes
    }
}
