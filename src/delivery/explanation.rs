//! Why the visitor got what they got, in words, for `Server-Timing`.
//!
//! It names decisions and reasons, never a profile's values, and only the start of an id. It is made
//! only where the settings ask for it: it tells a visitor's browser how the site decides.

/// An explanation, in the order in which things happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explanation {
    /// Who it is, or why nobody.
    pub visitor: String,
    /// How the lookup ended.
    pub lookup: Option<String>,
    /// What was decided, and by which rule.
    pub decisions: Vec<String>,
    /// What became of each cookie.
    pub cookies: Vec<String>,
}

impl Explanation {
    /// The value of a `Server-Timing` header (W3C Server Timing); `lookup_ms` is how long the lookup took.
    #[must_use]
    pub fn server_timing(&self, lookup_ms: Option<u64>) -> String {
        let mut metrics = vec![metric("pintle-visitor", &self.visitor, None)];
        metrics.extend(self.lookup.iter().map(|lookup| metric("pintle-lookup", lookup, lookup_ms)));
        metrics.extend(self.decisions.iter().map(|decision| metric("pintle-decision", decision, None)));
        metrics.extend(self.cookies.iter().map(|cookie| metric("pintle-cookie", cookie, None)));
        metrics.join(", ")
    }
}

/// A header holds ASCII, and a quoted string no quotes.
fn metric(name: &str, description: &str, duration_ms: Option<u64>) -> String {
    let plain: String = description
        .replace('…', "...")
        .chars()
        .map(|c| match c {
            '"' | '\\' => '\'',
            _ if c.is_ascii_graphic() || c == ' ' => c,
            _ => '?',
        })
        .collect();
    let duration = duration_ms.map(|ms| format!(";dur={ms}")).unwrap_or_default();
    format!("{name};desc=\"{plain}\"{duration}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_is_a_server_timing_header() {
        let explanation = Explanation {
            visitor: "2c5b6d48…".to_owned(),
            lookup: Some("found in kv".to_owned()),
            decisions: vec!["x = \"ü\"\r\n".to_owned()],
            cookies: vec![],
        };
        assert_eq!(
            explanation.server_timing(Some(3)),
            r#"pintle-visitor;desc="2c5b6d48...", pintle-lookup;desc="found in kv";dur=3, pintle-decision;desc="x = '?'??""#
        );
    }
}
