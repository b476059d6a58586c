//! Regular expressions in JavaScript's syntax, compiled once with `regex-lite`.
//!
//! What the two read differently is rewritten (ECMA-262 with Annex B, without flags or with `i`). Look-around
//! and references back are refused: they cannot be matched in linear time. Text is matched by characters, not by
//! UTF-16 code units, and beyond ASCII `i` reaches neither `\u00e9` nor the ends of ranges, nor a letter's third form
//! (`ς` beside `σ` and `Σ`).

use crate::ecmascript;
use regex_lite::{Regex, RegexBuilder};

use super::coercion::Case;

/// JavaScript's `\s`; `regex-lite` knows only that of ASCII.
const SPACES: &str = r"\t-\r \u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}";
/// JavaScript's `.`; that of `regex-lite` leaves out `\n` alone.
const ANY_OF_A_LINE: &str = r"[^\n\r\u{2028}\u{2029}]";

#[derive(Debug, Clone)]
pub(super) struct Pattern(Regex);

impl Pattern {
    pub(super) fn compile(source: &str, case: Case) -> Result<Self, String> {
        let rewritten =
            Rewriter { rest: source, written: String::new(), case, repeatable: false }.rewrite()?;
        let regex = RegexBuilder::new(&rewritten).case_insensitive(case == Case::Insensitive).build();
        regex.map(Self).map_err(|error| error.to_string())
    }

    /// Whether the pattern is found anywhere in the text.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

struct Rewriter<'s> {
    rest: &'s str,
    written: String,
    case: Case,
    /// Whether something stands before that `*`, `+`, `?` or `{2}` can repeat.
    repeatable: bool,
}

impl Rewriter<'_> {
    fn rewrite(mut self) -> Result<String, String> {
        while let Some(character) = self.next() {
            let repeatable = std::mem::replace(&mut self.repeatable, true);
            match character {
                '\\' => self.escape(),
                '[' => self.class(),
                '.' => self.written.push_str(ANY_OF_A_LINE),
                '(' => self.group()?,
                '^' | '$' | '|' => self.assert(character),
                '*' | '+' | '?' => self.repeat(&character.to_string(), repeatable)?,
                '{' => match self.counts() {
                    Some(counts) => self.repeat(&counts, repeatable)?,
                    None => self.written.push_str(r"\{"),
                },
                '}' | ']' => self.written.extend(['\\', character]),
                _ => self.literal(character),
            }
        }
        Ok(self.written)
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next();
        self.rest = characters.as_str();
        next
    }

    fn assert(&mut self, character: char) {
        self.written.push(character);
        self.repeatable = false;
    }

    /// A quantifier and the `?` that makes it lazy; `regex-lite` would allow several of them in a row.
    fn repeat(&mut self, quantifier: &str, repeatable: bool) -> Result<(), String> {
        if !repeatable {
            return Err(format!("nothing stands before {quantifier} that could be repeated"));
        }
        self.written.push_str(quantifier);
        if let Some(rest) = self.rest.strip_prefix('?') {
            self.written.push('?');
            self.rest = rest;
        }
        self.repeatable = false;
        Ok(())
    }

    /// The rest of `{2}`, `{2,}` or `{2,3}`; every other brace is just a brace.
    fn counts(&mut self) -> Option<String> {
        let (counts, rest) = self.rest.split_once('}')?;
        let (least, most) = counts.split_once(',').unwrap_or((counts, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if least.is_empty() || !digits(least) || !digits(most) {
            return None;
        }
        self.rest = rest;
        Some(format!("{{{counts}}}"))
    }

    /// Of `(?` JavaScript knows less than `regex-lite`, which has flags and `(?P<name>` there.
    fn group(&mut self) -> Result<(), String> {
        self.repeatable = false;
        let starts = ["?:", "?=", "?!", "?<=", "?<!", "?<"];
        let start = starts.into_iter().find(|start| self.rest.starts_with(start)).unwrap_or_default();
        self.rest = self.rest.strip_prefix(start).unwrap_or(self.rest);
        match start {
            "?<" => {
                let (name, rest) = self.rest.split_once('>').ok_or("a group's name has no end")?;
                self.rest = rest;
                // Nobody asks what a group caught, but two of one name are an error to both.
                self.written.push_str(&format!("(?P<{}>", group_name(name)?));
                return Ok(());
            }
            "" if self.rest.starts_with('?') => return Err("JavaScript knows no such group".to_owned()),
            "" | "?:" => {}
            _ => return Err("look-around is not supported".to_owned()),
        }
        self.written.push_str("(?:");
        Ok(())
    }

    fn escape(&mut self) {
        let Some(character) = self.next() else {
            return self.written.push('\\');
        };
        match character {
            's' => self.written.push_str(&format!("[{SPACES}]")),
            'S' => self.written.push_str(&format!("[^{SPACES}]")),
            'b' | 'B' => {
                self.written.extend(['\\', character]);
                self.repeatable = false;
            }
            _ => self.written.push_str(&escaped(character)),
        }
    }

    /// `[…]`, inside of which `regex-lite` has operators (`&&`, `--`) and nesting that JavaScript has not.
    fn class(&mut self) {
        let negated = self.rest.strip_prefix('^');
        self.rest = negated.unwrap_or(self.rest);
        if let Some(rest) = self.rest.strip_prefix(']') {
            // JavaScript's `[]` is no character and its `[^]` is any.
            self.written.push_str(if negated.is_some() { r"[\d\D]" } else { r"[^\d\D]" });
            self.rest = rest;
            return;
        }
        self.written.push_str(if negated.is_some() { "[^" } else { "[" });
        let mut range = Range::Start;
        while let Some(character) = self.next() {
            if character == ']' {
                return self.written.push(']');
            }
            range = self.class_member(character, range);
        }
    }

    /// Writes one member of a class and tells what it means for a `-` after it.
    fn class_member(&mut self, character: char, range: Range) -> Range {
        match character {
            '-' if range == Range::Possible && !self.rest.starts_with(']') && !self.set_follows() => {
                self.written.push('-');
                Range::Open
            }
            '\\' => match self.next() {
                Some('s') => {
                    self.written.push_str(SPACES);
                    Range::Start
                }
                Some(set @ ('S' | 'd' | 'D' | 'w' | 'W')) => {
                    self.written.extend(['\\', set]);
                    Range::Start
                }
                Some('b') => {
                    self.written.push_str(r"\x08");
                    range.after_one()
                }
                Some(escape) => {
                    self.written.push_str(&escaped(escape));
                    range.after_one()
                }
                None => {
                    self.written.push('\\');
                    Range::Start
                }
            },
            '[' | '&' | '~' | '-' | '^' => {
                self.written.extend(['\\', character]);
                range.after_one()
            }
            _ => {
                self.written.push(character);
                if range != Range::Open && !self.rest.starts_with('-') {
                    self.written.extend(other_case(character, self.case));
                }
                range.after_one()
            }
        }
    }

    /// Whether `\d` or its like comes next, which cannot end a range.
    fn set_follows(&self) -> bool {
        self.rest.strip_prefix('\\').is_some_and(|rest| rest.starts_with(['s', 'S', 'd', 'D', 'w', 'W']))
    }

    fn literal(&mut self, character: char) {
        match other_case(character, self.case) {
            Some(other) => self.written.push_str(&format!("[{character}{other}]")),
            None => self.written.push(character),
        }
    }
}

/// Where a class stands between `a`, `-` and `z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Range {
    /// No range can start with what stands before.
    Start,
    /// A `-` makes a range of what stands before.
    Possible,
    /// The `-` was written.
    Open,
}

impl Range {
    fn after_one(self) -> Self {
        if self == Self::Open { Self::Start } else { Self::Possible }
    }
}

/// An escape: a few letters mean something, every other character is itself.
fn escaped(character: char) -> String {
    match character {
        // `\p` is a `p` to JavaScript without the flag `u`, but never meant so: refused, like `\k` and `\c`.
        'd'
        | 'D'
        | 'w'
        | 'W'
        | 't'
        | 'n'
        | 'r'
        | 'f'
        | 'v'
        | 'x'
        | 'u'
        | 'p'
        | 'P'
        | 'k'
        | 'c'
        | '1'..='9' => {
            format!("\\{character}")
        }
        '0' => r"\x00".to_owned(),
        '<' | '>' => character.to_string(),
        _ if character.is_ascii_punctuation() => format!("\\{character}"),
        _ => character.to_string(),
    }
}

/// A group's name as `regex-lite` takes one: letters and digits are all that both know.
fn group_name(name: &str) -> Result<String, String> {
    let is_letter = |character: char| character.is_alphabetic() || matches!(character, '_' | '$');
    if !name.starts_with(is_letter) || !name.chars().all(|it| is_letter(it) || it.is_numeric()) {
        return Err(format!("{name} cannot be a group's name"));
    }
    let written =
        |it: char| if it.is_ascii_alphanumeric() { it.into() } else { format!("_{:x}_", u32::from(it)) };
    Ok(format!("n{}", name.chars().map(written).collect::<String>()))
}

/// The only character of a text.
fn only(text: &str) -> Option<char> {
    let mut characters = text.chars();
    characters.next().filter(|_| characters.next().is_none())
}

/// The other case of a letter beyond ASCII, within which `regex-lite` folds by itself.
fn other_case(character: char, case: Case) -> Option<char> {
    if case == Case::Sensitive || character.is_ascii() {
        return None;
    }
    let text = character.encode_utf8(&mut [0; 4]).to_owned();
    let (lower, upper) = (only(&ecmascript::lower(&text))?, only(&ecmascript::upper(&text))?);
    let other = if lower == character { upper } else { lower };
    // JavaScript never lets a character beyond ASCII equal one within it.
    (other != character && !other.is_ascii()).then_some(other)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(source: &str, case: Case, text: &str) -> bool {
        Pattern::compile(source, case).unwrap().matches(text)
    }

    #[test]
    fn what_javascript_reads_differently_is_read_as_javascript_reads_it() {
        for (source, text, expected) in [
            (r"^a\/b$", "a/b", true),
            ("^.$", "\r", false),
            (r"^\s$", "\u{a0}", true),
            (r"^\S$", "\u{feff}", false),
            (r"^[\s]$", "\u{3000}", true),
            ("[]", "a", false),
            ("^[^]$", "\n", true),
            (r"^[\w-.]+$", "a-.", true),
            ("^[a-]$", "-", true),
            ("^[a-c-e]+$", "b-e", true),
            ("^[a-c-e]+$", "d", false),
            ("^[[&&~~]+$", "[&~", true),
            ("^[a^]+$", "^a", true),
            ("^a{,2}$", "a{,2}", true),
            ("^a{$", "a{", true),
            ("^a{2,3}$", "aaa", true),
            ("^a]}$", "a]}", true),
            (r"^\<\a\ \_\-$", "<a _-", true),
            (r"^[\b]$", "\u{8}", true),
            (r"^\0$", "\0", true),
            ("^(?<year>\\d+)(?:-x)??$", "1999", true),
            ("^(?<a>1)(?<A>2)(?<$_é>3)$", "123", true),
            ("^a$", "a\n", false),
        ] {
            assert_eq!(found(source, Case::Sensitive, text), expected, "{source} {text:?}");
        }
    }

    #[test]
    fn letters_beyond_ascii_have_no_case_where_capitals_do_not_count() {
        for source in ["^CAFÉ$", "^caf[é]$", "^Caf[è-ê]$"] {
            assert!(found(source, Case::Insensitive, "café"), "{source}");
        }
        assert!(found("^[xé]$", Case::Insensitive, "É"));
        assert!(!found("^k$", Case::Insensitive, "\u{212a}"));
        assert!(!found("CAFÉ", Case::Sensitive, "café"));
    }

    #[test]
    fn what_javascript_refuses_or_nobody_can_match_in_linear_time_is_refused() {
        for source in [
            "*",
            "a**",
            "a++",
            "^*",
            "(*a)",
            "a|+",
            "a{2}{3}",
            "(?i)a",
            "(?P<n>a)",
            "(?<n>a)(?<n>b)",
            "(?<>a)",
            "(?<1>a)",
            "(?<n",
            "(",
            ")",
            "[a",
            "[b-a]",
            "\\",
            "(?=a)",
            "(?!a)",
            "(?<=a)b",
            "(?<!a)b",
            r"(a)\1",
            r"\p{L}",
            "/???***[)",
        ] {
            assert!(Pattern::compile(source, Case::Sensitive).is_err(), "{source}");
        }
    }

    proptest! {
        #[test]
        fn plain_text_finds_itself_in_any_case(text in r"[a-zA-Z0-9 éÀßж/_-]{1,12}") {
            prop_assert!(found(&text, Case::Sensitive, &text));
            prop_assert!(found(&text, Case::Insensitive, &text.to_lowercase()));
        }

        #[test]
        fn any_text_compiles_or_is_refused(source in r"[\[\]\\(){}?*+^$|.,a-c0-9&~<=!:dswbSpuxé-]{0,16}") {
            _ = Pattern::compile(&source, Case::Insensitive);
        }
    }
}
