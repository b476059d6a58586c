//! Profile to decisions: features in the format of the GrowthBook SDK, specification 0.8.0.
//!
//! A feature is a default value and rules; the first rule that is for the visitor forces its value, or gives that of a
//! variation of its experiment. Everything is compiled once, from lenient wire types into checked ones, and every mistake is
//! told with its place. It does not know where attributes come from, nor what is done with a decision.

pub mod bandit;
pub mod bucket;
pub mod condition;
pub mod evaluation;
mod experiment;
pub mod feature;
mod hashed;
mod holdout;
pub mod namespace;
pub mod page_experiment;
mod prerequisite;
pub mod query_override;
pub mod range;
mod reading;
pub mod reason;
pub mod redirect;
mod rule;
pub mod sticky;
mod url_target;
pub mod uses;

pub use bandit::Bandits;
pub use condition::saved_groups::SavedGroups;
pub use condition::{Attributes, Condition};
pub use evaluation::{Context, Evaluation, Preview};
pub use feature::{Feature, Features, Wire};
pub use page_experiment::PageExperiment;
pub use reason::{Decision, Reason};
pub use sticky::Sticky;
pub use uses::Uses;
