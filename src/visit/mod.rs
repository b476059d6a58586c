//! The two pure functions that a request is: [`identify`] says who it is and what must be looked up, and
//! [`Visit::respond`] decides and says all that must be done.
//!
//! Between them a shell carries what the visit asks for, while the page is already being fetched. A `Visit` is
//! consumed by `respond`: nobody can answer without saying what the lookup brought, or answer twice.

pub mod explanation;
mod identify;
mod nobody;
mod plan;
mod respond;

use serde_json::{Map, Value};

pub use identify::{identify, identify_asking};
pub use nobody::NoVisitor;
pub use plan::{After, Plan};

use crate::decision::Sticky;
use crate::delivery::{Effects, Met};
use crate::identity::anonymous_id::AnonymousId;
use crate::identity::ticket::{Ticket, Unopened};
use crate::profile::lookup::{Desk, Lookup, Reply, Step, When};
use crate::settings::Settings;

/// A request under way, of which is known who sent it.
#[must_use]
pub struct Visit<'s> {
    settings: &'s Settings,
    now_s: u64,
    visitor: Result<Visitor<'s>, Nobody>,
}

/// Why there is nobody, and what an earlier page set that must go.
struct Nobody {
    why: NoVisitor,
    taken_away: Effects,
}

struct Visitor<'s> {
    id: AnonymousId,
    ticket: Brought,
    /// The variations that they were given before, where that is remembered.
    sticky: Option<Sticky>,
    /// Fingerprints of what was told of them before, where what they are shown is told.
    told: Option<Vec<u32>>,
    /// What is to be looked up, if anything.
    lookup: Option<Lookup>,
    /// The facts of the request that decisions refer to.
    facts: Map<String, Value>,
    /// The address of the page that a person is to see, where there are experiments of pages.
    page: Option<String>,
    /// The deliveries, each with what the request brought of it.
    deliveries: Vec<Met<'s>>,
}

/// The ticket that a request brought.
enum Brought {
    None,
    Opened(Ticket),
    Unopened(Unopened),
}

impl Visit<'_> {
    /// Why there is nobody, if there is nobody.
    #[must_use]
    pub fn nobody(&self) -> Option<NoVisitor> {
        self.visitor.as_ref().err().map(|nobody| nobody.why)
    }

    /// What is to be looked up, if anything.
    #[must_use]
    pub fn lookup(&self) -> Option<&Lookup> {
        self.visitor.as_ref().ok()?.lookup.as_ref()
    }

    /// Whether nothing is to be asked and nothing to be done: the response leaves as it came.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.visitor.as_ref().is_err_and(|nobody| {
            // Whatever is no page must leave as it came, WebSockets among it.
            nobody.taken_away.is_nothing()
                && (!self.settings.explain || matches!(nobody.why, NoVisitor::NotAPageView(_)))
        })
    }

    /// Asks nobody: the visit is answered by its ticket, or not at all.
    pub fn leave_alone(&mut self) {
        if let Ok(visitor) = &mut self.visitor {
            visitor.lookup = None;
        }
    }

    /// Takes in what the visitor's own object tells at this moment: it is decided by that, whatever their ticket says.
    pub fn told(&mut self, snapshot: Option<String>, desk: &mut Desk<'_>) {
        if let Ok(visitor) = &mut self.visitor {
            let id = visitor.id.clone();
            visitor.lookup.insert(Lookup::new(id, When::Before)).told(snapshot, desk);
        }
    }

    /// What is to be carried before the answer.
    pub fn next(&mut self, desk: &mut Desk<'_>) -> Step {
        self.step(|lookup| match lookup.when() {
            When::Before => lookup.next(desk),
            When::After => {
                lookup.recall(desk);
                Step::Enough
            }
        })
    }

    /// Takes in the reply to what was carried.
    pub fn replied(&mut self, reply: &Reply, desk: &mut Desk<'_>) -> Step {
        self.step(|lookup| lookup.replied(reply, desk))
    }

    /// Takes in that the time to wait is over.
    pub fn ran_out(&mut self, desk: &mut Desk<'_>) -> Step {
        self.step(|lookup| lookup.ran_out(desk))
    }

    fn step(&mut self, take: impl FnOnce(&mut Lookup) -> Step) -> Step {
        let lookup = self.visitor.as_mut().ok().and_then(|visitor| visitor.lookup.as_mut());
        lookup.map_or(Step::Enough, take)
    }
}
