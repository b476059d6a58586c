//! Which members each object of a document may have: those that its reader takes. `personalization.schema.json` is made of
//! them. No module that is shipped has this.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::mistake::Place;

/// The names of the members of objects, by the objects' places.
pub type Members = BTreeMap<String, Vec<&'static str>>;

thread_local! {
    /// None while nobody wants to know.
    static READ: RefCell<Option<Members>> = const { RefCell::new(None) };
}

/// What is taken of each object while `read` reads a document.
pub fn taken(read: impl FnOnce()) -> Members {
    READ.set(Some(Members::new()));
    read();
    READ.take().unwrap_or_default()
}

/// Notes what was taken of the object at `place`.
pub(super) fn note(place: Place<'_>, taken: &[&'static str]) {
    READ.with_borrow_mut(|read| {
        if let Some(read) = read {
            read.insert(place.to_string(), taken.to_vec());
        }
    });
}
