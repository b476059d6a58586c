//! Looking a visitor up, as a machine without I/O: which source is asked next, how long it is waited for, what the
//! replies mean together, and what is kept.
//!
//! The sources are asked in their order until one knows the visitor, all within one budget, each as far as its circuit
//! is closed. When the budget is over the page goes on without; what was asked goes on, too, for the visitor's next
//! page. A shell carries what [`Ask`] says, by transport, and hands in the [`Reply`] and the time; it decides nothing.

use std::fmt;

use serde::Serialize;

use super::learned::Learned;
use super::settings::Profiles;
use super::{Answer, Failure, MAX_BYTES, Outcome, Profile, Source};
use crate::identity::anonymous_id::AnonymousId;

/// How long an answer that missed the budget is still waited for, in milliseconds.
pub const LATE_MS: u64 = 5_000;
/// How much of a reply a shell reads at the most, in bytes: more than a profile may have is refused here.
pub const READ_BYTES: usize = MAX_BYTES + 1;

/// How often one server may send to another: to the one whose key it is, and from there to the one that the key moves to.
const SENT_ON: u8 = 2;

/// What a shell carries, by transport.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "transport", rename_all = "camelCase")]
pub enum Ask {
    /// A `POST`; redirects are not followed, since the headers are for this host alone.
    Http {
        /// The whole URL.
        url: String,
        /// Names and values, a secret among them.
        headers: Vec<(&'static str, String)>,
        /// JSON text.
        body: String,
    },
    /// The text under a key of the KV namespace.
    Kv {
        /// The key.
        key: String,
    },
    /// The snapshot that a person's Durable Object tells.
    Object {
        /// The object's name.
        name: String,
    },
    /// A write to a server, and what it replies.
    Socket {
        /// Its name or address.
        host: String,
        /// Its port.
        port: u16,
        /// Whether TLS is spoken.
        tls: bool,
        /// What is written, a secret among it.
        text: String,
        /// How many replies come; the core tells when they are whole.
        replies: u32,
    },
    /// The site's own function.
    Function {
        /// The anonymous id that it is called with.
        id: String,
    },
}

/// What a shell brought back.
#[derive(Clone, PartialEq, Eq)]
pub enum Reply {
    /// An HTTP answer; its body is cut at [`READ_BYTES`].
    Http {
        /// The status.
        status: u16,
        /// The body.
        body: String,
    },
    /// A text that stands somewhere, or nothing.
    Value(Option<String>),
    /// What came over a socket; it is cut soon after [`READ_BYTES`].
    Bytes(Vec<u8>),
    /// It could not be carried: the cause's own words.
    Failed(String),
}

/// What happens next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Carry this.
    Ask {
        /// What is to be carried.
        ask: Ask,
        /// How long the reply is waited for, in milliseconds.
        wait_ms: u64,
    },
    /// Wait for the reply that is on its way.
    Wait {
        /// How long, in milliseconds.
        wait_ms: u64,
    },
    /// The lookup is over.
    Enough,
}

/// A profile to be written to KV.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Keep {
    /// The key.
    pub key: String,
    /// The JSON text of the `data` object.
    pub value: String,
    /// How long it stays there, in seconds.
    pub expiration_ttl: u32,
}

/// When a lookup is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Before the answer, within the budget.
    Before,
    /// After the answer, for the next page.
    After,
}

/// What a lookup works with: the settings, what was learned, and the time in milliseconds since 1970.
pub struct Desk<'d> {
    /// Where profiles come from.
    pub profiles: &'d Profiles,
    /// What was learned of the sources so far.
    pub learned: &'d mut Learned,
    /// The time.
    pub now_ms: u64,
}

/// A lookup of one visitor.
#[must_use]
pub struct Lookup {
    id: AnonymousId,
    when: When,
    /// Whether it brings news for the next page: from whoever knows the latest, since nobody waits for it.
    is_refresh: bool,
    /// Until when it is waited for; nothing before it began.
    until_ms: Option<u64>,
    /// How many sources were come to.
    passed: usize,
    asking: Option<Asking>,
    /// Why the last source that failed did.
    failure: Option<Failure>,
    outcome: Option<Outcome>,
    keep: Option<Keep>,
}

/// A source that is being asked.
struct Asking {
    source: Source,
    /// That it was silent within the budget is held against it already.
    was_silent: bool,
    /// How often one of its servers has sent to another.
    sent_on: u8,
}

/// What came of a lookup by the time of the answer.
pub struct Ended {
    /// What the answer is decided by.
    pub outcome: Outcome,
    /// What is to be kept.
    pub keep: Option<Keep>,
    /// What is still to be looked up after the answer.
    pub later: Option<Lookup>,
}

impl Lookup {
    /// A lookup of `id` that has not begun.
    pub fn new(id: AnonymousId, when: When) -> Self {
        Self {
            id,
            when,
            is_refresh: when == When::After,
            until_ms: None,
            passed: 0,
            asking: None,
            failure: None,
            outcome: None,
            keep: None,
        }
    }

    /// When it is waited for.
    #[must_use]
    pub fn when(&self) -> When {
        self.when
    }

    /// Whom it is about.
    #[must_use]
    pub fn id(&self) -> &AnonymousId {
        &self.id
    }

    /// Takes what is remembered of the visitor for the outcome, and asks nobody.
    pub fn recall(&mut self, desk: &Desk<'_>) {
        self.outcome = desk.learned.recall(&self.id, desk.now_ms);
    }

    /// Takes for the outcome what the visitor's own object tells at this moment, and asks nobody: nothing knows better.
    pub fn told(&mut self, snapshot: Option<String>, desk: &mut Desk<'_>) {
        let outcome = match Source::People.read(&Reply::Value(snapshot), &self.id, desk.profiles, desk.now_ms)
        {
            Ok(Answer::Known(profile, _)) => Outcome::Found(profile, Source::People),
            // An object sends to nobody.
            Ok(Answer::Unknown | Answer::Elsewhere(_)) => Outcome::Missing,
            Err(failure) => Outcome::Failed(failure),
        };
        desk.learned.forget(&self.id);
        self.until_ms = Some(desk.now_ms);
        self.outcome = Some(outcome);
    }

    /// Begins, or says again what is waited for. What is remembered of the visitor is asked of nobody.
    pub fn next(&mut self, desk: &mut Desk<'_>) -> Step {
        if self.until_ms.is_none() {
            self.recall(desk);
            let wait_ms = match self.when {
                When::Before => u64::from(desk.profiles.budget_ms),
                When::After => LATE_MS,
            };
            self.until_ms = Some(desk.now_ms.saturating_add(wait_ms));
        }
        match (&self.outcome, &self.asking) {
            (Some(_), _) => Step::Enough,
            (None, Some(_)) => Step::Wait { wait_ms: self.wait_ms(desk) },
            (None, None) => self.ask(desk),
        }
    }

    /// Takes in the reply to what was asked.
    pub fn replied(&mut self, reply: &Reply, desk: &mut Desk<'_>) -> Step {
        let (None, Some(asking)) = (&self.outcome, self.asking.take()) else {
            return Step::Enough;
        };
        let Asking { source, was_silent, sent_on } = asking;
        let read = match source.read(reply, &self.id, desk.profiles, desk.now_ms) {
            Ok(Answer::Elsewhere(ask)) if sent_on < SENT_ON => {
                self.asking = Some(Asking { sent_on: sent_on + 1, ..asking });
                return Step::Ask { ask, wait_ms: self.wait_ms(desk) };
            }
            Ok(Answer::Elsewhere(_)) => Err(Failure::Refused("its servers send from one to another")),
            read => read,
        };
        match &read {
            _ if was_silent => {}
            Ok(_) => desk.learned.answered(source),
            Err(failure) => desk.learned.failed(source, failure, desk.now_ms),
        }
        match read {
            Ok(Answer::Known(profile, data)) => self.found(profile, source, data, desk),
            Ok(Answer::Unknown | Answer::Elsewhere(_)) => self.ask(desk),
            Err(failure) => {
                self.failure = Some(failure);
                self.ask(desk)
            }
        }
    }

    /// Takes in that the time to wait is over. Before the answer that fails the lookup, and what was asked goes on
    /// after it; after the answer it is the end.
    pub fn ran_out(&mut self, desk: &mut Desk<'_>) -> Step {
        if self.outcome.is_some() {
            return Step::Enough;
        }
        if let Some(asking) = self.asking.as_mut().filter(|asking| !asking.was_silent) {
            asking.was_silent = true;
            desk.learned.failed(asking.source, &Failure::Deadline, desk.now_ms);
        }
        self.outcome = Some(Outcome::Failed(Failure::Deadline));
        Step::Enough
    }

    /// What the answer is decided by, and what is left to do after it.
    #[must_use]
    pub fn end(mut self) -> Ended {
        let keep = self.keep.take();
        match (self.outcome.take(), self.when) {
            (Some(Outcome::Failed(Failure::Deadline)), When::Before) if self.asking.is_some() => {
                let later = Self { when: When::After, until_ms: None, ..self };
                Ended { outcome: Outcome::Failed(Failure::Deadline), keep, later: Some(later) }
            }
            (Some(outcome), _) => Ended { outcome, keep, later: None },
            (None, When::Before) => Ended { outcome: Outcome::NotAsked, keep, later: None },
            (None, When::After) => Ended { outcome: Outcome::NotAsked, keep, later: Some(self) },
        }
    }

    /// What is to be kept, once.
    pub fn take_keep(&mut self) -> Option<Keep> {
        self.keep.take()
    }

    /// Asks the next source that may be asked; when there is none, it is over.
    fn ask(&mut self, desk: &mut Desk<'_>) -> Step {
        while let Some(source) = desk.profiles.source(self.passed, self.is_refresh) {
            // Nobody waits for it any more.
            if self.when == When::After && self.wait_ms(desk) == 0 {
                return self.ran_out(desk);
            }
            self.passed += 1;
            let Some(ask) = source.ask(&self.id, desk.profiles) else { continue };
            if desk.learned.may_ask(source, desk.now_ms) {
                self.asking = Some(Asking { source, was_silent: false, sent_on: 0 });
                return Step::Ask { ask, wait_ms: self.wait_ms(desk) };
            }
            self.failure = Some(Failure::LeftAlone);
        }
        let outcome = self.failure.take().map_or(Outcome::Missing, Outcome::Failed);
        // Whoever their own object does not know may be known with their next event.
        if !desk.profiles.sources.contains(&Source::People) {
            desk.learned.remember(self.id.clone(), &outcome, desk.now_ms);
        }
        self.outcome = Some(outcome);
        Step::Enough
    }

    fn found(&mut self, profile: Profile, source: Source, data: Option<String>, desk: &mut Desk<'_>) -> Step {
        let key = if desk.profiles.writes_back { desk.profiles.kv_key(&self.id) } else { None };
        self.keep =
            key.zip(data).map(|(key, value)| Keep { key, value, expiration_ttl: desk.profiles.kept_s });
        let outcome = Outcome::Found(profile, source);
        if self.when == When::After {
            desk.learned.remember(self.id.clone(), &outcome, desk.now_ms);
        }
        self.outcome = Some(outcome);
        Step::Enough
    }

    fn wait_ms(&self, desk: &Desk<'_>) -> u64 {
        self.until_ms.unwrap_or_default().saturating_sub(desk.now_ms)
    }
}

/// By its transport alone: what is asked holds an id, and the token.
impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http { .. } => "Http(***)",
            Self::Kv { .. } => "Kv(***)",
            Self::Object { .. } => "Object(***)",
            Self::Socket { .. } => "Socket(***)",
            Self::Function { .. } => "Function(***)",
        })
    }
}

#[cfg(test)]
#[path = "lookup_tests.rs"]
mod tests;
