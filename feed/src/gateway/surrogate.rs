//! Halves of characters in JSON: a browser cuts a text within an emoji and writes `\ud83d`, which is JSON to RudderStack
//! and to every browser, and no Unicode text.

use std::borrow::Cow;

/// The same JSON text, with U+FFFD in the place of each half that stands alone.
pub(super) fn mended(text: &str) -> Cow<'_, str> {
    let mut mended = String::new();
    let mut rest = text;
    let mut kept = text;
    while let Some((_, escaped)) = rest.split_once('\\') {
        let before = kept.len().saturating_sub(escaped.len() + 1);
        let (length, is_alone) = escape(escaped);
        if is_alone {
            mended.push_str(kept.get(..before).unwrap_or_default());
            mended.push_str("\\ufffd");
            kept = escaped.get(length..).unwrap_or_default();
        }
        rest = escaped.get(length..).unwrap_or_default();
    }
    if mended.is_empty() && kept.len() == text.len() {
        return Cow::Borrowed(text);
    }
    mended.push_str(kept);
    Cow::Owned(mended)
}

/// How long the escape is that starts behind the backslash, and whether it is half of a character.
fn escape(escaped: &str) -> (usize, bool) {
    match unit(escaped) {
        Some(0xd800..=0xdbff) => {
            let second = escaped.get(5..).and_then(|rest| rest.strip_prefix('\\')).and_then(unit);
            if matches!(second, Some(0xdc00..=0xdfff)) { (11, false) } else { (5, true) }
        }
        Some(0xdc00..=0xdfff) => (5, true),
        Some(_) => (5, false),
        // One letter, which may be a backslash.
        None => (escaped.chars().next().map_or(0, char::len_utf8), false),
    }
}

/// The number in `uXXXX`.
fn unit(escaped: &str) -> Option<u16> {
    u16::from_str_radix(escaped.strip_prefix('u')?.get(..4)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_that_stands_alone_becomes_the_replacement_character_and_all_else_stays() {
        for (text, right) in [
            (r#"{"a":"b"}"#, r#"{"a":"b"}"#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#""x\ud83d y\uDE00z""#, r#""x\ufffd y\ufffdz""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\\ud83d \n\u0041é\"""#, r#""\\ud83d \n\u0041é\"""#),
            (r#""\\\ud83d\\""#, r#""\\\ufffd\\""#),
            (r"\", r"\"),
            (r"\u", r"\u"),
            (r"\ué\ud8", r"\ué\ud8"),
        ] {
            assert_eq!(mended(text), right, "{text}");
        }
    }
}
