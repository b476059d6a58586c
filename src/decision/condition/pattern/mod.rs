//! Regular expressions as JavaScript has them, compiled once and matched in linear time.
//!
//! `RegExp` itself is not asked: it may take exponential time, and JavaScript cannot be stopped. Linear is not yet little: a
//! pattern is bounded, and so is the text that it is matched against.

mod class;
mod escape;
mod program;
mod search;
mod set;
mod syntax;

use super::coercion::Case;
use program::Program;

/// The heaviest pattern: some 220 words of 8 letters. Against it texts of 1,000 code units are matched.
const MAX_WEIGHT: usize = 2_000;
/// The most steps of matching one text, of up to 10 ns each: 20 ms.
const MAX_STEPS: usize = 2_000_000;

#[derive(Debug, Clone)]
pub(super) struct Pattern {
    program: Program,
    case: Case,
    /// Whether case is to be told of letters beyond ASCII.
    beyond_ascii: bool,
    /// The longest text that it is matched against, in UTF-16 code units.
    max_units: usize,
}

impl Pattern {
    pub(super) fn compile(source: &str, case: Case) -> Result<Self, String> {
        let syntax::Read { program, weight, beyond_ascii } = syntax::read(source, case, MAX_WEIGHT)?;
        if weight > MAX_WEIGHT {
            return Err(format!(
                "it is too large: with its repetitions written out it has {weight} parts, and may have {MAX_WEIGHT}"
            ));
        }
        Ok(Self { program, case, beyond_ascii, max_units: MAX_STEPS / weight.max(1) })
    }

    /// Whether the pattern is found anywhere in the text.
    ///
    /// In a text that is too long for it, it is not found, and so `$notRegex` holds, which is the opposite of `$regex` for
    /// every text. Up to 1,000 code units no text is too long, and for the usual pattern of some 40 letters up to 50,000.
    pub(super) fn matches(&self, text: &str) -> bool {
        if text.len() > self.max_units && text.encode_utf16().count() > self.max_units {
            return false;
        }
        let mut units = text.encode_utf16();
        if self.case == Case::Sensitive {
            return self.program.is_found_in(&mut units);
        }
        let mut units: Vec<u16> = units.collect();
        set::fold(&mut units, self.beyond_ascii);
        self.program.is_found_in(&mut units.into_iter())
    }
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
            (r"^\x41\u0042\cC\c$", "AB\u{3}\\c", true),
            (r"^\012\08$", "\n\08", true),
            (r"^\x4\u004\e$", "x4u004e", true),
            (r"^[\101\c1\c]+$", "A\u{11}\\c", true),
            (r"^[\d-a]+$", "1-a", true),
            (r"^[^\D]$", "7", true),
            ("^..$", "\u{1f680}", true),
            ("^\u{1f680}{2}$", "\u{1f680}\u{1f680}", false),
            (r"^\ud83d\ude80$", "\u{1f680}", true),
            ("^(?:a*)*$", "aab", false),
            ("^(?:|a){2,3}$", "aaa", true),
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
        for (source, text) in
            [("^σ$", "ς"), ("^\\u00e9$", "É"), ("^[à-ÿ]$", "Ÿ"), ("^[ς]$", "Σ"), ("^[W-c]$", "x")]
        {
            assert!(found(source, Case::Insensitive, text), "{source}");
        }
        assert!(!found("^k$", Case::Insensitive, "\u{212a}"));
        assert!(!found("^ss$", Case::Insensitive, "ß"));
        assert!(!found("CAFÉ", Case::Sensitive, "café"));
    }

    fn weight(source: &str) -> usize {
        syntax::read(source, Case::Sensitive, MAX_WEIGHT).unwrap().weight
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
            (r"\s", 3),
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
            assert!(weight(source) * pattern.max_units <= MAX_STEPS, "{source}");
            assert!(pattern.max_units >= MAX_STEPS / MAX_WEIGHT, "{source}");
            // Characters are counted, and not bytes.
            let fits = format!("{}a", "ж".repeat(pattern.max_units - 1));
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
            r"\u{41}",
            r"(?<n>a)\k<n>",
            "a{3,2}",
            "(?<n>a",
            "[^a",
            "[a-",
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
