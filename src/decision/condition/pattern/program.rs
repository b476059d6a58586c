//! A pattern as a program: steps that each let one code unit pass, fork the way, or ask where it stands.
//!
//! It is written while the pattern is read, and weighed: a repetition is written out as often as it says, so that matching never
//! takes more steps for a code unit than the program has. `(a{1,100}){1,10}b` has 3,000 of them. It does not know the syntax.

use super::set::Set;

/// How to go on after it is a number of steps from a step, so that a part of a program means the same anywhere.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// Lets this code unit pass.
    Unit(u16),
    /// Lets those pass that are in the set of this number.
    Set(usize),
    /// Goes on here only.
    Holds(Assertion),
    /// Goes on both with the next step and so many further.
    Skip(usize),
    /// Goes on both with the next step and so many before.
    Again(usize),
    /// Goes on so many steps further.
    Jump(usize),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Assertion {
    /// `^`
    Start,
    /// `$`
    End,
    /// `\b`, or `\B` where it is false.
    Boundary(bool),
}

/// Behind its last step the pattern is found.
#[derive(Debug, Clone, Default)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    pub(super) sets: Vec<Set>,
}

/// A program that is being written.
#[derive(Default)]
pub(super) struct Writer {
    program: Program,
    weight: usize,
    /// What is heavier is not written, but still weighed.
    most: usize,
    group: Group,
    /// The groups around it.
    outer: Vec<Group>,
}

#[derive(Default)]
struct Group {
    /// Where it starts, what was weighed before it, and where its last alternative starts.
    start: usize,
    weight_before: usize,
    alternative: usize,
    /// The jumps from the ends of its alternatives to its own.
    exits: Vec<usize>,
    /// Where the last thing starts, which a quantifier repeats, and what it weighs.
    last: Option<(usize, usize)>,
}

impl Writer {
    pub(super) fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    pub(super) fn unit(&mut self, unit: u16) {
        self.add(Step::Unit(unit), 1);
    }

    /// A set is one step, whose ranges are gone through one by one: some five of them cost as much as a step.
    pub(super) fn set(&mut self, set: Set) {
        let weight = 1 + set.ranges.len() / 5;
        self.add(Step::Set(self.program.sets.len()), weight);
        self.program.sets.push(set);
    }

    pub(super) fn assert(&mut self, assertion: Assertion) {
        self.add(Step::Holds(assertion), 1);
        self.group.last = None;
    }

    fn weigh(&mut self, weight: usize) {
        self.weight = self.weight.saturating_add(weight);
    }

    fn is_too_heavy(&self) -> bool {
        self.weight > self.most
    }

    fn add(&mut self, step: Step, weight: usize) {
        self.group.last = Some((self.len(), weight));
        self.weigh(weight);
        self.program.steps.push(step);
    }

    fn len(&self) -> usize {
        self.program.steps.len()
    }

    pub(super) fn open(&mut self) {
        let start = self.len();
        let inner = Group { start, weight_before: self.weight, alternative: start, ..Group::default() };
        self.outer.push(std::mem::replace(&mut self.group, inner));
    }

    /// Ends a group; false if none is open.
    pub(super) fn close(&mut self) -> bool {
        let Some(outer) = self.outer.pop() else { return false };
        self.end_alternatives();
        let inner = std::mem::replace(&mut self.group, outer);
        self.weigh(1);
        self.group.last = Some((inner.start, self.weight.saturating_sub(inner.weight_before)));
        true
    }

    /// `|`: what was written since the last one may be passed over, and what comes may be as well.
    pub(super) fn alternative(&mut self) {
        self.weigh(1);
        self.group.last = None;
        if self.is_too_heavy() {
            return;
        }
        let start = self.group.alternative;
        self.program.steps.insert(start, Step::Skip(self.len() - start + 2));
        self.group.exits.push(self.len());
        self.program.steps.push(Step::Jump(0));
        self.group.alternative = self.len();
    }

    fn end_alternatives(&mut self) {
        let end = self.len();
        for exit in std::mem::take(&mut self.group.exits) {
            if let Some(step) = self.program.steps.get_mut(exit) {
                *step = Step::Jump(end - exit);
            }
        }
    }

    /// Repeats the last thing; false if there is none. It is written once for each time, and each time that may be left out
    /// is a fork.
    pub(super) fn repeat(&mut self, least: usize, most: Option<usize>) -> bool {
        let Some((start, weight)) = self.group.last.take() else { return false };
        let times = most.unwrap_or(least.saturating_add(1)).max(1);
        let forks = times.saturating_sub(least).saturating_mul(2);
        self.weight = self.weight.saturating_sub(weight);
        self.weigh(weight.saturating_mul(times).saturating_add(forks));
        if !self.is_too_heavy() {
            let part = self.program.steps.split_off(start);
            self.write_repeated(&part, least, most);
        }
        true
    }

    fn write_repeated(&mut self, part: &[Step], least: usize, most: Option<usize>) {
        let steps = &mut self.program.steps;
        let size = part.len();
        for _ in 0..least {
            steps.extend_from_slice(part);
        }
        match most {
            None if least > 0 => steps.push(Step::Again(size)),
            None => {
                steps.push(Step::Skip(size + 2));
                steps.extend_from_slice(part);
                steps.push(Step::Again(size));
            }
            Some(most) => (least..most).rev().for_each(|more| {
                // Past this time and those that may come after it.
                steps.push(Step::Skip((size + 1) * (more - least + 1)));
                steps.extend_from_slice(part);
            }),
        }
    }

    /// The program and its weight; nothing while a group is open.
    pub(super) fn finish(mut self) -> Option<(Program, usize)> {
        self.end_alternatives();
        self.outer.is_empty().then_some((self.program, self.weight))
    }
}
