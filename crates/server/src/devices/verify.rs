//! Verifies a device's credential and key packages: the part of registering that costs CPU.

use crate::{Context, Failure, Relay, refusals};
use chancery_mls::VerifiedKeyPackage;
use chancery_wire::{Code, Refusal, api::devices::KeyPackages, signed::VerifiedDevice};

/// Key packages in one upload.
const MAX_UPLOAD: usize = 100;

/// Verifies the chain, and that every key package is the device's own and of the kind it is said to be.
pub fn verify(
    relay: &Relay,
    context: Context<'_>,
    credential: &[u8],
    packages: &KeyPackages,
) -> Result<(VerifiedDevice, Vec<VerifiedKeyPackage>), Failure> {
    if packages.ordinary.len() + packages.last_resort.len() > MAX_UPLOAD {
        return Err(Refusal::new(Code::TooLarge, format!("more than {MAX_UPLOAD} key packages in one upload")).into());
    }
    let organisation = relay.organisation();
    let now = context.now_seconds();
    let device = organisation.trust.verify(credential, Some(now)).map_err(|error| refusals::chain(&error))?;
    let ordinary = packages.ordinary.iter().map(|bytes| (bytes, false));
    let last_resort = packages.last_resort.iter().map(|bytes| (bytes, true));
    let mut verified = Vec::with_capacity(packages.ordinary.len() + packages.last_resort.len());
    for (bytes, last_resort) in ordinary.chain(last_resort) {
        let invalid = |why: String| Refusal::new(Code::KeyPackageInvalid, why);
        let package = VerifiedKeyPackage::verify(&bytes.0, &organisation.trust, now)
            .map_err(|error| invalid(error.to_string()))?;
        if package.owner.device != device.device || package.owner.user != device.user || package.owner.key != device.key
        {
            return Err(invalid("a key package is another device's".to_owned()).into());
        }
        if package.last_resort != last_resort {
            return Err(
                invalid("a key package's last_resort extension doesn't fit the list it stands in".to_owned()).into()
            );
        }
        verified.push(package);
    }
    Ok((device, verified))
}
