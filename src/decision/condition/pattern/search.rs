//! Whether a program finds its pattern anywhere in a text, in linear time: it follows every way at once, code unit by code unit.

use super::program::{Assertion, Program, Step};
use super::set::{WORD, has};

impl Program {
    /// Whether the pattern is found anywhere in a text of these code units.
    pub(super) fn is_found_in(&self, units: &mut dyn Iterator<Item = u16>) -> bool {
        let (mut before, mut after) = (None, units.next());
        // The steps that are to be taken here, and behind the next code unit.
        let (mut here, mut there) = (Vec::new(), Vec::new());
        // For each step, and the end, the last place where it was taken: each is once at a place.
        let mut taken = vec![0; self.steps.len() + 1];
        for place in 1_usize.. {
            here.push(0);
            while let Some(mut at) = here.pop() {
                while let Some(last) = taken.get_mut(at).filter(|last| **last != place) {
                    *last = place;
                    let Some(step) = self.steps.get(at) else { return true };
                    match *step {
                        Step::Skip(by) => here.push(at + by),
                        Step::Again(by) => here.push(at - by),
                        Step::Jump(by) => {
                            at += by;
                            continue;
                        }
                        Step::Holds(assertion) if assertion.holds(before, after) => {}
                        Step::Unit(unit) if after == Some(unit) => {
                            there.push(at + 1);
                            break;
                        }
                        Step::Set(set) if self.lets_pass(set, after) => {
                            there.push(at + 1);
                            break;
                        }
                        Step::Unit(_) | Step::Set(_) | Step::Holds(_) => break,
                    }
                    at += 1;
                }
            }
            if after.is_none() || (there.is_empty() && self.is_bound_to_start()) {
                return false;
            }
            std::mem::swap(&mut here, &mut there);
            (before, after) = (after, units.next());
        }
        false
    }

    fn lets_pass(&self, set: usize, unit: Option<u16>) -> bool {
        unit.is_some_and(|unit| self.sets.get(set).is_some_and(|set| set.has(unit)))
    }

    fn is_bound_to_start(&self) -> bool {
        matches!(self.steps.first(), Some(Step::Holds(Assertion::Start)))
    }
}

impl Assertion {
    /// Whether it holds between these two code units.
    fn holds(self, before: Option<u16>, after: Option<u16>) -> bool {
        let is_word = |unit: Option<u16>| unit.is_some_and(|unit| has(WORD, unit));
        match self {
            Self::Start => before.is_none(),
            Self::End => after.is_none(),
            Self::Boundary(expected) => (is_word(before) != is_word(after)) == expected,
        }
    }
}
