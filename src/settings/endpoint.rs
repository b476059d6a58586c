//! How `GET /_pintle/decision` is open to pages' own scripts: the variables of it, checked.

use crate::document::environment::Environment;
use crate::document::mistake::Mistakes;
use crate::request::is_token;

/// How often one address may ask for its decisions, by default, a minute.
pub const DEFAULT_DECISION_RATE: u32 = 60;
/// Where the address is read when `DECISION_ADDRESS_HEADER` does not say: where nginx and most proxies write it.
pub const DEFAULT_ADDRESS_HEADER: &str = "x-real-ip, x-forwarded-for";
const ADDRESS_HEADER: &str = "DECISION_ADDRESS_HEADER";

/// How the decision endpoint is open.
#[derive(Debug)]
pub struct DecisionEndpoint {
    /// Whether the visitor may be named in a parameter, and not in the cookie alone.
    pub takes_parameter: bool,
    /// How often one address may ask, a minute.
    pub per_minute: u32,
    /// The names of the headers, in lower case, of which the first that is there says where a request came from.
    pub address_headers: Vec<String>,
}

impl DecisionEndpoint {
    /// Reads `DECISION_ID_PARAMETER`, `DECISION_RATE` and `DECISION_ADDRESS_HEADER`.
    pub fn compile(environment: &Environment<'_>, mistakes: &mut Mistakes) -> Self {
        let address_header = environment.get(ADDRESS_HEADER);
        Self {
            takes_parameter: environment.choice("DECISION_ID_PARAMETER", ["false", "true"], mistakes),
            per_minute: environment
                .number("DECISION_RATE", 1..=1_000_000, mistakes)
                .unwrap_or(DEFAULT_DECISION_RATE),
            address_headers: names(address_header.as_deref().unwrap_or(DEFAULT_ADDRESS_HEADER), mistakes),
        }
    }
}

/// The names in a list that commas separate.
fn names(list: &str, mistakes: &mut Mistakes) -> Vec<String> {
    let mut names = Vec::new();
    for name in list.split(',').map(|name| name.trim().to_ascii_lowercase()) {
        if !is_token(&name) {
            mistakes.note(ADDRESS_HEADER, format!("`{name}` is not the name of a header"));
        } else if names.contains(&name) {
            mistakes.note(ADDRESS_HEADER, format!("names `{name}` twice"));
        } else {
            names.push(name);
        }
    }
    names
}
