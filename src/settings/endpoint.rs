//! How `GET /_pintle/decision` is open to pages' own scripts: the variables of it, checked.

use crate::document::environment::Environment;
use crate::document::mistake::Mistakes;

/// How often one address may ask for its decisions, by default, a minute.
pub const DEFAULT_DECISION_RATE: u32 = 60;

/// How the decision endpoint is open.
#[derive(Debug)]
pub struct DecisionEndpoint {
    /// Whether the visitor may be named in a parameter, and not in the cookie alone.
    pub takes_parameter: bool,
    /// How often one address may ask, a minute.
    pub per_minute: u32,
}

impl DecisionEndpoint {
    /// Reads `DECISION_ID_PARAMETER` and `DECISION_RATE`.
    pub fn compile(environment: &Environment<'_>, mistakes: &mut Mistakes) -> Self {
        Self {
            takes_parameter: environment.choice("DECISION_ID_PARAMETER", ["false", "true"], mistakes),
            per_minute: environment
                .number("DECISION_RATE", 1..=1_000_000, mistakes)
                .unwrap_or(DEFAULT_DECISION_RATE),
        }
    }
}
