//! The committed description is the program's.

#[test]
fn the_committed_openapi_document_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let made = chancery_server::openapi();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == made, "docs/openapi.json is out of date; run this test with UPDATE=1");
}

#[test]
fn every_call_of_the_api_is_described() {
    let document: serde_json::Value = serde_json::from_str(&chancery_server::openapi()).unwrap();
    for (request, _) in crate::authorisation::requests(&crate::authorisation::Targets::examples()) {
        let wanted = request.to_http();
        let path = wanted.path.split('?').next().unwrap();
        let method = format!("{:?}", wanted.method).to_lowercase();
        let described = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .any(|(pattern, item)| item.get(&method).is_some() && matches(pattern, path));
        assert!(described, "{method} {path}");
    }
}

#[test]
fn the_description_contains_every_schema_that_it_names() {
    let document: serde_json::Value = serde_json::from_str(&chancery_server::openapi()).unwrap();
    let mut named = std::collections::BTreeSet::new();
    references(&document, &mut named);
    let missing: Vec<_> = named.iter().filter(|name| document.pointer(&name[1..]).is_none()).collect();
    assert!(named.len() > 20 && missing.is_empty(), "{missing:?}");
}

/// Every `$ref`.
fn references(value: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(|name| name.as_str()).map(str::to_owned));
            fields.values().for_each(|field| references(field, found));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn what_is_no_call_is_refused_with_problem_details_too() {
    let server = chancery_server::testkit::TestServer::start().await;
    let http = crate::support::http();
    for (method, path, body, status) in [
        ("GET", "/v1/delivery", "", 400),
        ("GET", "/v1/invitations/xyz", "", 400),
        ("GET", "/v1/links/00112233445566778899aabbccddeeff/messages?from=many", "", 400),
        ("POST", "/v1/auth/sessions", "{", 400),
        ("POST", "/v1/auth/sessions", "[]", 400),
        ("GET", "/v1/devices", "", 401),
        ("GET", "/v1/nothing", "", 404),
        ("PUT", "/v1/users", "", 405),
    ] {
        let method: reqwest::Method = method.parse().unwrap();
        let answer = http.request(method, format!("{}{path}", server.url())).body(body).send().await.unwrap();
        let media_type = answer.headers()["content-type"].to_str().unwrap().to_owned();
        assert_eq!((answer.status().as_u16(), media_type.as_str()), (status, "application/problem+json"), "{path}");
        let problem: serde_json::Value = answer.json().await.unwrap();
        assert!(problem["code"].is_string() && problem["detail"].is_string(), "{path}: {problem}");
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len() && pattern.iter().zip(path).all(|(a, b)| a.starts_with('{') || *a == b)
}
