//! Key packages: a stock at the relay for each suite, and a last-resort one, so that an absent device can always be added.
//! Private halves are in the store before anything is uploaded: both happen in one input.

use super::{Call, SUITES};
use crate::{
    engine::{CoreError, Ctx, Loaded, Pending},
    records::{LogView, scan_prefix},
    storage::Table,
};
use chancery_mls::{Device, MlsError, StoredKeyPackage};
use chancery_wire::{
    Base64,
    api::{
        Request,
        devices::{KeyPackages, Stocks},
    },
    limits::{KEY_PACKAGE_LOW, KEY_PACKAGE_STOCK},
    signed::Suite,
};

/// A full stock for these suites.
pub(crate) fn make_stock(ctx: &mut Ctx<'_>, device: &Device, suites: &[Suite]) -> Result<KeyPackages, MlsError> {
    let mut packages = KeyPackages::default();
    let now = ctx.now_seconds();
    for suite in suites {
        let ordinary = device.make_key_packages(&ctx.mls(), *suite, KEY_PACKAGE_STOCK, false, now)?;
        let last_resort = device.make_key_packages(&ctx.mls(), *suite, 1, true, now)?;
        packages.ordinary.extend(ordinary.into_iter().map(Base64));
        packages.last_resort.extend(last_resort.into_iter().map(Base64));
    }
    Ok(packages)
}

pub(super) fn check(ctx: &mut Ctx<'_>) {
    ctx.call(Request::GetStocks {}, Pending::Account(Call::Stocks));
}

pub(super) fn refill(ctx: &mut Ctx<'_>, stocks: &Stocks) -> Result<(), CoreError> {
    let Some(loaded) = ctx.loaded()? else { return Ok(()) };
    forget_over(ctx, &loaded)?;
    let low: Vec<Suite> = SUITES
        .into_iter()
        .filter(|suite| {
            stocks
                .stocks
                .iter()
                .find(|stock| stock.suite == *suite)
                .is_none_or(|stock| (stock.ordinary as usize) < KEY_PACKAGE_LOW || !stock.last_resort)
        })
        .collect();
    if low.is_empty() {
        return Ok(());
    }
    let body = make_stock(ctx, &loaded.device, &low).map_err(|e| CoreError::Internal(format!("key packages: {e}")))?;
    ctx.call(Request::PutKeyPackages { body }, Pending::Account(Call::KeyPackages));
    Ok(())
}

/// Private halves looked through at once: more than are ever kept.
const MAX_STORED: usize = 4096;
const DAY_SECONDS: u64 = 24 * 3600;

/// Deletes private halves of key packages that no Welcome can be for any more. The time is the earlier one of this device's clock and the logs':
/// neither a wrong clock here nor a relay that states a time of its own makes a device unable to read what it is sent.
fn forget_over(ctx: &mut Ctx<'_>, loaded: &Loaded) -> Result<(), CoreError> {
    let now = ctx.now_seconds().min(LogView::latest_ms(ctx.tx)? / 1000);
    let stored = scan_prefix(ctx.tx, Table::Mls, &StoredKeyPackage::key_prefix(), MAX_STORED)?;
    // One that can't be read stays: deleting keys is for what is understood.
    let stored: Vec<_> = stored
        .into_iter()
        .filter_map(|(key, value)| StoredKeyPackage::from_value(&value).ok().map(|stored| (key, stored)))
        .collect();
    let all: Vec<_> = stored.iter().map(|(_, stored)| *stored).collect();
    let waits = loaded.policy.log_days.saturating_mul(DAY_SECONDS);
    for (key, _) in stored.iter().filter(|(_, stored)| stored.is_over(&all, now, waits)) {
        ctx.tx.delete(Table::Mls, key)?;
    }
    Ok(())
}
