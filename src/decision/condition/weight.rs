//! How much work a pattern is: what matching it against one character may cost, told while it is read.
//!
//! The matcher follows every way through a pattern at once, character by character: never more steps for a character than
//! the compiled pattern has states, each of about 10 ns. `(a{1,100}){1,10}b` has 3,000 of them. It is counted here, and not
//! by the bytes that the matcher itself can bound, since those differ from one kind of machine to another.

/// The weight of what was read so far.
#[derive(Debug, Default)]
pub(super) struct Weight {
    whole: Group,
    /// The groups that are open.
    outer: Vec<Group>,
}

#[derive(Debug, Default)]
struct Group {
    sum: usize,
    /// What of the sum is the last thing's, which a quantifier repeats.
    last: usize,
}

impl Weight {
    /// Something that stands for one character, or for none.
    pub(super) fn add(&mut self, weight: usize) {
        self.whole.sum = self.whole.sum.saturating_add(weight);
        self.whole.last = weight;
    }

    pub(super) fn open(&mut self) {
        self.outer.push(std::mem::take(&mut self.whole));
    }

    /// Ends a group; one that was never opened the matcher itself refuses.
    pub(super) fn close(&mut self) {
        if let Some(outer) = self.outer.pop() {
            let inner = std::mem::replace(&mut self.whole, outer);
            self.add(inner.sum.saturating_add(1));
        }
    }

    /// Repeats the last thing: it is compiled once for each time, and each time that may be left out is a fork.
    pub(super) fn repeat(&mut self, least: usize, most: Option<usize>) {
        let times = most.unwrap_or(least.saturating_add(1)).max(1);
        let forks = times.saturating_sub(least).saturating_mul(2);
        let Group { sum, last } = self.whole;
        self.whole.sum = sum.saturating_sub(last);
        self.add(last.saturating_mul(times).saturating_add(forks));
    }

    pub(super) fn sum(&self) -> usize {
        self.outer.iter().fold(self.whole.sum, |sum, group| sum.saturating_add(group.sum))
    }
}
