//! The sources that profiles come from, by the names that `PROFILE_SOURCES` uses; one file each: what it is asked, and
//! what its reply means.

pub mod activation_api;
mod function;
pub mod kv;
mod people;
pub mod redis;

use std::fmt;

use super::lookup::{Ask, Reply};
use super::settings::Profiles;
use super::{Answer, Failure};
use crate::identity::anonymous_id::AnonymousId;

/// A place that profiles are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The KV namespace bound as `PROFILES`.
    Kv,
    /// RudderStack's Activation API, or another endpoint of its contract.
    ActivationApi,
    /// People's own Durable Objects, in the namespace bound as `PEOPLE`.
    People,
    /// Redis, as RudderStack's destination writes it.
    Redis,
    /// A function of the site's own, where Pintle runs inside its program.
    Function,
}

impl Source {
    /// Every source.
    pub const ALL: [Self; 5] = [Self::Kv, Self::People, Self::Redis, Self::ActivationApi, Self::Function];

    /// The name in settings and explanations.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kv => "kv",
            Self::People => "people",
            Self::Redis => "redis",
            Self::ActivationApi => "activation-api",
            Self::Function => "function",
        }
    }

    /// The source of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }

    /// What a shell must carry to ask it about `id`; nothing when it cannot know this id.
    pub(super) fn ask(self, id: &AnonymousId, profiles: &Profiles) -> Option<Ask> {
        match self {
            Self::Kv => kv::ask(id, profiles),
            Self::People => Some(people::ask(id)),
            Self::Redis => redis::ask(id, profiles),
            Self::ActivationApi => activation_api::ask(id, profiles),
            Self::Function => Some(function::ask(id)),
        }
    }

    /// What its reply says about `id` at `now_ms`.
    pub(super) fn read(
        self,
        reply: &Reply,
        id: &AnonymousId,
        profiles: &Profiles,
        now_ms: u64,
    ) -> Result<Answer, Failure> {
        match (self, reply) {
            (_, Reply::Failed(cause)) => {
                Err(Failure::Unreachable(cause.split(id.as_str()).collect::<Vec<_>>().join("***")))
            }
            (Self::Kv, Reply::Value(value)) => kv::read(value.as_deref(), &profiles.view, now_ms),
            (Self::People, Reply::Value(value)) => people::read(value.as_deref(), profiles, now_ms),
            (Self::Function, Reply::Value(value)) => function::read(value.as_deref(), &profiles.view),
            (Self::Redis, Reply::Bytes(bytes)) if cfg!(feature = "sockets") => {
                redis::read_bytes(bytes, id, profiles)
            }
            (Self::Redis, Reply::Http { status, body }) => redis::read_rest((*status, body), profiles),
            (Self::ActivationApi, Reply::Http { status, body }) => {
                activation_api::read((*status, body), id, profiles, now_ms)
            }
            (Self::Kv | Self::People | Self::Function, Reply::Http { .. } | Reply::Bytes(_))
            | (Self::Redis, Reply::Value(_) | Reply::Bytes(_))
            | (Self::ActivationApi, Reply::Value(_) | Reply::Bytes(_)) => {
                Err(Failure::Unreachable("the shell carried it by another way".to_owned()))
            }
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
