//! docs/admin/configuration.md, from the keys.

use super::{Config, PREFIX, keys};
use std::fmt::Write;

const INTRODUCTION: &str = "\
# Configuration of the relay

<!-- Made from crates/server/src/config/keys.rs: `UPDATE=1 cargo test -p chancery-server configuration` writes it again. -->

The relay reads `chancery.toml` in its data folder (`chancery serve --data DIR`) and environment variables; a variable wins over the file.
Dots are sections in the file and two underscores in a variable. An unknown key is an error, so that a slip of the pen isn't
passed over. Every key has a default: an empty configuration serves this machine only, without TLS.

```toml
data_dir = \"/var/lib/chancery\"
listen = \"0.0.0.0:443\"
public_url = \"https://chat.example.org\"

[tls]
certificate = \"/etc/chancery/fullchain.pem\"
key = \"/etc/chancery/privkey.pem\"
```

The same as variables: `CHANCERY_DATA_DIR`, `CHANCERY_LISTEN`, `CHANCERY_PUBLIC_URL`, `CHANCERY_TLS__CERTIFICATE`, `CHANCERY_TLS__KEY`.

| key | variable | default | unit | meaning |
|---|---|---|---|---|
";

/// The documentation of all keys, in Markdown.
pub fn render() -> String {
    let defaults = serde_json::to_value(Config::default()).expect("the defaults are plain values");
    let mut text = INTRODUCTION.to_owned();
    for key in keys() {
        let value = defaults.pointer(&format!("/{}", key.name.replace('.', "/"))).expect("every key has a default");
        let default = if value.is_null() { "none".to_owned() } else { format!("`{value}`") };
        let variable = format!("{PREFIX}{}", key.name.replace('.', "__").to_uppercase());
        let meaning = key.doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
        writeln!(text, "| `{}` | `{variable}` | {default} | {} | {meaning} |", key.name, key.unit)
            .expect("a String takes it");
    }
    text
}
