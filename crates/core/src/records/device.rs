//! One's own devices, as the relay last listed them and this device verified them.

use super::{decode, save, scan_prefix};
use crate::{
    engine::CoreError,
    storage::{Table, Tx},
};
use chancery_wire::DeviceId;
use minicbor::{Decode, Encode};

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct OwnDevice {
    #[n(0)]
    pub device: DeviceId,
    #[n(1)]
    pub label: String,
    #[n(2)]
    pub added_at_ms: u64,
    #[n(3)]
    pub last_seen_day: Option<u64>,
    /// It was removed and is cut off; so far is its removal from groups.
    #[n(4)]
    pub removing: Option<Removing>,
}

/// How far a removal is, in groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Removing {
    #[n(0)]
    pub done: u64,
    #[n(1)]
    pub total: u64,
}

impl OwnDevice {
    /// The devices that aren't removed.
    pub fn all(tx: &dyn Tx) -> Result<Vec<Self>, CoreError> {
        let mut devices = Self::with_removed(tx)?;
        devices.retain(|device| device.removing.is_none());
        Ok(devices)
    }

    /// Those that are being removed, too.
    pub fn with_removed(tx: &dyn Tx) -> Result<Vec<Self>, CoreError> {
        scan_prefix(tx, Table::Device, &[], super::SCAN_LIMIT)?
            .iter()
            .map(|(_, value)| decode(value, "device"))
            .collect()
    }

    pub fn save(&self, tx: &dyn Tx) -> Result<(), CoreError> {
        save(tx, Table::Device, self.device.as_bytes(), self)
    }

    pub fn delete(&self, tx: &dyn Tx) -> Result<(), CoreError> {
        Ok(tx.delete(Table::Device, self.device.as_bytes())?)
    }
}
