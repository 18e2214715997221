//! Links wire, mls and core as the browser will, so that `cargo xtask test` notices what doesn't compile there.

pub use chancery_core as core;
pub use chancery_mls as mls;
pub use chancery_wire as wire;
