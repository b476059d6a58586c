//! Where profiles come from, and how long that may take: the variables of it, checked.

use sha2::{Digest as _, Sha256};

use super::Source;
use super::sources::activation_api::ActivationApi;
use super::sources::kv;
use super::sources::redis::Redis;
use super::sources::redis::address::Address;
use super::view::View;
use crate::decision::Uses;
use crate::document::environment::Environment;
use crate::document::mistake::Mistakes;
use crate::identity::anonymous_id::AnonymousId;

/// How long a page waits for a lookup when `LOOKUP_BUDGET_MS` does not say, in milliseconds.
pub const DEFAULT_BUDGET_MS: u32 = 150;
/// How long a profile is kept in KV after it was written back when `PROFILE_KEPT_S` does not say, in seconds.
pub const DEFAULT_KEPT_S: u32 = 600;

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
    /// Whether what a later source knows is written back to KV: where KV is a source, too.
    pub writes_back: bool,
    /// The Activation API, when it is a source.
    pub activation_api: Option<ActivationApi>,
    /// Redis, when it is a source.
    pub redis: Option<Redis>,
}

impl Profiles {
    /// Reads the variables. `view` and `features` are what `personalization.json` refers to; `brings` names the sources
    /// that the shell itself brings: the KV and object namespaces when they are bound, the site's function when it is given; Redis
    /// where there are sockets. The Activation API is there for every shell.
    pub fn compile(
        environment: &Environment<'_>,
        brings: &[Source],
        (view, features): (Option<String>, Uses),
        mistakes: &mut Mistakes,
    ) -> Self {
        let key = environment.get("PROFILE_VIEW").or(view).unwrap_or_default();
        let ignore_case = environment.choice("PROFILE_VIEW_MATCH", ["exact", "ignore-case"], mistakes);
        let sources = sources(environment, brings, mistakes);
        let writes_back = sources.contains(&Source::Kv);
        // The site's own function brings features alone; every other source has them in views.
        if key.is_empty() && sources.iter().any(|source| *source != Source::Function) {
            mistakes.note("PROFILE_VIEW", "is not set, and personalization.json has no `view` either");
        }
        let api =
            sources.contains(&Source::ActivationApi).then(|| ActivationApi::compile(environment, mistakes));
        let lacks = |source| sources.contains(&source) && !brings.contains(&source);
        if lacks(Source::Kv) {
            mistakes.note("PROFILES", "the KV namespace is not bound, and PROFILE_SOURCES names `kv`");
        }
        if lacks(Source::People) {
            mistakes.note("PEOPLE", "the Durable Objects are not bound, and PROFILE_SOURCES names `people`");
        }
        let entity = environment.get("ACTIVATION_ENTITY").unwrap_or_else(|| "user".to_owned());
        let id_type = id_type(environment, mistakes);
        let redis = sources
            .contains(&Source::Redis)
            .then(|| Redis::compile(environment, (&entity, &id_type), mistakes));
        let redis = redis.flatten();
        if lacks(Source::Redis) && redis.as_ref().is_some_and(|it| matches!(it.address, Address::Socket(_))) {
            mistakes.note(
                "REDIS_URL",
                "needs sockets, which are not here; use Redis' REST form, https://token@host",
            );
        }
        if lacks(Source::Function) {
            mistakes.note("profile", "the function is not given, and PROFILE_SOURCES names `function`");
        }
        Self {
            sources,
            entity,
            id_type,
            view: View { key, ignore_case, features },
            budget_ms: environment
                .number("LOOKUP_BUDGET_MS", 1..=10_000, mistakes)
                .unwrap_or(DEFAULT_BUDGET_MS),
            kept_s: environment.number("PROFILE_KEPT_S", 60..=31_536_000, mistakes).unwrap_or(DEFAULT_KEPT_S),
            writes_back,
            activation_api: api.flatten(),
            redis,
        }
    }

    /// The source that is asked at this place. For a refresh people's own objects come first: KV may be older than the
    /// ticket that the visitor's own event gave them, and must not take it back.
    #[must_use]
    pub fn source(&self, place: usize, is_refresh: bool) -> Option<Source> {
        let is_first = |source: &&Source| is_refresh && **source == Source::People;
        let first = self.sources.iter().filter(is_first);
        first.chain(self.sources.iter().filter(|source| !is_first(source))).nth(place).copied()
    }

    /// The key of a visitor's profile in KV.
    #[must_use]
    pub fn kv_key(&self, id: &AnonymousId) -> Option<String> {
        kv::key(&self.entity, &self.id_type, id.as_str())
    }

    /// Changes whenever a ticket that was sealed before could answer wrongly.
    #[must_use]
    pub fn fingerprint(&self) -> u32 {
        let mut digest = Sha256::new();
        let mut add = |part: &str| {
            digest.update(part.as_bytes());
            digest.update([0]);
        };
        [&self.entity, &self.id_type, &self.view.key].into_iter().for_each(|part| add(part));
        self.sources.iter().for_each(|source| add(source.name()));
        if let Some(api) = &self.activation_api {
            add(&api.url);
            add(&api.destination_id);
        }
        if let Some(redis) = &self.redis {
            add(&redis.place());
        }
        for (name, limit) in self.view.features.iter() {
            add(name);
            // Until when a ticket holds is counted to these.
            add(&limit.to_bits().to_string());
        }
        digest.update([u8::from(self.view.ignore_case)]);
        let [a, b, c, d, ..]: [u8; 32] = digest.finalize().into();
        u32::from_be_bytes([a, b, c, d])
    }
}

/// `PROFILE_SOURCES`; without it, every source that is set up.
fn sources(environment: &Environment<'_>, brings: &[Source], mistakes: &mut Mistakes) -> Vec<Source> {
    let Some(list) = environment.get("PROFILE_SOURCES") else {
        let api = environment.get("ACTIVATION_TOKEN").map(|_| Source::ActivationApi);
        let redis = environment.get("REDIS_URL").map(|_| Source::Redis);
        let brought = brings.iter().copied().filter(|source| *source != Source::Redis);
        let sources: Vec<_> = brought.chain(redis).chain(api).collect();
        if sources.is_empty() {
            mistakes.note(
                "PROFILE_SOURCES",
                "is not set, and there is neither a source of the site's own nor a REDIS_URL or an ACTIVATION_TOKEN",
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

/// `ACTIVATION_ID_TYPE`. An id comes from a cookie that anybody can write: one that can be guessed
/// would open somebody else's profile.
fn id_type(environment: &Environment<'_>, mistakes: &mut Mistakes) -> String {
    let id_type = environment.get("ACTIVATION_ID_TYPE").unwrap_or_else(|| "anonymous_id".to_owned());
    if ["user_id", "email", "phone"].iter().any(|guessable| guessable.eq_ignore_ascii_case(&id_type)) {
        mistakes.note(
            "ACTIVATION_ID_TYPE",
            format!("`{id_type}` can be guessed, and the cookie is not authenticated; use the type of the anonymous id"),
        );
    }
    id_type
}
