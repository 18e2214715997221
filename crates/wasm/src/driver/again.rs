//! Commands that come twice. The tab that owns the store may die between a commit and the answer; whoever asked gives the command
//! again to the next owner, under the same key, and gets the first answer.
//!
//! ```text
//! "k" time key    the answer, JSON    (Table::Transfer; time in milliseconds since 1970, 8 bytes big-endian)
//! ```

use chancery_core::{Fault, Table, Tx, storage::Order};
use std::ops::Bound;

/// Answers that are kept. Only those of the last moments before a tab died are ever asked for.
pub(super) const KEPT_ANSWERS: usize = 256;
/// The oldest are removed when so many more have come.
const SURPLUS_ANSWERS: usize = 64;

const FROM: &[u8] = b"k";
const TO: &[u8] = b"l";

/// The answer that this command got, if it was carried out.
pub(super) fn find(tx: &dyn Tx, key: &[u8; 16]) -> Result<Option<String>, Fault> {
    let limit = KEPT_ANSWERS + SURPLUS_ANSWERS;
    let kept = tx.scan(Table::Transfer, Bound::Included(FROM), Bound::Excluded(TO), Order::Descending, limit)?;
    Ok(kept
        .into_iter()
        .find(|(stored, _)| stored.ends_with(key))
        .and_then(|(_, answer)| String::from_utf8(answer).ok()))
}

/// Keeps an answer, in the transaction of its command.
pub(super) fn keep(tx: &dyn Tx, now_ms: u64, key: &[u8; 16], answer: &str) -> Result<(), Fault> {
    tx.put(Table::Transfer, &[FROM, &now_ms.to_be_bytes(), key].concat(), answer.as_bytes())
}

/// Removes the oldest when there are too many.
pub(super) fn prune(tx: &dyn Tx) -> Result<(), Fault> {
    let limit = KEPT_ANSWERS + SURPLUS_ANSWERS;
    let kept = tx.scan(Table::Transfer, Bound::Included(FROM), Bound::Excluded(TO), Order::Ascending, limit)?;
    if kept.len() < limit {
        return Ok(());
    }
    kept.iter().take(SURPLUS_ANSWERS).try_for_each(|(key, _)| tx.delete(Table::Transfer, key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_core::Storage;
    use chancery_store::MemoryStore;

    #[test]
    fn an_answer_is_found_by_its_command_until_many_newer_ones_came() {
        let mut store = MemoryStore::new();
        let key = |n: u64| {
            let mut key = [0; 16];
            key[..8].copy_from_slice(&n.to_be_bytes());
            key
        };
        let all = (KEPT_ANSWERS + SURPLUS_ANSWERS) as u64;
        store
            .transact(|tx| -> Result<(), Fault> {
                (0..all - 1).try_for_each(|n| keep(tx, 1000 + n, &key(n), &format!("\"{n}\"")))?;
                prune(tx)?;
                assert_eq!(find(tx, &key(0))?.as_deref(), Some("\"0\""), "not too many yet");
                keep(tx, 1000 + all, &key(all), "\"last\"")?;
                prune(tx)?;
                assert_eq!(find(tx, &key(0))?, None);
                assert_eq!(find(tx, &key(all))?.as_deref(), Some("\"last\""));
                assert_eq!(find(tx, &key(all + 1))?, None);
                Ok(())
            })
            .unwrap();
    }
}
