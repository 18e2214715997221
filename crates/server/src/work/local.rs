//! Work of a relay without server: the simulator's and the tests' turn.

use super::{Next, failed, next, run};
use crate::{Effects, Failure, LocalRelay};

/// When there is something to do: now, at a time in milliseconds since 1970, or never.
pub fn waits_until(local: &LocalRelay, now_ms: u64) -> Result<Option<u64>, Failure> {
    Ok(match next(local.db(), now_ms)? {
        Next::Step(_) => Some(now_ms),
        Next::At(at_ms) => Some(at_ms),
        Next::Nothing => None,
    })
}

/// Carries one step out when one is due. With `lose` the process dies before the step is committed.
pub fn run_one(local: &LocalRelay, now_ms: u64, lose: bool) -> Result<Option<Effects>, Failure> {
    let Next::Step(step) = next(local.db(), now_ms)? else { return Ok(None) };
    if lose {
        let lost: Result<((), Effects), Failure> = local.transact(|relay, tx| {
            run(relay, tx, now_ms, &step)?;
            Err(chancery_wire::Code::Internal.into())
        });
        drop(lost);
        return Ok(None);
    }
    match local.transact(|relay, tx| run(relay, tx, now_ms, &step)) {
        Ok(((), effects)) => Ok(Some(effects)),
        Err(failure) => {
            let ((), effects) = local.transact(|relay, tx| failed(relay, tx, now_ms, &step, &failure))?;
            Ok(Some(effects))
        }
    }
}
