//! Settings: `personalization.json` and the environment, checked once into values that cannot be wrong.
//!
//! Checking collects every mistake with its place. With any mistake there are no settings, and the shell
//! serves the site as if Pintle were not there.

pub mod duration;
pub mod environment;
pub mod mistake;
pub mod personalization;
mod reader;
pub mod secret;
pub mod url;

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use crate::delivery::Delivery;
use crate::identity::anonymous_id::AnonymousId;
use crate::identity::keys::KeyRing;
use crate::identity::privacy::Consent;
use crate::profile::activation_api::{Id, Question};
use crate::profile::view::View;
use crate::profile::{Source, kv};
use crate::request::Fact;

use environment::Environment;
use mistake::{Mistakes, Place};
use personalization::Personalization;
use secret::Secret;

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
    pub features: crate::decision::Features,
    /// How it is delivered.
    pub deliveries: Vec<Delivery>,
    /// The facts of the request that decisions refer to, by name.
    pub facts: Vec<(String, Fact)>,
    /// Which `personalization.json` this is: the first 8 hexadecimal digits of its SHA-256.
    pub version: String,
    /// A fingerprint of what a ticket's attributes depend on.
    pub fingerprint: u32,
    /// The endpoint for pages' own scripts.
    pub decision_endpoint: DecisionEndpoint,
    /// Whether responses explain themselves in `Server-Timing`.
    pub explain: bool,
}

/// Where profiles come from, and how long that may take.
#[derive(Debug)]
pub struct Profiles {
    /// The sources, in the order in which they are asked.
    pub sources: Vec<Source>,
    /// The entity of the Profiles project.
    pub entity: String,
    /// The id type of the Profiles project.
    pub id_type: String,
    /// The view that decides.
    pub view: View,
    /// How long a page waits for the whole lookup, in milliseconds.
    pub budget_ms: u32,
    /// How long a profile that was written back to KV stays there, in seconds.
    pub kept_s: u32,
    /// The Activation API, when it is a source.
    pub activation_api: Option<ActivationApi>,
}

/// How `GET /_pintle/decision` is open to pages' own scripts.
#[derive(Debug)]
pub struct DecisionEndpoint {
    /// Whether the visitor may be named in a parameter, and not in the cookie alone.
    pub takes_parameter: bool,
    /// How often one address may ask, a minute.
    pub per_minute: u32,
}

/// How the Activation API is asked.
#[derive(Debug)]
pub struct ActivationApi {
    /// The whole URL.
    pub url: String,
    /// The destination's id.
    pub destination_id: String,
    /// The service access token.
    pub token: Secret,
}

impl Settings {
    /// Checks the text of a `personalization.json` and the environment; all mistakes at once.
    pub fn check(personalization: &str, environment: &Environment<'_>) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        let Personalization { view, features, deliveries, consent } =
            Personalization::check(personalization, &mut mistakes);
        let keys = environment.ticket_keys(&mut mistakes);
        let (mut facts, mut of_profiles) = (Vec::new(), BTreeSet::new());
        for name in attributes(&features, &deliveries) {
            match Fact::named(&name) {
                Some(fact) => facts.push((name, fact)),
                None => _ = of_profiles.insert(name),
            }
        }
        let view = environment.view(view, of_profiles, &mut mistakes);
        let profiles = environment.profiles(view, &mut mistakes);
        environment.check_origin(&mut mistakes);
        let decision_endpoint = environment.decision_endpoint(&mut mistakes);
        let explain = environment.explain(&mut mistakes);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let version = format!("{:08x}", start_of(Sha256::new().chain_update(personalization)));
        let fingerprint = profiles.fingerprint();
        Ok(Self {
            profiles,
            keys,
            consent,
            features,
            deliveries,
            facts,
            version,
            fingerprint,
            decision_endpoint,
            explain,
        })
    }
}

impl Profiles {
    /// The key of a visitor's profile in KV.
    #[must_use]
    pub fn kv_key(&self, id: &AnonymousId) -> Option<String> {
        kv::key(&self.entity, &self.id_type, id.as_str())
    }

    /// What the Activation API is asked about a visitor.
    #[must_use]
    pub fn question(&self, id: &AnonymousId, api: &ActivationApi) -> Question {
        Question {
            entity: self.entity.clone(),
            destination_id: api.destination_id.clone(),
            id: Id { id_type: self.id_type.clone(), value: id.as_str().to_owned() },
        }
    }

    /// Changes whenever a ticket that was sealed before could answer wrongly.
    fn fingerprint(&self) -> u32 {
        let mut digest = Sha256::new();
        for part in [&self.entity, &self.id_type, &self.view.key].into_iter().chain(&self.view.features) {
            digest.update(part.as_bytes());
            digest.update([0]);
        }
        digest.update([u8::from(self.view.ignore_case)]);
        start_of(digest)
    }
}

/// The first four bytes of a digest.
fn start_of(digest: Sha256) -> u32 {
    let [a, b, c, d, ..]: [u8; 32] = digest.finalize().into();
    u32::from_be_bytes([a, b, c, d])
}

/// The attributes that the delivered features refer to.
fn attributes(features: &crate::decision::Features, deliveries: &[Delivery]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for feature in deliveries.iter().filter_map(|delivery| features.get(&delivery.feature)) {
        feature.attributes(&mut names);
    }
    names
}

/// The place of the whole `personalization.json`.
const DOCUMENT: Place<'static> = Place::Root;
