//! Profile to decisions: features in the format of the GrowthBook SDK, specification 0.8.0.
//!
//! A feature is a default value and rules; the first rule whose condition the visitor's attributes meet forces
//! its value. Everything is compiled once, from lenient wire types into checked ones, and every mistake is told
//! with its place. Experiments (`bucket`), prerequisites and sticky buckets are not supported yet.

pub mod condition;
pub mod feature;
pub mod reason;

pub use condition::saved_groups::SavedGroups;
pub use condition::{Attributes, Condition};
pub use feature::{Feature, Features};
pub use reason::{Decision, Reason};
