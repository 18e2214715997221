//! The envelope of application messages.

use super::RelayGroup;
use crate::{MlsError, message};
use chancery_wire::GroupId;

impl RelayGroup {
    /// Checks an application message's envelope: PrivateMessage, this group, this epoch. Cheap: parses the header only.
    /// Needs no group state, so it is an associated function. Returns nothing else than "fits".
    pub fn check_application(id: &GroupId, epoch: u64, body: &[u8]) -> Result<(), MlsError> {
        let (group, of) = message::application_header(body)?;
        if group != *id {
            return Err(MlsError::Mismatch("the message is of another group"));
        }
        if of != epoch {
            return Err(MlsError::Epoch { message: of, group: epoch });
        }
        Ok(())
    }
}
