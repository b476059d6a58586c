//! What of which attributes decides: each change of a value, or only on which side of a number it is.
//!
//! It knows when a number that grows may decide otherwise. It does not know what is decided.

/// The attributes that decisions refer to: in order, with each number that they are compared with by size alone, and with
/// [`EACH_CHANGE`] where anything else is asked of them.
#[derive(Debug, Clone, Default)]
pub struct Uses(Vec<(String, f64)>);

/// Every change of the value may decide otherwise.
pub const EACH_CHANGE: f64 = f64::NAN;

impl Uses {
    /// Adds one.
    pub fn put(&mut self, name: &str, limit: f64) {
        let order = |(there, of): &(String, f64)| there.as_str().cmp(name).then(of.total_cmp(&limit));
        if let Err(at) = self.0.binary_search_by(order) {
            self.0.insert(at, (name.to_owned(), limit));
        }
    }

    /// All of them: a name once for each number.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, limit)| (name.as_str(), *limit))
    }

    /// The names, each once.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let mut last = None;
        self.iter().map(|(name, _)| name).filter(move |name| last.replace(*name) != Some(*name))
    }

    /// Whether there is one of this name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.binary_search_by(|(there, _)| there.as_str().cmp(name)).is_ok()
    }

    /// Drops those whose name is not wanted.
    pub fn retain(&mut self, is_wanted: impl Fn(&str) -> bool) {
        self.0.retain(|(name, _)| is_wanted(name));
    }

    /// The next whole number above `passed` at which a decision by this attribute may change; nothing when none does.
    #[must_use]
    pub fn next(&self, name: &str, passed: u64) -> Option<u64> {
        let above = passed.saturating_add(1);
        let of_name = self.iter().filter(|(there, _)| *there == name);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "beyond u64 is its end: never"
        )]
        let at = |limit: f64| {
            // `<` and `>=` change at the number itself, `>` and `<=` above it.
            [limit.ceil() as u64, (limit.floor() as u64).saturating_add(u64::from(limit >= 0.0))]
                .into_iter()
                .find(|at| *at >= above && *at < u64::MAX)
        };
        of_name.filter_map(|(_, limit)| if limit.is_nan() { Some(above) } else { at(limit) }).min()
    }
}

/// Attributes of which each change may decide.
impl<const N: usize> From<[&str; N]> for Uses {
    fn from(names: [&str; N]) -> Self {
        let mut uses = Self::default();
        names.iter().for_each(|name| uses.put(name, EACH_CHANGE));
        uses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_only_compared_by_size_decides_otherwise_at_its_limits() {
        let mut uses = Uses::default();
        for limit in [60.0, 3.5, -2.0, f64::INFINITY, 60.0, 1e30] {
            uses.put("AGO", limit);
        }
        let next = |passed| uses.next("AGO", passed);
        assert_eq!([0, 3, 4, 59, 60].map(next), [Some(4), Some(4), Some(60), Some(60), Some(61)]);
        assert_eq!(uses.next("AGO", 61), None);
        assert_eq!(uses.next("OTHER", 0), None);
        uses.put("AGO", EACH_CHANGE);
        uses.put("AGO", EACH_CHANGE);
        assert_eq!(uses.next("AGO", 61), Some(62));
        assert_eq!(uses.iter().count(), 6);
        uses.put("A", EACH_CHANGE);
        assert_eq!(uses.names().collect::<Vec<_>>(), ["A", "AGO"]);
    }
}
