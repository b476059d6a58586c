//! Reads JavaScript's patterns (ECMA-262 with Annex B, without flags or with `i`) and writes their programs.
//!
//! Look-around and references back are refused: they cannot be matched in linear time. So is what means something only
//! under the flag `u`, since it is never meant as the plain letters that it is without.

use super::super::coercion::Case;
use super::program::{Assertion, Program, Writer};
use super::set::{self, Set};

pub(super) struct Reader<'s> {
    pub(super) rest: &'s str,
    /// The second code unit of a character beyond U+FFFF, whose first was read.
    pub(super) low: Option<u16>,
    pub(super) case: Case,
    /// Whether case is to be told of letters beyond ASCII.
    beyond_ascii: bool,
    /// How many letters that was in ranges.
    pub(super) folded: usize,
    names: Vec<&'s str>,
    pub(super) writer: Writer,
}

/// What a pattern is.
pub(super) struct Read {
    pub(super) program: Program,
    pub(super) weight: usize,
    pub(super) beyond_ascii: bool,
}

/// Reads `source`; of a pattern heavier than `most` the weight is told alone.
pub(super) fn read(source: &str, case: Case, most: usize) -> Result<Read, String> {
    let names = Vec::new();
    let writer = Writer::new(most);
    let mut reader = Reader { rest: source, low: None, case, beyond_ascii: false, folded: 0, names, writer };
    while let Some(unit) = reader.next() {
        reader.part(unit)?;
    }
    let (program, weight) = reader.writer.finish().ok_or("a ( is never closed")?;
    Ok(Read { program, weight, beyond_ascii: reader.beyond_ascii })
}

impl<'s> Reader<'s> {
    fn part(&mut self, unit: u16) -> Result<(), String> {
        match ascii(unit) {
            b'\\' => self.escape()?,
            b'[' => self.class()?,
            b'.' => self.set(set::LINE_ENDS, true),
            b'(' => self.group()?,
            b')' if self.writer.close() => {}
            b')' => return Err("a ) closes nothing".to_owned()),
            b'^' => self.writer.assert(Assertion::Start),
            b'$' => self.writer.assert(Assertion::End),
            b'|' => self.writer.alternative(),
            b'*' => self.repeat("*", 0, None)?,
            b'+' => self.repeat("+", 1, None)?,
            b'?' => self.repeat("?", 0, Some(1))?,
            b'{' => self.counts()?,
            _ => self.literal(unit),
        }
        Ok(())
    }

    pub(super) fn next(&mut self) -> Option<u16> {
        if let Some(low) = self.low.take() {
            return Some(low);
        }
        let mut characters = self.rest.chars();
        let mut units = [0; 2];
        let units = characters.next()?.encode_utf16(&mut units);
        self.rest = characters.as_str();
        self.low = units.get(1).copied();
        units.first().copied()
    }

    pub(super) fn is_next(&self, text: &str) -> bool {
        self.low.is_none() && self.rest.starts_with(text)
    }

    pub(super) fn eat(&mut self, text: &str) -> bool {
        let is_next = self.is_next(text);
        if is_next {
            self.rest = self.rest.strip_prefix(text).unwrap_or_default();
        }
        is_next
    }

    fn literal(&mut self, unit: u16) {
        let mut folded = [unit];
        self.fold(&mut folded);
        folded.into_iter().for_each(|unit| self.writer.unit(unit));
    }

    /// Where capitals do not count makes letters one that are one.
    pub(super) fn fold(&mut self, units: &mut [u16]) {
        if self.case == Case::Insensitive {
            let beyond_ascii = units.iter().any(|unit| *unit >= 0x80);
            set::fold(units, beyond_ascii);
            self.beyond_ascii |= beyond_ascii;
        }
    }

    pub(super) fn set(&mut self, ranges: &[(u16, u16)], negated: bool) {
        self.writer.set(Set { ranges: ranges.to_vec(), negated });
    }

    /// A quantifier and the `?` that makes it lazy, which does not change whether something is found.
    fn repeat(&mut self, quantifier: &str, least: usize, most: Option<usize>) -> Result<(), String> {
        if most.is_some_and(|most| most < least) {
            return Err(format!("{quantifier} ends before it starts"));
        }
        if !self.writer.repeat(least, most) {
            return Err(format!("nothing stands before {quantifier} that could be repeated"));
        }
        self.eat("?");
        Ok(())
    }

    /// The rest of `{2}`, `{2,}` or `{2,3}`; every other brace is just a brace.
    fn counts(&mut self) -> Result<(), String> {
        let Some((counts, rest)) = self.rest.split_once('}').filter(|(counts, _)| is_counts(counts)) else {
            self.literal(u16::from(b'{'));
            return Ok(());
        };
        self.rest = rest;
        let (least, most) = counts.split_once(',').unwrap_or((counts, counts));
        // More than a number can hold is more than any pattern may have.
        let times = |digits: &str| digits.parse().unwrap_or(usize::MAX);
        self.repeat(&format!("{{{counts}}}"), times(least), (!most.is_empty()).then(|| times(most)))
    }

    fn group(&mut self) -> Result<(), String> {
        if ["?=", "?!", "?<=", "?<!"].into_iter().any(|start| self.is_next(start)) {
            return Err("look-around is not supported".to_owned());
        }
        if self.eat("?<") {
            self.name()?;
        } else if !self.eat("?:") && self.is_next("?") {
            return Err("JavaScript knows no such group".to_owned());
        }
        self.writer.open();
        Ok(())
    }

    /// Nobody asks what a group caught, but its name must be one, and another's than that of the groups before.
    fn name(&mut self) -> Result<(), String> {
        let (name, rest) = self.rest.split_once('>').ok_or("a group's name has no end")?;
        self.rest = rest;
        // Beyond ASCII every character is taken for a letter.
        let is_letter = |it: char| it.is_ascii_alphabetic() || matches!(it, '_' | '$') || !it.is_ascii();
        if !name.starts_with(is_letter) || !name.chars().all(|it| is_letter(it) || it.is_ascii_digit()) {
            return Err(format!("{name} cannot be a group's name"));
        }
        if self.names.contains(&name) {
            return Err(format!("two groups are named {name}"));
        }
        self.names.push(name);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some((ranges, negated)) = self.eat_set() else {
            if self.eat("b") {
                self.writer.assert(Assertion::Boundary(true));
            } else if self.eat("B") {
                self.writer.assert(Assertion::Boundary(false));
            } else if self.rest.starts_with(|next| matches!(next, '1'..='9' | 'k')) {
                return Err("references back are not supported".to_owned());
            } else {
                let unit = self.escaped(|next| next.is_ascii_alphabetic())?;
                self.literal(unit);
            }
            return Ok(());
        };
        self.set(ranges, negated);
        Ok(())
    }
}

/// Whether it stands between braces that repeat something.
fn is_counts(text: &str) -> bool {
    let (least, most) = text.split_once(',').unwrap_or((text, text));
    !least.is_empty() && [least, most].into_iter().all(|it| it.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The character of ASCII that a code unit is; beyond it one that means nothing.
pub(super) fn ascii(unit: u16) -> u8 {
    u8::try_from(unit).unwrap_or_default()
}
