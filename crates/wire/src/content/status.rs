//! Status reports: `application/mimi-message-status` (draft-mahy-mimi-message-status), a list of `[message id, status]`.

use super::canonical;
use crate::ids::MessageId;
use minicbor::{Decoder, Encoder};

/// Media type of a report.
pub const STATUS_TYPE: &str = "application/mimi-message-status";
/// Messages in one report.
pub const MAX_STATUSES: usize = 1024;

/// What became of a message at its receiver. Numbers that this version doesn't know are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status(pub u8);

impl Status {
    /// Marked as not read.
    pub const UNREAD: Self = Self(0);
    /// A device has it.
    pub const DELIVERED: Self = Self(1);
    /// The person read it.
    pub const READ: Self = Self(2);
    /// Its time was over.
    pub const EXPIRED: Self = Self(3);
    /// Deleted by the receiver, or by someone who may.
    pub const DELETED: Self = Self(4);
    /// Hidden, for instance archived.
    pub const HIDDEN: Self = Self(5);
    /// It came, and couldn't be processed.
    pub const ERROR: Self = Self(6);
}

/// What became of some messages, in the order of the report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusReport(pub Vec<(MessageId, Status)>);

impl StatusReport {
    /// The report's bytes.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut e = Encoder::new(Vec::new());
        e.array(self.0.len() as u64).expect("writing to a Vec can't fail");
        for (message, status) in &self.0 {
            e.array(2)
                .and_then(|e| e.bytes(message.as_bytes()))
                .and_then(|e| e.u8(status.0))
                .expect("writing to a Vec can't fail");
        }
        e.into_writer()
    }

    /// Reads a report.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        canonical::check(bytes).ok()?;
        let mut d = Decoder::new(bytes);
        let count = d.array().ok()??;
        if count > MAX_STATUSES as u64 {
            return None;
        }
        let mut statuses = Vec::new();
        for _ in 0..count {
            if d.array().ok()? != Some(2) {
                return None;
            }
            statuses.push((d.decode().ok()?, Status(d.u8().ok()?)));
        }
        Some(Self(statuses))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of draft-mahy-mimi-message-status.
    const EXAMPLE: &str = "84\
        825820017ce54837404c3696e0c747b985cb172716d0ed0a3d249ca63ace7d82a096f402\
        825820015354973c2b65ca937bf1e035ae53a5ab80e947afa43d46920d4202e5cc0b2702\
        825820018d825adf9f6be00dcafc5704c4102f5022e74219d0b603e4ba7622654042af00\
        82582001e59db8173939facc2c8a4a0f0ae8d0c7a11a81239626630c9464a8d6717a0303";

    #[test]
    fn the_drafts_example_report_is_read_and_written_again() {
        let bytes: Vec<u8> =
            (0..EXAMPLE.len()).step_by(2).map(|at| u8::from_str_radix(&EXAMPLE[at..at + 2], 16).unwrap()).collect();
        let report = StatusReport::from_slice(&bytes).unwrap();
        let statuses: Vec<Status> = report.0.iter().map(|(_, status)| *status).collect();
        assert_eq!(statuses, [Status::READ, Status::READ, Status::UNREAD, Status::EXPIRED]);
        assert_eq!(report.0[1].0.to_string(), "015354973c2b65ca937bf1e035ae53a5ab80e947afa43d46920d4202e5cc0b27");
        assert_eq!(report.to_vec(), bytes);
    }

    #[test]
    fn damaged_and_oversized_reports_are_refused() {
        let good = StatusReport(vec![(MessageId([1; 32]), Status(200))]).to_vec();
        assert_eq!(StatusReport::from_slice(&good).unwrap().0[0].1, Status(200));
        for end in 0..good.len() {
            assert_eq!(StatusReport::from_slice(&good[..end]), None);
        }
        let large = StatusReport(vec![(MessageId([1; 32]), Status::READ); MAX_STATUSES + 1]).to_vec();
        assert_eq!(StatusReport::from_slice(&large), None);
    }
}
