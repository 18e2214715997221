//! The app's pages, and what is no page.

use crate::support;
use chancery_server::testkit::TestServer;
use reqwest::{Method, StatusCode, header};

async fn fetch(server: &TestServer, method: Method, path: &str) -> reqwest::Response {
    support::http().request(method, format!("{}{path}", server.url())).send().await.unwrap()
}

#[tokio::test]
async fn every_page_has_the_headers_that_keep_everything_else_out() {
    let server = TestServer::start().await;
    // With the app built and without: its routes, its files, and files that aren't there.
    for path in ["/", "/i", "/l", "/conversations/1", "/assets/unknown.js", "/missing.txt"] {
        let response = fetch(&server, Method::GET, path).await;
        let header = |name: &str| {
            response.headers().get(name).unwrap_or_else(|| panic!("{path} lacks {name}")).to_str().unwrap()
        };
        let policy = header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval';",
            "style-src 'self';",
            "connect-src 'self';",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types chancery",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("http"), "{policy}");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(header("cross-origin-embedder-policy"), "require-corp");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert!(header("permissions-policy").contains("camera=(self)"));
        assert!(response.headers().get(header::STRICT_TRANSPORT_SECURITY).is_none(), "this relay speaks plain HTTP");
    }
}

#[tokio::test]
async fn an_unknown_path_of_the_api_is_a_problem_and_no_page() {
    let server = TestServer::start().await;
    for (method, path) in [(Method::GET, "/v1/nothing"), (Method::GET, "/v1"), (Method::POST, "/v1/nothing")] {
        let response = fetch(&server, method, path).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    }
    assert_eq!(fetch(&server, Method::POST, "/somewhere").await.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(fetch(&server, Method::GET, "/healthz").await.text().await.unwrap(), "ok\n");
}

#[tokio::test]
async fn a_missing_file_is_no_route_of_the_app_and_no_folder_is_left() {
    let server = TestServer::start().await;
    for path in ["/assets/unknown.js", "/missing.txt", "/assets/%2e%2e/%2e%2e/Cargo.toml", "/..%2f..%2fCargo.toml"] {
        assert_eq!(fetch(&server, Method::GET, path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}
