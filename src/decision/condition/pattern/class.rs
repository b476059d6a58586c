//! `[…]`, with the leniences of Annex B.

use super::super::coercion::Case;
use super::set::Set;
use super::syntax::{Reader, ascii};

/// The most letters in all ranges together that case is to be told of: some ms, when the pattern is read.
const MAX_FOLDED: usize = 0x10_0000;

impl Reader<'_> {
    /// `[…]`
    pub(super) fn class(&mut self) -> Result<(), String> {
        let mut set = Set { negated: self.eat("^"), ranges: Vec::new() };
        while !self.eat("]") {
            let first = self.member(&mut set)?;
            if self.is_next("-]") || !self.eat("-") {
                self.range(first, first, &mut set)?;
                continue;
            }
            match (first, self.member(&mut set)?) {
                (Some(first), Some(last)) if last < first => {
                    return Err("a range in a [ ends before it starts".to_owned());
                }
                (Some(first), Some(last)) => self.range(Some(first), Some(last), &mut set)?,
                // `\d` and its like cannot start or end a range.
                (first, last) => {
                    for member in [first, Some(0x2d), last] {
                        self.range(member, member, &mut set)?;
                    }
                }
            }
        }
        self.writer.set(set);
        Ok(())
    }

    /// Reads one member of a class; that of `\d` or its like is added, and nothing else can be done with it.
    fn member(&mut self, set: &mut Set) -> Result<Option<u16>, String> {
        let unit = self.next().ok_or("a [ is never closed")?;
        if ascii(unit) != b'\\' {
            return Ok(Some(unit));
        }
        if let Some((ranges, negated)) = self.eat_set() {
            if negated {
                set.add_all_but(ranges);
            } else {
                set.ranges.extend_from_slice(ranges);
            }
            return Ok(None);
        }
        if self.eat("b") {
            return Ok(Some(0x08));
        }
        if self.is_next("k") {
            return Err("references back are not supported".to_owned());
        }
        self.escaped(|next| next.is_ascii_alphanumeric() || next == '_').map(Some)
    }

    /// Adds a range and, where capitals do not count, all that its members are one with.
    fn range(&mut self, first: Option<u16>, last: Option<u16>, set: &mut Set) -> Result<(), String> {
        let (Some(first), Some(last)) = (first, last) else { return Ok(()) };
        set.ranges.push((first, last));
        if self.case == Case::Sensitive {
            return Ok(());
        }
        let mut members: Vec<u16> = (first..=last).collect();
        self.folded += members.len();
        if self.folded > MAX_FOLDED {
            return Err(
                "it is too large: case is to be told of more than a million letters in its ranges".to_owned()
            );
        }
        self.fold(&mut members);
        for member in members.into_iter().filter(|it| !(first..=last).contains(it)) {
            match set.ranges.last_mut() {
                Some((_, last)) if last.checked_add(1) == Some(member) => *last = member,
                _ => set.ranges.push((member, member)),
            }
        }
        Ok(())
    }
}
