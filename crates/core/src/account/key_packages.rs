//! Key packages: a stock at the relay for each suite, and a last-resort one, so that an absent device can always be added.
//! Private halves are in the store before anything is uploaded: both happen in one input.

use super::{Call, SUITES};
use crate::engine::{CoreError, Ctx, Pending};
use chancery_mls::{Device, MlsError};
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
