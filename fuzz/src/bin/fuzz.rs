//! One target under libFuzzer, chosen by `CHANCERY_FUZZ_TARGET`; the arguments are libFuzzer's.
#![no_main]

use chancery_fuzz::{Target, target};
use std::sync::LazyLock;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("CHANCERY_FUZZ_TARGET").unwrap_or_default();
    target(&name).unwrap_or_else(|| {
        eprintln!("CHANCERY_FUZZ_TARGET is `{name}`, which is no target; see fuzz/README.md");
        std::process::exit(2);
    })
});

libfuzzer_sys::fuzz_target!(init: LazyLock::force(&TARGET), |bytes: &[u8]| TARGET(bytes));
