//! The environment: variables, secrets and bindings, by the names that `wrangler.toml` explains.

use std::collections::BTreeSet;

use crate::identity::keys::KeyRing;
use crate::profile::view::View;
use crate::profile::{Source, activation_api};

use super::mistake::Mistakes;
use super::secret::Secret;
use super::{ActivationApi, DecisionEndpoint, Profiles, url};

/// How long a page waits for a lookup when `LOOKUP_BUDGET_MS` does not say, in milliseconds.
pub const DEFAULT_BUDGET_MS: u32 = 150;
/// How long a profile is kept in KV after it was written back when `PROFILE_KEPT_S` does not say, in seconds.
pub const DEFAULT_KEPT_S: u32 = 600;
/// How often one address may ask for its decisions, by default, a minute.
pub const DEFAULT_DECISION_RATE: u32 = 60;

/// What the shell can say about its environment.
pub struct Environment<'a> {
    /// The text of a variable or secret.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The sources that the shell itself brings: the KV namespace when it is bound, the site's function when it
    /// is given. The Activation API is there for every shell.
    pub brings: &'a [Source],
}

impl Environment<'_> {
    /// A variable that says something; blank ones count as not set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        (self.variable)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// `ORIGIN_URL`. Only the shell uses it: pages come from there, whatever else is wrong.
    pub(super) fn check_origin(&self, mistakes: &mut Mistakes) {
        if self.get("ORIGIN_URL").is_some_and(|origin| !url::is_plain(&origin)) {
            mistakes.note("ORIGIN_URL", url::NOT_PLAIN);
        }
    }

    /// `TICKET_KEYS`.
    pub(super) fn ticket_keys(&self, mistakes: &mut Mistakes) -> Option<KeyRing> {
        let keys = KeyRing::parse(&self.get("TICKET_KEYS")?);
        keys.map_err(|why| mistakes.note("TICKET_KEYS", why.to_string())).ok()
    }

    /// `DECISION_ID_PARAMETER` and `DECISION_RATE`.
    pub(super) fn decision_endpoint(&self, mistakes: &mut Mistakes) -> DecisionEndpoint {
        DecisionEndpoint {
            takes_parameter: self.choice("DECISION_ID_PARAMETER", ["false", "true"], mistakes),
            per_minute: self
                .number("DECISION_RATE", 1..=1_000_000, mistakes)
                .unwrap_or(DEFAULT_DECISION_RATE),
        }
    }

    /// `EXPLAIN`.
    pub(super) fn explain(&self, mistakes: &mut Mistakes) -> bool {
        self.choice("EXPLAIN", ["false", "true"], mistakes)
    }

    /// `PROFILE_VIEW` and `PROFILE_VIEW_MATCH`; the view of `personalization.json` is the default.
    pub(super) fn view(
        &self,
        default: Option<String>,
        features: BTreeSet<String>,
        mistakes: &mut Mistakes,
    ) -> View {
        let key = self.get("PROFILE_VIEW").or(default);
        let ignore_case = self.choice("PROFILE_VIEW_MATCH", ["exact", "ignore-case"], mistakes);
        View { key: key.unwrap_or_default(), ignore_case, features }
    }

    /// Everything else about profiles.
    pub(super) fn profiles(&self, view: View, mistakes: &mut Mistakes) -> Profiles {
        let sources = self.sources(mistakes);
        // The site's own function brings features alone; every other source has them in views.
        if view.key.is_empty() && sources.iter().any(|source| *source != Source::Function) {
            mistakes.note("PROFILE_VIEW", "is not set, and personalization.json has no `view` either");
        }
        let api = sources.contains(&Source::ActivationApi).then(|| self.activation_api(mistakes));
        let lacks = |source| sources.contains(&source) && !self.brings.contains(&source);
        if lacks(Source::Kv) {
            mistakes.note("PROFILES", "the KV namespace is not bound, and PROFILE_SOURCES names `kv`");
        }
        if lacks(Source::Function) {
            mistakes.note("profile", "the function is not given, and PROFILE_SOURCES names `function`");
        }
        Profiles {
            sources,
            entity: self.get("ACTIVATION_ENTITY").unwrap_or_else(|| "user".to_owned()),
            id_type: self.id_type(mistakes),
            view,
            budget_ms: self.number("LOOKUP_BUDGET_MS", 1..=10_000, mistakes).unwrap_or(DEFAULT_BUDGET_MS),
            kept_s: self.number("PROFILE_KEPT_S", 60..=31_536_000, mistakes).unwrap_or(DEFAULT_KEPT_S),
            activation_api: api.flatten(),
        }
    }

    /// `PROFILE_SOURCES`; without it, every source that is set up.
    fn sources(&self, mistakes: &mut Mistakes) -> Vec<Source> {
        let Some(list) = self.get("PROFILE_SOURCES") else {
            let api = self.get("ACTIVATION_TOKEN").map(|_| Source::ActivationApi);
            let sources: Vec<_> = self.brings.iter().copied().chain(api).collect();
            if sources.is_empty() {
                mistakes.note(
                    "PROFILE_SOURCES",
                    "is not set, and there is neither a source of the site's own nor an ACTIVATION_TOKEN",
                );
            }
            return sources;
        };
        let mut sources = Vec::new();
        for name in list.split(',').map(str::trim) {
            match Source::named(name) {
                None => {
                    let known = Source::ALL.map(Source::name).join(", ");
                    mistakes.note("PROFILE_SOURCES", format!("`{name}` is not a source; known are {known}"));
                }
                Some(source) if sources.contains(&source) => {
                    mistakes.note("PROFILE_SOURCES", format!("names `{name}` twice"));
                }
                Some(source) => sources.push(source),
            }
        }
        sources
    }

    fn activation_api(&self, mistakes: &mut Mistakes) -> Option<ActivationApi> {
        let url = self.get("ACTIVATION_API_URL").unwrap_or_else(|| activation_api::DEFAULT_URL.to_owned());
        if !url::is_plain(&url) {
            mistakes.note("ACTIVATION_API_URL", url::NOT_PLAIN);
        }
        let mut required = |name| {
            let value = self.get(name);
            if value.is_none() {
                mistakes.note(name, "is not set, and PROFILE_SOURCES names `activation-api`");
            }
            value
        };
        let (destination_id, token) = (required("ACTIVATION_DESTINATION_ID"), required("ACTIVATION_TOKEN"));
        if token.as_ref().is_some_and(|token| !token.bytes().all(|byte| byte.is_ascii_graphic())) {
            mistakes.note("ACTIVATION_TOKEN", "holds characters that cannot stand in a header");
        }
        Some(ActivationApi { url, destination_id: destination_id?, token: Secret::new(token?) })
    }

    /// `ACTIVATION_ID_TYPE`. An id comes from a cookie that anybody can write: one that can be guessed
    /// would open somebody else's profile.
    fn id_type(&self, mistakes: &mut Mistakes) -> String {
        let id_type = self.get("ACTIVATION_ID_TYPE").unwrap_or_else(|| "anonymous_id".to_owned());
        if ["user_id", "email", "phone"].iter().any(|guessable| guessable.eq_ignore_ascii_case(&id_type)) {
            mistakes.note(
                "ACTIVATION_ID_TYPE",
                format!("`{id_type}` can be guessed, and the cookie is not authenticated; use the type of the anonymous id"),
            );
        }
        id_type
    }

    fn number(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<u32>,
        mistakes: &mut Mistakes,
    ) -> Option<u32> {
        let number = self.get(name)?.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            mistakes.note(name, format!("must be a whole number from {} to {}", range.start(), range.end()));
        }
        number
    }

    /// Whether the second of two choices is set; the first is the default.
    fn choice(&self, name: &str, choices: [&str; 2], mistakes: &mut Mistakes) -> bool {
        let Some(text) = self.get(name) else { return false };
        if !choices.contains(&text.as_str()) {
            mistakes.note(name, format!("must be `{}` or `{}`", choices[0], choices[1]));
        }
        text == choices[1]
    }
}

#[cfg(test)]
#[path = "environment_tests.rs"]
mod tests;
