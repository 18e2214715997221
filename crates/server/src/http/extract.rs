//! What handlers take from a request.

use super::{
    AppState,
    bodies::Bounded,
    forwarded::{self, NoAddress},
    problem::Problem,
};
use crate::{
    config::Checked,
    engine::{From, now_ms},
};
use axum::{
    extract::{ConnectInfo, FromRequest, FromRequestParts, Path as AxumPath, Query as AxumQuery, Request},
    http::{HeaderMap, header, request::Parts},
};
use chancery_wire::{Code, Refusal};
use serde::de::DeserializeOwned;
use std::{
    hash::{BuildHasher, RandomState},
    net::{IpAddr, SocketAddr},
    sync::LazyLock,
};

/// Anybody.
pub struct Peer(pub From);

/// A device with a session.
pub struct Device(pub From);

impl FromRequestParts<AppState> for Peer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Ok(Self(From { caller: None, peer: hash(address(parts, &state.config)) }))
    }
}

impl FromRequestParts<AppState> for Device {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let token = bearer(parts).ok_or(Code::Unauthenticated)?;
        let caller = state.engine.relay().authenticate(token, now_ms())?;
        Ok(Self(From { caller: Some(caller), peer: hash(address(parts, &state.config)) }))
    }
}

/// The bearer token (RFC 6750).
pub fn bearer(parts: &Parts) -> Option<&str> {
    bearer_of(&parts.headers)
}

/// The same, from the headers.
pub fn bearer_of(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The address that a request is limited by: the client's, behind a proxy too (see [`forwarded`]).
pub fn address(parts: &Parts, config: &Checked) -> IpAddr {
    address_or_why_not(parts, config).0
}

/// The same; where it is only the proxy's, with the reason.
pub(super) fn address_or_why_not(parts: &Parts, config: &Checked) -> (IpAddr, Option<NoAddress>) {
    let direct = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let (address, why) = forwarded::client(direct, &parts.headers, config);
    (network(address), why)
}

/// What counts as one peer: an IPv4 address, or a whole /64 of IPv6.
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
        },
        v4 => v4,
    }
}

/// Stands for an address where the address itself isn't needed, so that it is stored nowhere. Another one after each start.
pub fn hash(address: IpAddr) -> u64 {
    static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    KEYS.hash_one(address)
}

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + Bounded> FromRequest<AppState> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let bytes = state.bodies.read(request, T::MAX_BYTES).await?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| Refusal::new(Code::InvalidRequest, format!("the body isn't understood: {error}")).into())
    }
}

/// Parts of the path.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let path = AxumPath::<T>::from_request_parts(parts, state).await;
        path.map(|AxumPath(value)| Self(value))
            .map_err(|error| Refusal::new(Code::InvalidRequest, format!("the path isn't understood: {error}")).into())
    }
}

/// The query.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let query = AxumQuery::<T>::from_request_parts(parts, state).await;
        query
            .map(|AxumQuery(value)| Self(value))
            .map_err(|error| Refusal::new(Code::InvalidRequest, format!("the query isn't understood: {error}")).into())
    }
}
