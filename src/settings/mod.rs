//! Settings: `personalization.json` and the environment, checked once into values that cannot be wrong.
//!
//! Each folder reads its own; here they come together. Checking collects every mistake with its place. A mistake in a feature
//! or a delivery damages that one, and what asks it, and the others stay. With any other there are no settings, and the
//! shell serves the site as if Pintle were not there.

pub mod endpoint;
pub mod misnamed;
pub mod personalization;

use sha2::{Digest as _, Sha256};

use crate::decision::{Features, PageExperiment};
use crate::delivery::Delivery;
use crate::delivery::exposure::Track;
use crate::document::environment::Environment;
use crate::document::mistake::Mistakes;
use crate::identity::ticket::{self, Seal};
use crate::profile::Source;
use crate::profile::settings::Profiles;
use crate::request::consent::Consent;
use crate::request::fact::Fact;
use crate::seal::key_ring::KeyRing;

use endpoint::DecisionEndpoint;
use personalization::Personalization;

/// Everything that a request is answered by.
#[derive(Debug)]
pub struct Settings {
    /// Where profiles come from.
    pub profiles: Profiles,
    /// The keys of tickets; without any there are no tickets.
    pub keys: Option<KeyRing>,
    /// How visitors say that they do not want to be known, beside Global Privacy Control.
    pub consent: Option<Consent>,
    /// What is decided.
    pub features: Features,
    /// The experiments whose variations are other addresses.
    pub experiments: Vec<PageExperiment>,
    /// Whether visitors keep the variations that they were given: an experiment asks for it, and there are tickets.
    pub is_sticky: bool,
    /// How it is delivered.
    pub deliveries: Vec<Delivery>,
    /// Which decisions are traits of their visitors.
    pub tracks: Vec<Track>,
    /// Whether what visitors are shown is told to RudderStack.
    pub exposes: bool,
    /// The facts of the request that decisions refer to, by name.
    pub facts: Vec<(String, Fact)>,
    /// Which `personalization.json` this is: the first 8 hexadecimal digits of its SHA-256.
    pub version: String,
    /// A fingerprint of what a ticket's attributes depend on.
    pub fingerprint: u32,
    /// The endpoint for pages' own scripts.
    pub decision_endpoint: DecisionEndpoint,
    /// The attributes of the profile that the endpoint of recommendations tells.
    pub recommendations: Vec<String>,
    /// Whether responses explain themselves in `Server-Timing`.
    pub explain: bool,
    /// What is wrong with features and deliveries that are left alone.
    pub mistakes: Mistakes,
}

impl Settings {
    /// Checks the text of a `personalization.json` and the environment; all mistakes at once. `brings` names the sources
    /// that the shell itself brings.
    ///
    /// # Errors
    ///
    /// All mistakes, when one of them damages more than the part that it stands in.
    pub fn check(
        personalization: &str,
        environment: &Environment<'_>,
        brings: &[Source],
    ) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        let document = Personalization::check(personalization, &mut mistakes);
        let keys = KeyRing::compile(environment, &mut mistakes);
        let mut of_profiles = document.attributes();
        let named = of_profiles.names().filter_map(|name| Some((name.to_owned(), Fact::named(name)?)));
        let facts = named.collect();
        of_profiles.retain(|name| Fact::named(name).is_none());
        let Personalization { view, features, experiments, deliveries, tracks, consent, recommendations } =
            document;
        let profiles = Profiles::compile(environment, brings, (view, of_profiles), &mut mistakes);
        // Only the shell uses them: pages come from the one, whatever else is wrong.
        environment.url("ORIGIN_URL", &mut mistakes);
        environment.url("PERSONALIZATION_URL", &mut mistakes);
        environment.url("GROWTHBOOK_PAYLOAD_URL", &mut mistakes);
        let exposes = environment.get("RUDDER_WRITE_KEY").is_some();
        if exposes && environment.url("RUDDER_DATA_PLANE_URL", &mut mistakes).is_none() {
            mistakes.note(
                "RUDDER_WRITE_KEY",
                "is set, and RUDDER_DATA_PLANE_URL, where experiments are told, is not",
            );
        }
        let decision_endpoint = DecisionEndpoint::compile(environment, &mut mistakes);
        let explain = environment.choice("EXPLAIN", ["false", "true"], &mut mistakes);
        if mistakes.damage_all() {
            return Err(mistakes);
        }
        let [a, b, c, d, ..]: [u8; 32] = Sha256::digest(personalization).into();
        let version = format!("{:08x}", u32::from_be_bytes([a, b, c, d]));
        let fingerprint = profiles.fingerprint();
        Ok(Self {
            profiles,
            is_sticky: keys.is_some()
                && (features.ask_to_be_sticky() || experiments.iter().any(PageExperiment::asks_to_be_sticky)),
            keys,
            consent,
            features,
            experiments,
            deliveries,
            tracks,
            exposes,
            facts,
            version,
            fingerprint,
            decision_endpoint,
            recommendations,
            explain,
            mistakes,
        })
    }
}

impl Settings {
    /// What tickets are sealed for under these settings.
    #[must_use]
    pub fn seal(&self) -> Seal<'static> {
        Seal { cookie: ticket::COOKIE, settings: self.fingerprint }
    }
}

#[cfg(test)]
#[path = "environment_tests.rs"]
mod tests;
