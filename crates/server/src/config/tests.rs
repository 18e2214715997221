use super::*;
use std::collections::BTreeMap;

fn parse(text: &str, variables: &[(&str, &str)]) -> Result<Checked, ConfigError> {
    let mut dict = Figment::new();
    for (name, value) in variables {
        let key = name.to_lowercase().replace("__", ".");
        // As `Env` reads values: numbers and truth values are themselves, the rest is text.
        dict = dict.merge((key, value.parse::<Value>().expect("any text is a value")));
    }
    read(text, "relay.toml", dict)?.check()
}

fn refused(text: &str) -> String {
    parse(text, &[]).unwrap_err().to_string()
}

#[test]
fn without_configuration_it_serves_this_machine_only() {
    let checked = parse("", &[]).unwrap();
    assert_eq!(*checked, Config::default());
    assert_eq!(checked.public_url().as_str(), "http://127.0.0.1:8008/");
    assert_eq!(checked.tls_files(), None);
}

#[test]
fn a_variable_wins_over_the_file_and_the_file_over_the_default() {
    let text = "listen = '127.0.0.1:1'\ndisk_reserve_bytes = 5\n[log]\nformat = 'json'\n";
    let checked = parse(text, &[("LISTEN", "127.0.0.1:2"), ("LOG__LEVEL", "debug"), ("LIMITS__UPLOADS", "7")]).unwrap();
    assert_eq!((checked.listen.port(), checked.disk_reserve_bytes), (2, 5));
    assert_eq!((checked.log.format, checked.log.level.as_str()), (LogFormat::Json, "debug"));
    assert_eq!((checked.limits.uploads, checked.limits.connections), (7, 20_000));
}

#[test]
// The size of the error is figment's.
#[allow(clippy::result_large_err)]
fn the_environment_is_read_under_its_prefix_without_the_command_lines_own_variables() {
    figment::Jail::expect_with(|jail| {
        jail.create_file("relay.toml", "listen = '127.0.0.1:1'")?;
        for (name, value) in [
            ("CHANCERY_TLS__CERTIFICATE", "/c.pem"),
            ("CHANCERY_TLS__KEY", "/k.pem"),
            ("CHANCERY_PUBLIC_URL", "https://chat.example.org"),
            ("CHANCERY_PASSPHRASE", "secret"),
            ("CHANCERY_PROFILES_DIR", "/p"),
        ] {
            jail.set_env(name, value);
        }
        let checked = Checked::load(Some(Path::new("relay.toml"))).map_err(|e| e.to_string())?;
        assert_eq!(checked.tls_files().unwrap().key, Path::new("/k.pem"));
        assert_eq!((checked.listen.port(), checked.public_url().as_str()), (1, "https://chat.example.org/"));
        jail.set_env("CHANCERY_LISTENS", "127.0.0.1:3");
        let error = Checked::load(None).unwrap_err().to_string();
        assert_eq!(
            error,
            "there is no configuration key `listens` (from the variable CHANCERY_LISTENS); did you mean `listen`?"
        );
        Ok(())
    });
}

#[test]
fn an_unknown_key_is_named_with_the_one_that_was_meant() {
    for (text, key, nearest) in [
        ("listn = 1", "listn", "listen"),
        ("[tls]\ncertficate = 'x'", "tls.certficate", "tls.certificate"),
        ("certificate = 'x'", "certificate", "tls.certificate"),
        ("[limit]\nuploads = 1", "limit.uploads", "limits.uploads"),
        ("[log.format]\njson = true", "log.format.json", "log.format"),
    ] {
        let error = refused(text);
        assert!(error.contains(&format!("`{key}` (from relay.toml); did you mean `{nearest}`?")), "{error}");
    }
}

#[test]
fn values_of_the_wrong_kind_are_refused_with_their_key() {
    for (text, key) in [
        ("listen = 'everywhere'", "listen"),
        ("disk_reserve_bytes = -1", "disk_reserve_bytes"),
        ("[log]\nformat = 'xml'", "log.format"),
    ] {
        let error = refused(text);
        assert!(error.contains(key), "{error}");
    }
    assert!(refused("[log]\nlevel = 'info,=='").contains("log.level"));
    assert!(refused("[limits]\nuploads = 0").contains("limits.uploads"));
    assert!(refused("[push]\ncontact = 'admin@example.org'").contains("push.contact"));
    assert!(parse("[push]\ncontact = 'mailto:admin@example.org'", &[]).is_ok());
    assert!(matches!(parse("listen = ", &[]), Err(ConfigError::Value(_))));
}

#[test]
fn plain_http_is_for_loopback_or_behind_a_proxy() {
    let error = refused("listen = '0.0.0.0:8008'");
    assert!(
        error.contains("tls.certificate") && error.contains("127.0.0.1:8008") && error.contains("behind_tls_proxy")
    );
    let error = refused("metrics_listen = '[::]:9000'");
    assert!(error.contains("metrics_listen") && !error.contains("tls.certificate"), "{error}");
    let url = "public_url = 'https://chat.example.org'\n";
    let tls = "[tls]\ncertificate = 'c'\nkey = 'k'\n";
    assert!(parse(&format!("listen = '0.0.0.0:443'\n{url}{tls}"), &[]).is_ok());
    assert!(parse(&format!("listen = '0.0.0.0:80'\nbehind_tls_proxy = true\n{url}"), &[]).is_ok());
    assert!(parse("listen = '[::1]:80'\nmetrics_listen = '127.0.0.2:9000'", &[]).is_ok());
    assert!(refused("[tls]\nkey = 'k'").contains("both"));
}

#[test]
fn the_public_url_is_https_wherever_tls_is() {
    let tls = "[tls]\ncertificate = 'c'\nkey = 'k'\n";
    assert!(refused(tls).contains("public_url isn't set"));
    assert!(refused("listen = '0.0.0.0:80'\nbehind_tls_proxy = true").contains("public_url isn't set"));
    assert!(refused(&format!("public_url = 'http://localhost:8008'\n{tls}")).contains("https://"));
    assert!(refused("public_url = 'http://chat.example.org'").contains("public_url: plain http"));
    assert!(refused("public_url = 'ftp://x'").contains("public_url:"));
    for url in ["https://chat.example.org", "https://chat.example.org/", " https://chat.example.org "] {
        let checked = parse(&format!("public_url = '{url}'"), &[]).unwrap();
        assert_eq!(checked.public_url().as_str(), "https://chat.example.org/");
    }
}

#[test]
fn a_public_url_with_more_than_an_origin_is_refused_with_what_is_too_much() {
    for rest in ["/chat", "/chat/", "/some/path?x", "?x=1", "/#top", "/?", "//"] {
        let error = refused(&format!("public_url = 'https://chat.example.org{rest}'"));
        let shown = if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") };
        assert!(error.contains("public_url:") && error.contains(&format!("`{shown}`")), "{rest}: {error}");
    }
}

#[test]
fn trusted_proxies_are_a_number_or_networks() {
    let behind = "behind_tls_proxy = true\npublic_url = 'https://chat.example.org'\n";
    let read = |text: &str| parse(&format!("{behind}trusted_proxies = {text}"), &[]).map(|c| c.trusted_proxies.clone());
    assert_eq!(parse(behind, &[]).unwrap().trusted_proxies, TrustedProxies::Number(1));
    assert_eq!(read("2").unwrap(), TrustedProxies::Number(2));
    let networks = vec!["10.0.0.0/8".parse().unwrap(), "fd00::1".parse().unwrap()];
    assert_eq!(read("['10.0.0.0/8', 'fd00::1']").unwrap(), TrustedProxies::Networks(networks.clone()));
    let variables = [
        ("BEHIND_TLS_PROXY", "true"),
        ("PUBLIC_URL", "https://chat.example.org"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, fd00::1"),
        ("FORWARDED_HEADER", "forwarded"),
    ];
    let checked = parse("", &variables).unwrap();
    assert_eq!(checked.trusted_proxies, TrustedProxies::Networks(networks));
    assert_eq!(checked.forwarded_header, ForwardedHeader::Forwarded);
    for (text, word) in
        [("0", "between 1 and 16"), ("99", "between 1 and 16"), ("[]", "empty"), ("['proxy']", "`proxy`")]
    {
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains(word) && error.contains("trusted_proxies"), "{error}");
    }
    assert!(refused("trusted_proxies = 2").contains("behind_tls_proxy"));
    assert!(refused("forwarded_header = 'x-real-ip'").contains("forwarded_header"));
}

#[test]
fn a_slip_in_the_log_level_is_refused_with_the_word_that_was_meant() {
    for (level, word) in [
        ("inof", "`info`"),
        ("wran", "`warn`"),
        ("INFO,chancery_server=debgu", "`debug`"),
        ("verbose", "error, warn, info, debug, trace, off"),
        ("", "empty"),
        ("info,", "empty"),
        ("=debug", "module"),
    ] {
        let error = refused(&format!("[log]\nlevel = '{level}'"));
        assert!(error.contains("log.level") && error.contains(word), "{level}: {error}");
    }
    for level in ["info", "off", "Warn", "warn,chancery_server=debug", "info, chancery_server::push=trace"] {
        assert!(parse(&format!("[log]\nlevel = '{level}'"), &[]).is_ok(), "{level}");
    }
}

#[test]
fn configuration_documentation_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/admin/configuration.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, render()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == render(), "docs/admin/configuration.md isn't current: run this test with UPDATE=1");
}

#[test]
fn every_default_has_a_key_and_every_key_a_meaning() {
    let mut found = Vec::new();
    let defaults: BTreeMap<String, Value> = Figment::from(Serialized::defaults(Config::default())).extract().unwrap();
    collect("", &defaults, &mut found);
    found.sort();
    let mut known: Vec<&str> = keys().map(|key| key.name).collect();
    known.sort_unstable();
    assert_eq!(found, known);
    assert!(keys().all(|key| key.doc.iter().any(|line| line.len() > 10)));
}
