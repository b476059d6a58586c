//! Paths that Pintle answers itself, whichever shell it runs in.

pub mod decision;
pub mod health;
pub mod rate;
