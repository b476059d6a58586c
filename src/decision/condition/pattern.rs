//! Regular expressions in JavaScript's syntax, compiled once with `regex-lite`.
//!
//! What the two read differently is rewritten (ECMA-262 with Annex B, without flags or with `i`). Look-around
//! and references back are refused: they cannot be matched in linear time. Text is matched by characters, not by
//! UTF-16 code units, and beyond ASCII `i` reaches neither `\u00e9` nor the ends of ranges, nor a letter's third form
//! (`ς` beside `σ` and `Σ`).
//!
//! Linear is not yet little: a pattern is bounded, and so is the text that it is matched against.

use crate::ecmascript;
use regex_lite::{Regex, RegexBuilder};

use super::coercion::Case;
use super::weight::Weight;

/// JavaScript's `\s`; `regex-lite` knows only that of ASCII.
const SPACES: &str = r"\t-\r \u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}";
/// JavaScript's `.`; that of `regex-lite` leaves out `\n` alone.
const ANY_OF_A_LINE: &str = r"[^\n\r\u{2028}\u{2029}]";

/// The heaviest pattern: some 220 words of 8 letters. Against it texts of 1,000 characters are matched.
const MAX_WEIGHT: usize = 2_000;
/// The most steps of matching one text, of about 10 ns each: 20 ms.
const MAX_STEPS: usize = 2_000_000;

#[derive(Debug, Clone)]
pub(super) struct Pattern {
    regex: Regex,
    /// The longest text that it is matched against, in characters.
    max_chars: usize,
}

impl Pattern {
    pub(super) fn compile(source: &str, case: Case) -> Result<Self, String> {
        let rewriter = Rewriter {
            rest: source,
            written: String::new(),
            case,
            repeatable: false,
            weight: Weight::default(),
        };
        let (rewritten, weight) = rewriter.rewrite()?;
        if weight > MAX_WEIGHT {
            return Err(format!(
                "it is too large: with its repetitions written out it has {weight} parts, and may have {MAX_WEIGHT}"
            ));
        }
        let regex = RegexBuilder::new(&rewritten).case_insensitive(case == Case::Insensitive).build();
        let regex = regex.map_err(|error| error.to_string())?;
        Ok(Self { regex, max_chars: MAX_STEPS / weight.max(1) })
    }

    /// Whether the pattern is found anywhere in the text.
    ///
    /// In a text that is too long for it, it is not found, and so `$notRegex` holds, which is the opposite of `$regex` for
    /// every text. Up to 1,000 characters no text is too long, and for the usual pattern of some 40 letters up to 50,000.
    pub(super) fn matches(&self, text: &str) -> bool {
        text.chars().count() <= self.max_chars && self.regex.is_match(text)
    }
}

struct Rewriter<'s> {
    rest: &'s str,
    written: String,
    case: Case,
    /// Whether something stands before that `*`, `+`, `?` or `{2}` can repeat.
    repeatable: bool,
    weight: Weight,
}

impl Rewriter<'_> {
    /// The pattern as `regex-lite` reads it, and its weight.
    fn rewrite(mut self) -> Result<(String, usize), String> {
        while let Some(character) = self.next() {
            let repeatable = std::mem::replace(&mut self.repeatable, true);
            match character {
                '\\' => self.escape(),
                '[' => self.class(),
                '.' => self.write(ANY_OF_A_LINE),
                '(' => self.group()?,
                ')' => {
                    self.written.push(')');
                    self.weight.close();
                }
                '^' | '$' | '|' => self.assert(character),
                '*' => self.repeat("*", (0, None), repeatable)?,
                '+' => self.repeat("+", (1, None), repeatable)?,
                '?' => self.repeat("?", (0, Some(1)), repeatable)?,
                '{' => match self.counts() {
                    Some((text, counts)) => self.repeat(&text, counts, repeatable)?,
                    None => self.write(r"\{"),
                },
                '}' | ']' => self.write(&format!("\\{character}")),
                _ => self.literal(character),
            }
        }
        Ok((self.written, self.weight.sum()))
    }

    /// Writes what stands for one character.
    fn write(&mut self, text: &str) {
        self.written.push_str(text);
        self.weigh(text.len());
    }

    /// A set is one state, whose ranges are gone through one by one: some ten of them cost as much as a state.
    fn weigh(&mut self, bytes: usize) {
        self.weight.add(1 + bytes / 16);
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next();
        self.rest = characters.as_str();
        next
    }

    fn assert(&mut self, character: char) {
        self.written.push(character);
        self.weight.add(1);
        self.repeatable = false;
    }

    /// A quantifier and the `?` that makes it lazy; `regex-lite` would allow several of them in a row.
    fn repeat(
        &mut self,
        quantifier: &str,
        (least, most): (usize, Option<usize>),
        repeatable: bool,
    ) -> Result<(), String> {
        if !repeatable {
            return Err(format!("nothing stands before {quantifier} that could be repeated"));
        }
        self.weight.repeat(least, most);
        self.written.push_str(quantifier);
        if let Some(rest) = self.rest.strip_prefix('?') {
            self.written.push('?');
            self.rest = rest;
        }
        self.repeatable = false;
        Ok(())
    }

    /// The rest of `{2}`, `{2,}` or `{2,3}` and how often that is; every other brace is just a brace.
    fn counts(&mut self) -> Option<(String, (usize, Option<usize>))> {
        let (counts, rest) = self.rest.split_once('}')?;
        let (least, most) = counts.split_once(',').unwrap_or((counts, counts));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if least.is_empty() || !digits(least) || !digits(most) {
            return None;
        }
        self.rest = rest;
        // More than a number can hold is more than any pattern may have.
        let times = |digits: &str| digits.parse().unwrap_or(usize::MAX);
        let most = (!most.is_empty()).then(|| times(most));
        Some((format!("{{{counts}}}"), (times(least), most)))
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
                self.weight.open();
                return Ok(());
            }
            "" if self.rest.starts_with('?') => return Err("JavaScript knows no such group".to_owned()),
            "" | "?:" => {}
            _ => return Err("look-around is not supported".to_owned()),
        }
        self.written.push_str("(?:");
        self.weight.open();
        Ok(())
    }

    fn escape(&mut self) {
        let Some(character) = self.next() else {
            return self.written.push('\\');
        };
        match character {
            's' => self.write(&format!("[{SPACES}]")),
            'S' => self.write(&format!("[^{SPACES}]")),
            'b' | 'B' => {
                self.write(&format!("\\{character}"));
                self.repeatable = false;
            }
            _ => self.write(&escaped(character)),
        }
    }

    /// `[…]`, inside of which `regex-lite` has operators (`&&`, `--`) and nesting that JavaScript has not.
    fn class(&mut self) {
        let negated = self.rest.strip_prefix('^');
        self.rest = negated.unwrap_or(self.rest);
        if let Some(rest) = self.rest.strip_prefix(']') {
            // JavaScript's `[]` is no character and its `[^]` is any.
            self.write(if negated.is_some() { r"[\d\D]" } else { r"[^\d\D]" });
            self.rest = rest;
            return;
        }
        let before = self.written.len();
        self.written.push_str(if negated.is_some() { "[^" } else { "[" });
        let mut range = Range::Start;
        while let Some(character) = self.next() {
            if character == ']' {
                self.written.push(']');
                return self.weigh(self.written.len() - before);
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
            Some(other) => self.write(&format!("[{character}{other}]")),
            None => self.write(character.encode_utf8(&mut [0; 4])),
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

/// A group's name as `regex-lite` takes one. Beyond ASCII every character is taken for a letter.
fn group_name(name: &str) -> Result<String, String> {
    let is_letter = |it: char| it.is_ascii_alphabetic() || matches!(it, '_' | '$') || !it.is_ascii();
    if !name.starts_with(is_letter) || !name.chars().all(|it| is_letter(it) || it.is_ascii_digit()) {
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

    fn weight(source: &str) -> usize {
        let rewriter = Rewriter {
            rest: source,
            written: String::new(),
            case: Case::Sensitive,
            repeatable: false,
            weight: Weight::default(),
        };
        rewriter.rewrite().unwrap().1
    }

    #[test]
    fn repetitions_weigh_as_often_as_they_are_compiled() {
        for (source, expected) in [
            ("", 0),
            ("abc", 3),
            ("^a|b$", 5),
            ("a*", 3),
            ("a?", 3),
            ("a{3}", 3),
            ("a{3,}", 6),
            ("a{1,100}", 298),
            ("(a{1,100}){1,10}b", 3009),
            ("(?:ab){2}c", 7),
            ("((a{10}){10}){10}", 1110),
            (r"\d[a-z]\w", 3),
            (r"\s", 6),
            ("a{,9}", 5),
        ] {
            assert_eq!(weight(source), expected, "{source}");
        }
    }

    #[test]
    fn patterns_that_would_take_a_page_its_time_are_refused() {
        let long = |weight| "a".repeat(weight);
        let words = |count| "abcdefgh|".repeat(count);
        for source in [
            "(a{1,100}){1,10}b",
            "((a{100}){100}){100}",
            "(?:){99999999999999999999}",
            "(?:^){9999}",
            "(a|b|c|d|e|f|g|h){200}",
            &long(MAX_WEIGHT + 1),
            &words(250),
        ] {
            let told = Pattern::compile(source, Case::Sensitive).unwrap_err();
            assert!(told.contains("it is too large: ") && told.ends_with("may have 2000"), "{source} {told}");
        }
        for source in ["(a{1,10}){1,10}b", r"^\+?[\d\s()-]{7,20}$", &long(MAX_WEIGHT), &words(200)] {
            assert!(Pattern::compile(source, Case::Sensitive).is_ok(), "{source}");
        }
    }

    #[test]
    fn a_text_is_as_long_as_the_pattern_allows_or_the_pattern_is_not_found_in_it() {
        for source in ["a", "^ж.*a$", "(a{1,10}){1,10}", &"a?".repeat(600)] {
            let pattern = Pattern::compile(source, Case::Sensitive).unwrap();
            assert!(weight(source) * pattern.max_chars <= MAX_STEPS, "{source}");
            assert!(pattern.max_chars >= MAX_STEPS / MAX_WEIGHT, "{source}");
            // Characters are counted, and not bytes.
            let fits = format!("{}a", "ж".repeat(pattern.max_chars - 1));
            assert!(pattern.matches(&fits), "{source}");
            assert!(!pattern.matches(&format!("{fits}a")), "{source}");
        }
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
