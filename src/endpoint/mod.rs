//! Paths that Pintle answers itself, whichever shell it runs in.

pub mod decisions;
pub mod health;
pub mod rate;
