//! What the files need from the server around them.

use super::{AppState, extract::bearer_of, problem::respond};
use crate::{
    Caller, Failure,
    engine::{Engine, Owner, now_ms},
    files::{Database, Files, Host},
    health::Part,
};
use axum::{http::HeaderMap, response::Response};
use chancery_wire::{Code, FileId, Refusal, signed::Policy};
use rusqlite::Connection;
use std::sync::Arc;

/// The engine, as the files' database.
#[derive(Clone)]
pub struct EngineDatabase(pub Arc<Engine>);

impl Database for EngineDatabase {
    fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> impl Future<Output = Result<T, Failure>> + Send {
        self.0.read_for(Owner::Files, move |_, db| job(db))
    }

    fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> impl Future<Output = Result<T, Failure>> + Send {
        self.0.write_for(Owner::Files, move |_, tx| job(tx))
    }
}

impl Host for AppState {
    type Database = EngineDatabase;

    fn files(&self) -> &Files<EngineDatabase> {
        &self.files
    }

    fn authenticate(&self, headers: &HeaderMap) -> Result<Arc<Caller>, Refusal> {
        let token = bearer_of(headers).ok_or(Code::Unauthenticated)?;
        self.engine.relay().authenticate(token, now_ms())
    }

    fn policy(&self) -> Policy {
        self.engine.relay().organisation().policy.clone()
    }

    fn now_ms(&self) -> u64 {
        now_ms()
    }

    fn random_file_id(&self) -> FileId {
        FileId(self.engine.relay().random())
    }

    fn passed_over(&self, failure: &Failure) {
        self.engine.relay().health.passed_over(Part::Files, failure);
    }

    fn refuse(&self, failure: Failure, operation: &'static str) -> Response {
        respond(failure.into_refusal(operation))
    }
}
