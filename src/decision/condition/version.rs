//! Version numbers as text that sorts as versions do (the `$v…` operators).
//!
//! It follows the padded version text of the GrowthBook SDK specification, not all of SemVer: any text is a
//! version, and what is neither text nor a number is version 0.

use std::borrow::Cow;

use serde_json::Value;

use super::coercion;

/// The narrowest numeric part, so that ` 9` sorts before `10`.
const WIDTH: usize = 5;

/// The version in `value`, as text to be compared by UTF-16 code units: `v1.2.3+build` is `    1-    2-    3-~`.
pub(super) fn padded(value: &Value) -> String {
    let version = match value {
        Value::String(text) if !text.is_empty() => Cow::Borrowed(text.as_str()),
        Value::Number(_) => coercion::text(value),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => "0".into(),
    };
    let version = version.strip_prefix('v').unwrap_or(&version);
    let mut parts: Vec<String> = without_build(version).split(['-', '.']).map(pad).collect();
    // A release sorts after its own prereleases: `~` is the last printable character of ASCII.
    if parts.len() == 3 {
        parts.push("~".to_owned());
    }
    parts.join("-")
}

/// The version without the `+build` that ends it; a build does not reach past the end of its line.
fn without_build(version: &str) -> &str {
    let last_line = version.rfind(['\n', '\r', '\u{2028}', '\u{2029}']).unwrap_or(0);
    let build = version.match_indices('+').map(|(at, _)| at).find(|at| *at >= last_line);
    build.and_then(|at| version.get(..at)).unwrap_or(version)
}

fn pad(part: &str) -> String {
    if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("{part:>WIDTH$}")
    } else {
        part.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_release_is_marked_to_sort_after_its_prereleases() {
        assert_eq!(padded(&json!("v1.2.3+build.5")), "    1-    2-    3-~");
        assert_eq!(padded(&json!("1.2.3-rc.1")), "    1-    2-    3-rc-    1");
    }

    #[test]
    fn a_number_is_a_version_and_everything_else_is_version_0() {
        assert_eq!(padded(&json!(2.5)), "    2-    5");
        for other in [json!(null), json!(true), json!(""), json!(["1.2.3"]), json!({})] {
            assert_eq!(padded(&other), "    0", "{other}");
        }
    }
}
