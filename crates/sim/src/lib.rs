//! Simulator: seeded clients, the real relay logic, a faulty network, and checkers.
