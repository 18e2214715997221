//! Registers a linked device that another one has admitted, or a renewed certificate of a known one.

use crate::{
    Context, Failure, Relay, RelayFault, Row, Tx,
    delivery::inbox::{self, Kind},
    key_packages, links,
    relay::{Limit, Weight},
};
use chancery_mls::VerifiedKeyPackage;
use chancery_wire::{
    Code, Refusal,
    api::devices::AddDevice,
    limits::MAX_DEVICES_PER_USER,
    signed::{Credential, DeviceCertificate, PublicKey, Unverified, VerifiedDevice},
};
use rusqlite::{OptionalExtension, params};

/// Registers a device whose credential was verified. The same one again succeeds.
pub fn add(
    relay: &Relay,
    tx: &Tx<'_>,
    context: Context<'_>,
    body: &AddDevice,
    device: &VerifiedDevice,
    packages: &[VerifiedKeyPackage],
) -> Result<(), Failure> {
    let (user, identity_key): (Row, [u8; 32]) = tx
        .prepare_cached("SELECT id, identity_key FROM users WHERE user = ?")?
        .query_row([device.user.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or(Code::NotFound)?;
    if identity_key != device.identity_key {
        let why = "the chain doesn't lead to the identity key that the user joined with";
        return Err(Refusal::new(Code::CertificateInvalid, why).into());
    }
    let known = find(tx, device)?;
    let row = match known {
        Some(known) if known.user != user => {
            return Err(Refusal::new(Code::Forbidden, "the device id is taken").into());
        }
        Some(known) if known.revoked => return Err(Code::DeviceRevoked.into()),
        Some(known) if known.credential == body.credential.0 => return Ok(()),
        Some(known) if known.key == device.key && known.issued_at()? > device.issued_at => {
            // Certificates are no secret: whoever has an older one could bring it again and again.
            let why = "the relay has a newer certificate of this device";
            return Err(Refusal::new(Code::StaleVersion, why).into());
        }
        Some(known) if known.key == device.key => {
            tx.prepare_cached("UPDATE devices SET credential = ? WHERE id = ?")?
                .execute(params![body.credential.0, known.row])?;
            known.row
        }
        Some(_) => {
            return Err(Refusal::new(Code::Forbidden, "a device keeps its key; link it as a new device").into());
        }
        None => {
            let count: usize = tx
                .prepare_cached("SELECT count(*) FROM devices WHERE user_id = ? AND revoked_at_ms IS NULL")?
                .query_row([user], |row| row.get(0))?;
            if count >= MAX_DEVICES_PER_USER {
                return Err(Code::TooManyDevices.into());
            }
            relay.check_room(Weight::Ordinary)?;
            relay.limit(Limit::Devices, (user as u64, 0), context.now_ms)?;
            links::use_admission(tx, context, user, &body.credential.0)?;
            insert(tx, user, device, &body.credential.0, context.now_ms)?
        }
    };
    key_packages::put(tx, row, packages)?;
    notify_others(tx, user, row, context)
}

struct Known {
    row: Row,
    user: Row,
    credential: Vec<u8>,
    key: PublicKey,
    revoked: bool,
}

impl Known {
    /// Since when its certificate holds, in seconds since 1970.
    fn issued_at(&self) -> Result<u64, RelayFault> {
        let credential = Credential::from_slice(&self.credential).map_err(RelayFault::new)?;
        let certificate = Unverified::<DeviceCertificate>::parse(&credential.device).map_err(RelayFault::new)?;
        Ok(certificate.peek().issued_at)
    }
}

fn find(tx: &Tx<'_>, device: &VerifiedDevice) -> Result<Option<Known>, Failure> {
    Ok(tx
        .prepare_cached("SELECT id, user_id, credential, key, revoked_at_ms IS NOT NULL FROM devices WHERE device = ?")?
        .query_row([device.device.as_bytes()], |row| {
            Ok(Known {
                row: row.get(0)?,
                user: row.get(1)?,
                credential: row.get(2)?,
                key: row.get(3)?,
                revoked: row.get(4)?,
            })
        })
        .optional()?)
}

/// Writes a new device.
pub fn insert(tx: &Tx<'_>, user: Row, device: &VerifiedDevice, credential: &[u8], now_ms: u64) -> Result<Row, Failure> {
    let taken = tx.prepare_cached("SELECT 1 FROM devices WHERE device = ?")?.exists([device.device.as_bytes()])?;
    if taken {
        return Err(Refusal::new(Code::Forbidden, "the device id is taken").into());
    }
    Ok(tx
        .prepare_cached(
            "INSERT INTO devices (user_id, device, credential, key, added_at_ms) VALUES (?, ?, ?, ?, ?) RETURNING id",
        )?
        .query_row(params![user, device.device.as_bytes(), credential, device.key, now_ms], |row| row.get(0))?)
}

/// Tells a user's devices but this one that their number changed.
pub fn notify_others(tx: &Tx<'_>, user: Row, device: Row, context: Context<'_>) -> Result<(), Failure> {
    let mut statement =
        tx.prepare_cached("SELECT id FROM devices WHERE user_id = ? AND id != ? AND revoked_at_ms IS NULL")?;
    let others = statement.query_map([user, device], |row| row.get(0))?.collect::<Result<Vec<Row>, _>>()?;
    for other in others {
        inbox::notify(tx, other, Kind::DevicesChanged, context.now_ms)?;
    }
    Ok(())
}
