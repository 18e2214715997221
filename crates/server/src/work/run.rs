//! Carries a step out, or notes that it failed.

use super::{Step, backoff_ms, next::has_failures};
use crate::{Failure, Relay, Tx, health::Part};
use rusqlite::params;

/// One step with its record. Work without a further step is forgotten.
pub fn run(relay: &Relay, tx: &Tx<'_>, now_ms: u64, step: &Step) -> Result<(), Failure> {
    if let Some(number) = step.step {
        step.kind.run(relay, tx, now_ms, step.subject, number)?;
        tx.prepare_cached("DELETE FROM work_failures WHERE work_id = ? AND step = ?")?.execute([step.work, number])?;
        passed(tx, step, number)?;
    }
    let position: Option<i64> = {
        let mut statement = tx.prepare_cached("SELECT position FROM work WHERE id = ?")?;
        let mut rows = statement.query([step.work])?;
        rows.next()?.map(|row| row.get(0)).transpose()?
    };
    if let Some(position) = position
        && step.kind.next(tx, step.subject, position)?.is_none()
        && !has_failures(tx, step.work)?
    {
        tx.prepare_cached("DELETE FROM work WHERE id = ?")?.execute([step.work])?;
    }
    Ok(())
}

/// Notes that a step failed, after what it did was undone. The next one is taken, this one tried again later.
pub fn failed(relay: &Relay, tx: &Tx<'_>, now_ms: u64, step: &Step, failure: &Failure) -> Result<(), Failure> {
    let Some(number) = step.step else { return Ok(()) };
    relay.health.passed_over(Part::Work, failure);
    let attempts = step.attempts.saturating_add(1);
    let text = match failure {
        Failure::Fault(fault) => fault.to_string(),
        Failure::Refused(refusal) => refusal.code.to_string(),
    };
    tx.prepare_cached(
        "INSERT INTO work_failures (work_id, step, attempts, fault, next_at_ms) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET attempts = ?3, fault = ?4, next_at_ms = ?5",
    )?
    .execute(params![step.work, number, attempts, text, now_ms.saturating_add(backoff_ms(attempts))])?;
    passed(tx, step, number)
}

fn passed(tx: &Tx<'_>, step: &Step, number: i64) -> Result<(), Failure> {
    tx.prepare_cached("UPDATE work SET position = max(position, ?), steps = steps + 1 WHERE id = ?")?
        .execute([number, step.work])?;
    Ok(())
}
