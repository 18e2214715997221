//! One's own devices: what the relay lists is verified against one's own identity key, so that it can hide a device but never
//! make one up.

use super::Call;
use crate::{
    api::{CallFailure, CommandId, CommandResult, Event},
    engine::{CoreError, Ctx, Loaded, Pending, Stop, user_error},
    groups,
    records::{OwnDevice, Removing},
};
use chancery_wire::{
    DeviceId,
    api::{Request, Response, devices::Devices},
    text::shown_name,
};

pub(super) fn fetch(ctx: &mut Ctx<'_>, command: Option<CommandId>) {
    ctx.call(Request::ListDevices {}, Pending::Account(Call::Devices(command)));
}

pub(crate) fn refresh(ctx: &mut Ctx<'_>, command: CommandId) -> Result<Option<CommandResult>, Stop> {
    ctx.require_account()?;
    fetch(ctx, Some(command));
    Ok(None)
}

pub(super) fn listed(
    ctx: &mut Ctx<'_>,
    command: Option<CommandId>,
    answer: Result<Response, CallFailure>,
) -> Result<(), CoreError> {
    let result = match answer {
        Ok(Response::Devices(devices)) => {
            store(ctx, &devices)?;
            Ok(CommandResult::Done)
        }
        Ok(_) => Ok(CommandResult::Done),
        Err(failure) => {
            super::ask_again_after(ctx, &failure);
            Err(failure.into())
        }
    };
    if let Some(command) = command {
        ctx.complete(command, result);
    }
    Ok(())
}

fn store(ctx: &mut Ctx<'_>, devices: &Devices) -> Result<(), CoreError> {
    let Some(loaded) = ctx.loaded()? else { return Ok(()) };
    let own_identity = loaded.device.owner().identity_key;
    let mut listed = Vec::new();
    for device in &devices.devices {
        match loaded.trust.verify(&device.credential.0, None) {
            Ok(verified) if verified.user == *loaded.user() && verified.identity_key == own_identity => {
                listed.push(OwnDevice {
                    device: verified.device,
                    label: verified.label,
                    added_at_ms: device.added_at_ms,
                    last_seen_day: device.last_seen_day,
                    removing: None,
                });
            }
            _ => ctx.warn(
                "untrusted_device",
                None,
                "The relay lists a device as yours that you never linked. It gets nothing from this device. \
                 Tell your administrator.",
            ),
        }
    }
    let known = OwnDevice::all(ctx.tx)?;
    let ids = |devices: &[OwnDevice]| devices.iter().map(|d| d.device).collect::<Vec<_>>();
    // The first list has nothing to compare with; what was approved here is no news.
    if !known.is_empty() {
        let approved = crate::links::approved_devices(ctx)?;
        for new in
            listed.iter().filter(|l| !known.iter().any(|k| k.device == l.device) && !approved.contains(&l.device))
        {
            let text = format!(
                "“{}” was linked by another of your devices and reads your conversations now. If that wasn't you, remove it at once.",
                shown_name(&new.label)
            );
            ctx.warn("device_linked", None, text);
        }
    }
    let changed = ids(&known) != {
        let mut ids = ids(&listed);
        ids.sort();
        ids
    };
    let removing = removing(&loaded, devices);
    for gone in known.iter().filter(|k| !listed.iter().any(|l| l.device == k.device)) {
        gone.delete(ctx.tx)?;
        crate::links::forget_device(ctx, gone.device)?;
    }
    ctx.state.devices_listed = true;
    let before = OwnDevice::with_removed(ctx.tx)?.into_iter().filter(|device| device.removing.is_some());
    let before: Vec<_> = before.collect();
    for gone in before.iter().filter(|b| !removing.iter().any(|r| r.device == b.device)) {
        gone.delete(ctx.tx)?;
    }
    for device in listed.iter().chain(&removing) {
        device.save(ctx.tx)?;
    }
    if changed || before != removing {
        ctx.event(Event::DevicesChanged);
    }
    groups::reconcile_own_devices(ctx)
}

/// Devices of this person that the relay is still removing from groups. What it says of others' isn't shown.
fn removing(loaded: &Loaded, devices: &Devices) -> Vec<OwnDevice> {
    let own_identity = loaded.device.owner().identity_key;
    let mut removing = Vec::new();
    for device in &devices.removing {
        match loaded.trust.verify(&device.credential.0, None) {
            Ok(verified) if verified.user == *loaded.user() && verified.identity_key == own_identity => {
                removing.push(OwnDevice {
                    device: verified.device,
                    label: verified.label,
                    added_at_ms: 0,
                    last_seen_day: None,
                    removing: Some(Removing { done: device.done.min(device.total), total: device.total }),
                });
            }
            _ => {}
        }
    }
    removing.sort_by_key(|device| device.device);
    removing
}

pub(crate) fn remove(ctx: &mut Ctx<'_>, command: CommandId, device: DeviceId) -> Result<Option<CommandResult>, Stop> {
    let loaded = ctx.require_account()?;
    if device == loaded.account.device {
        let message = "This is the device you are using. Remove it from another one of your devices.";
        return Err(user_error("own_device", message).into());
    }
    ctx.call(Request::RemoveDevice { device }, Pending::Account(Call::RemoveDevice(command, device)));
    Ok(None)
}

pub(super) fn removed(
    ctx: &mut Ctx<'_>,
    command: CommandId,
    device: &DeviceId,
    answer: Result<Response, CallFailure>,
) -> Result<(), CoreError> {
    match answer {
        Ok(_) => {
            if let Some(gone) = OwnDevice::all(ctx.tx)?.into_iter().find(|known| known.device == *device) {
                gone.delete(ctx.tx)?;
            }
            crate::links::forget_device(ctx, *device)?;
            ctx.event(Event::DevicesChanged);
            groups::remove_own_device(ctx, *device)?;
            fetch(ctx, None);
            ctx.complete(command, Ok(CommandResult::Done));
        }
        Err(failure) => ctx.complete(command, Err(failure.into())),
    }
    Ok(())
}
