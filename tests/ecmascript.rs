//! What JavaScript does with numbers and letters, natively and in wasm: one table for both.
//!
//! Natively the core does it by itself, in wasm it asks JavaScript. The answers are frozen here as Node.js 20 gave them,
//! so neither can drift from the other.

use pintle::ecmascript::{lower, number_of, text_of, upper};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Numbers and what `String(number)` makes of them.
const TEXTS: [(f64, &str); 24] = [
    (0.0, "0"),
    (-0.0, "0"),
    (1.0, "1"),
    (-1.5, "-1.5"),
    (0.1, "0.1"),
    (0.1 + 0.2, "0.30000000000000004"),
    (1e-6, "0.000001"),
    (1e-7, "1e-7"),
    (1.5e-7, "1.5e-7"),
    (123_456_789.0, "123456789"),
    (9_007_199_254_740_993.0, "9007199254740992"),
    (123_456_789_012_345_680_000.0, "123456789012345680000"),
    (1e20, "100000000000000000000"),
    (1e21, "1e+21"),
    (1.25e21, "1.25e+21"),
    // Half way between two shortest texts: the even one is taken.
    (31_119_155_883_789.063, "31119155883789.062"),
    (5.684_341_886_080_802e-14, "5.684341886080802e-14"),
    (2.0e-308, "2e-308"),
    (5e-324, "5e-324"),
    (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
    (f64::MAX, "1.7976931348623157e+308"),
    (f64::INFINITY, "Infinity"),
    (f64::NEG_INFINITY, "-Infinity"),
    (f64::NAN, "NaN"),
];

/// Texts and what `Number(text)` makes of them.
const NUMBERS: [(&str, f64); 37] = [
    ("", 0.0),
    (" \u{feff}\n\u{a0}\u{3000}\u{2028}", 0.0),
    (" 12.50 ", 12.5),
    ("007", 7.0),
    ("5.", 5.0),
    (".5", 0.5),
    ("+1e3", 1000.0),
    ("-1E-3", -0.001),
    ("1e400", f64::INFINITY),
    ("1e-400", 0.0),
    ("9007199254740993", 9_007_199_254_740_992.0),
    ("+Infinity", f64::INFINITY),
    ("-Infinity", f64::NEG_INFINITY),
    ("0xFf", 255.0),
    ("0O17", 15.0),
    ("0b101", 5.0),
    ("0x20000000000001", 9_007_199_254_740_992.0),
    ("0x20000000000003", 9_007_199_254_740_996.0),
    ("0x8000000000000400001", 37_778_931_862_957_170_098_176.0),
    ("a", f64::NAN),
    ("1a", f64::NAN),
    ("1 2", f64::NAN),
    ("1_000", f64::NAN),
    ("1,5", f64::NAN),
    (".", f64::NAN),
    ("e5", f64::NAN),
    ("1e", f64::NAN),
    ("--1", f64::NAN),
    ("inf", f64::NAN),
    ("nan", f64::NAN),
    ("infinity", f64::NAN),
    ("0x", f64::NAN),
    ("-0x1", f64::NAN),
    ("0b2", f64::NAN),
    ("1n", f64::NAN),
    // Next line and the Mongolian vowel separator are no white space to JavaScript.
    ("\u{85}1", f64::NAN),
    ("\u{180e}1", f64::NAN),
];

/// Texts, and what `toLowerCase()` and `toUpperCase()` make of them.
const LETTERS: [(&str, &str, &str); 12] = [
    ("", "", ""),
    ("Straße", "straße", "STRASSE"),
    ("ÀÉÎ õ", "àéî õ", "ÀÉÎ Õ"),
    // Capital sigma at the end of a word is another small one.
    ("ΟΔΟΣ ΣΑΣ", "οδος σας", "ΟΔΟΣ ΣΑΣ"),
    ("İ", "i\u{307}", "İ"),
    ("ı", "ı", "I"),
    ("\u{212a}", "k", "\u{212a}"),
    ("ŉ", "ŉ", "ʼN"),
    ("ﬁ", "ﬁ", "FI"),
    ("ǅ", "ǆ", "Ǆ"),
    ("\u{10400}", "\u{10428}", "\u{10400}"),
    ("日本 🚀", "日本 🚀", "日本 🚀"),
];

#[test]
fn numbers_are_written_as_javascript_writes_them() {
    for (number, text) in TEXTS {
        assert_eq!(text_of(number), text);
    }
}

#[test]
fn texts_are_read_as_the_numbers_that_javascript_reads() {
    for (text, number) in NUMBERS {
        let read = number_of(text);
        assert!(read == number || (read.is_nan() && number.is_nan()), "{text:?} is {read}, not {number}");
    }
}

#[test]
fn letters_change_their_case_as_javascript_changes_it() {
    for (text, small, capital) in LETTERS {
        assert_eq!(lower(text), small, "{text:?}");
        assert_eq!(upper(text), capital, "{text:?}");
    }
}
