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

fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len() && pattern.iter().zip(path).all(|(a, b)| a.starts_with('{') || *a == b)
}
