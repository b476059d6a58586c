//! Sets of UTF-16 code units, `\d` and its kin among them, and which letters are one where capitals do not count.
//!
//! It does not read a pattern.

use crate::ecmascript;

/// `\d`
pub(super) const DIGITS: &[(u16, u16)] = &[(0x30, 0x39)];
/// `\w`
pub(super) const WORD: &[(u16, u16)] = &[(0x30, 0x39), (0x41, 0x5a), (0x5f, 0x5f), (0x61, 0x7a)];
/// What `.` leaves out.
pub(super) const LINE_ENDS: &[(u16, u16)] = &[(0x0a, 0x0a), (0x0d, 0x0d), (0x2028, 0x2029)];
/// `\s`
pub(super) const SPACES: &[(u16, u16)] = &[
    (0x09, 0x0d),
    (0x20, 0x20),
    (0xa0, 0xa0),
    (0x1680, 0x1680),
    (0x2000, 0x200a),
    (0x2028, 0x2029),
    (0x202f, 0x202f),
    (0x205f, 0x205f),
    (0x3000, 0x3000),
    (0xfeff, 0xfeff),
];

/// Whether a code unit is one of `ranges`.
pub(super) fn has(ranges: &[(u16, u16)], unit: u16) -> bool {
    ranges.iter().any(|(first, last)| (*first..=*last).contains(&unit))
}

/// `[…]`
#[derive(Debug, Clone, Default)]
pub(super) struct Set {
    pub(super) negated: bool,
    pub(super) ranges: Vec<(u16, u16)>,
}

impl Set {
    pub(super) fn has(&self, unit: u16) -> bool {
        has(&self.ranges, unit) != self.negated
    }

    /// Adds what is not in `ranges`, which are in order.
    pub(super) fn add_all_but(&mut self, ranges: &[(u16, u16)]) {
        let mut from = 0;
        for (first, last) in ranges {
            if from < *first {
                self.ranges.push((from, first - 1));
            }
            from = last.saturating_add(1);
        }
        self.ranges.push((from, u16::MAX));
    }
}

/// Makes the letters that are one where capitals do not count the same (ECMA-262, `Canonicalize` without the flag `u`):
/// each becomes its capital, if that is one code unit, and none beyond ASCII becomes one within.
pub(super) fn fold(units: &mut [u16], beyond_ascii: bool) {
    units.iter_mut().for_each(|unit| *unit = ascii_capital(*unit));
    if !beyond_ascii {
        return;
    }
    // JavaScript is asked once for all of them: in a module each question costs as much as a hundred steps of matching.
    let mut asked = String::new();
    for letter in units.iter().filter_map(|unit| beyond(*unit)) {
        asked.extend([letter, '\n']);
    }
    let capitals = ecmascript::upper(&asked);
    let each = units.iter_mut().filter(|unit| beyond(**unit).is_some());
    for (unit, capital) in each.zip(capitals.split('\n')) {
        let mut of_capital = capital.encode_utf16();
        if let (Some(one @ 0x80..), None) = (of_capital.next(), of_capital.next()) {
            *unit = one;
        }
    }
}

fn ascii_capital(unit: u16) -> u16 {
    if matches!(unit, 0x61..=0x7a) { unit - 0x20 } else { unit }
}

/// The character beyond ASCII that a code unit is by itself.
fn beyond(unit: u16) -> Option<char> {
    char::from_u32(unit.into()).filter(|it| !it.is_ascii())
}
