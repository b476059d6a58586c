//! The environment: variables and secrets by name, read so that every mistake in them is told.

use super::mistake::Mistakes;
use super::url;

/// What a shell can say about its environment.
pub struct Environment<'a> {
    /// The text of a variable or secret.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

impl Environment<'_> {
    /// A variable that says something; blank ones count as not set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        (self.variable)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// A whole number within `range`.
    pub fn number(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<u32>,
        mistakes: &mut Mistakes,
    ) -> Option<u32> {
        let number = self.get(name)?.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            mistakes.note(name, format!("must be a whole number from {} to {}", range.start(), range.end()));
        }
        number
    }

    /// Whether the second of two choices is set; the first is the default.
    pub fn choice(&self, name: &str, [first, second]: [&str; 2], mistakes: &mut Mistakes) -> bool {
        let Some(text) = self.get(name) else { return false };
        if text != first && text != second {
            mistakes.note(name, format!("must be `{first}` or `{second}`"));
        }
        text == second
    }

    /// A plain URL.
    pub fn url(&self, name: &str, mistakes: &mut Mistakes) -> Option<String> {
        let url = self.get(name)?;
        if let Some(wrong) = url::wrong(&url) {
            mistakes.note(name, wrong);
        }
        Some(url)
    }
}
