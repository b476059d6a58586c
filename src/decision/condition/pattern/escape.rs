//! `\d`, `\n`, `\x41`, `\/` and the other escapes, with the leniences of Annex B.

use super::set;
use super::syntax::{Reader, ascii};

impl Reader<'_> {
    /// The `d` of `\d` or its like: the set, and whether it is all but that.
    pub(super) fn eat_set(&mut self) -> Option<(&'static [(u16, u16)], bool)> {
        let (ranges, negated) = match self.rest.bytes().next()? {
            b'd' => (set::DIGITS, false),
            b'D' => (set::DIGITS, true),
            b's' => (set::SPACES, false),
            b'S' => (set::SPACES, true),
            b'w' => (set::WORD, false),
            b'W' => (set::WORD, true),
            _ => return None,
        };
        self.next();
        Some((ranges, negated))
    }

    /// The code unit that an escape is; `\c` takes what `controls` does.
    pub(super) fn escaped(&mut self, controls: fn(char) -> bool) -> Result<u16, String> {
        let whole = self.rest;
        let unit = self.next().ok_or("nothing stands after its last \\")?;
        Ok(match ascii(unit) {
            b't' => 0x09,
            b'n' => 0x0a,
            b'v' => 0x0b,
            b'f' => 0x0c,
            b'r' => 0x0d,
            b'x' => self.hexadecimal(2).unwrap_or(unit),
            b'p' | b'P' => return Err("\\p is not supported".to_owned()),
            b'u' if self.is_next("{") => {
                return Err("\\u{ is not supported: write \\u and four digits".to_owned());
            }
            b'u' => self.hexadecimal(4).unwrap_or(unit),
            b'c' if self.rest.starts_with(controls) => self.next().unwrap_or_default() % 0x20,
            b'c' => {
                self.rest = whole;
                u16::from(b'\\')
            }
            b'0'..=b'7' => self.octal(unit - 0x30),
            _ => unit,
        })
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<u16> {
        let (number, rest) = self.rest.split_at_checked(digits)?;
        let is_number = number.bytes().all(|byte| byte.is_ascii_hexdigit());
        let unit = u16::from_str_radix(number, 16).ok().filter(|_| is_number)?;
        self.rest = rest;
        Some(unit)
    }

    /// Up to three digits from the first one on, as far as they are within a byte.
    fn octal(&mut self, mut unit: u16) -> u16 {
        for _ in 0..2 {
            let digit = self.rest.bytes().next().filter(|it| matches!(it, b'0'..=b'7'));
            let Some(longer) = digit.map(|it| unit * 8 + u16::from(it - b'0')).filter(|it| *it <= 0xff)
            else {
                break;
            };
            unit = longer;
            self.next();
        }
        unit
    }
}
