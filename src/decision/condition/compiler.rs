//! What compiling a condition carries along: the saved groups, the mistakes found, and how deep it is.
//!
//! It bounds the depth, so that no settings can overflow the stack; it does not know any operator.

use serde_json::Value;

use super::saved_groups::SavedGroups;
use crate::document::mistake::{Mistakes, Place};

/// The deepest nesting of objects and arrays in a condition.
pub(super) const MAX_DEPTH: usize = 64;

pub(super) struct Compiler<'c> {
    pub(super) groups: &'c SavedGroups,
    pub(super) mistakes: &'c mut Mistakes,
    depth: usize,
}

impl<'c> Compiler<'c> {
    pub(super) fn new(groups: &'c SavedGroups, mistakes: &'c mut Mistakes) -> Self {
        Self { groups, mistakes, depth: 0 }
    }

    /// Compiles what stands one level deeper; beyond [`MAX_DEPTH`] it is a mistake and nothing.
    pub(super) fn deeper<T>(&mut self, place: Place<'_>, compile: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            self.note_depth(place);
            return None;
        }
        self.depth += 1;
        let compiled = compile(self);
        self.depth -= 1;
        Some(compiled)
    }

    /// A copy of `value`, unless it is nested too deep, which is a mistake.
    pub(super) fn keep(&mut self, value: &Value, place: Place<'_>) -> Option<Value> {
        let kept = fits(value, MAX_DEPTH.saturating_sub(self.depth)).then(|| value.clone());
        if kept.is_none() {
            self.note_depth(place);
        }
        kept
    }

    fn note_depth(&mut self, place: Place<'_>) {
        self.mistakes.note(place, format!("is nested deeper than {MAX_DEPTH} levels"));
    }
}

/// Whether `value` has at most `levels` levels of arrays and objects.
fn fits(value: &Value, levels: usize) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        Value::Array(elements) => levels > 0 && elements.iter().all(|element| fits(element, levels - 1)),
        Value::Object(members) => levels > 0 && members.values().all(|member| fits(member, levels - 1)),
    }
}
