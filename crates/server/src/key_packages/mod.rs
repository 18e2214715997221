//! Key packages: a stock per device and suite, and a last-resort one.
//!
//! **Invariant:** an ordinary key package is handed out once.

mod claim;
mod put;
mod stocks;

pub use claim::claim;
pub use put::put;
pub use stocks::stocks;
