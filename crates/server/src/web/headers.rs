//! The headers of the app's pages.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Everything from this relay, nothing inline, nothing framed; a script is one of the app's files or isn't run. `blob:` is for pictures,
/// sound and video that were decrypted here.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; \
    manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types chancery";

/// What pages may use; the rest of what browsers offer is refused.
const PERMISSIONS_POLICY: &str = "camera=(self), microphone=(self), geolocation=(self), display-capture=(self), \
    publickey-credentials-create=(self), publickey-credentials-get=(self), clipboard-read=(self), clipboard-write=(self), \
    fullscreen=(self), screen-wake-lock=(self), autoplay=(self), picture-in-picture=(self), \
    accelerometer=(), gyroscope=(), hid=(), idle-detection=(), magnetometer=(), midi=(), payment=(), \
    serial=(), usb=(), xr-spatial-tracking=()";

/// Two years, as browsers' lists ask.
const HSTS: &str = "max-age=63072000";

/// Adds them.
pub(super) fn secure(headers: &mut HeaderMap, tls: bool) {
    let all = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in all {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
}
