//! The app in the browser: its files are in the binary (`cargo xtask web` makes them, then this crate is built), and are served with headers that leave it
//! nothing but this relay. A debug build reads them from `web/dist/app` at every request, so that whoever works on the app
//! needn't build the relay again.
//!
//! **Invariant:** nothing the app loads comes from elsewhere, and nothing in it can be a script but its own files: see [`headers`].
//! **Invariant:** without a built app the relay works all the same, and says on a page how to build it.

mod assets;
mod headers;

use crate::http::problem;
use assets::{Asset, Encoding};
use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

pub use assets::bundle_hash;

/// What isn't built yet says so.
const NOT_BUILT: &str = "<!doctype html><meta charset=\"utf-8\"><title>Chancery</title>\n\
    <h1>The app isn't built</h1>\n\
    <p>This relay works, but was built without the app for browsers. Run <code>cargo xtask web</code>, then build and start the relay again. \
    The command line (<code>chancery join</code>) works without it.</p>\n";

/// The app at every path that isn't the API's.
pub fn router<S: Clone + Send + Sync + 'static>(tls: bool) -> Router<S> {
    Router::new().fallback(move |request: Request| async move { serve(&request, tls) })
}

fn serve(request: &Request, tls: bool) -> Response {
    let path = request.uri().path();
    // Of a newer client, or a mistyped one: problem details, as everywhere in the API.
    // Metrics have a listener of their own: whoever looks for them here is told so, rather than shown the app.
    if path == "/v1" || path.starts_with("/v1/") || path == "/metrics" {
        return problem::no_route();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return problem::method_not_allowed_here();
    }
    let mut response = respond(path, request.headers());
    headers::secure(response.headers_mut(), tls);
    response
}

fn respond(path: &str, asked: &HeaderMap) -> Response {
    let name = path.trim_start_matches('/');
    let found = if name.is_empty() { None } else { Asset::find(name) };
    // The app's own routes have no file; whatever has an extension is a file that isn't there.
    let is_route = name.is_empty() || (!name.starts_with("assets/") && !last_segment(name).contains('.'));
    let Some(asset) = found.or_else(|| if is_route { Asset::find("index.html") } else { None }) else {
        return match is_route {
            true => page(StatusCode::NOT_FOUND, NOT_BUILT),
            false => (StatusCode::NOT_FOUND, "There is no such file.\n").into_response(),
        };
    };
    let tag = asset.tag();
    let mut response = match asked.get(header::IF_NONE_MATCH).is_some_and(|known| names(known, &tag)) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => body(&asset, asked),
    };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, HeaderValue::from_str(&tag).expect("hexadecimal in quotes"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(asset.caching()));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}

fn body(asset: &Asset, asked: &HeaderMap) -> Response {
    let takes_brotli = asked.get_all(header::ACCEPT_ENCODING).iter().any(takes_brotli);
    let (encoding, bytes) = asset.body(takes_brotli);
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type()));
    if encoding == Encoding::Brotli {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    response
}

fn page(status: StatusCode, text: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], text)
        .into_response()
}

fn last_segment(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Whether an `If-None-Match` names this tag.
fn names(known: &HeaderValue, tag: &str) -> bool {
    let plain = |each: &str| each.trim().trim_start_matches("W/") == tag;
    known.to_str().is_ok_and(|known| known.split(',').any(plain))
}

/// Whether an `Accept-Encoding` takes `br`.
fn takes_brotli(accepted: &HeaderValue) -> bool {
    let takes = |each: &str| {
        let (coding, parameter) = each.split_once(';').unwrap_or((each, ""));
        coding.trim() == "br" && !matches!(parameter.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    };
    accepted.to_str().is_ok_and(|accepted| accepted.split(',').any(takes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brotli_is_sent_to_whoever_takes_it() {
        for (accepted, takes) in [
            ("gzip, deflate, br, zstd", true),
            ("br;q=0.5", true),
            ("br;q=0, gzip", false),
            ("gzip", false),
            ("", false),
        ] {
            assert_eq!(takes_brotli(&HeaderValue::from_static(accepted)), takes, "{accepted}");
        }
    }

    #[test]
    fn a_known_tag_is_found_among_several() {
        let known = HeaderValue::from_static("\"a\", W/\"b\"");
        assert!(names(&known, "\"a\"") && names(&known, "\"b\"") && !names(&known, "\"c\""));
    }
}
