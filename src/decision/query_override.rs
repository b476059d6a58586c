//! Variations that the address of a page asks for (`?checkout=1`): for whoever looks at a preview, never for visitors.

/// The variation of the experiment `key` that the query of `url` asks for, of so many that there are.
///
/// The query is read as GrowthBook's SDK reads it: the first parameter of that name counts, and of its value the whole
/// number that it begins with.
#[must_use]
pub fn asked(key: &str, url: &str, variations: usize) -> Option<i64> {
    let query = url.split('?').nth(1)?.split('#').next()?;
    let values = query.split('&').map(|parameter| {
        let mut parts = parameter.split('=');
        (parts.next(), parts.next())
    });
    let (_, value) = values.into_iter().find(|(name, _)| *name == Some(key))?;
    let index = whole_number(value?)?;
    usize::try_from(index).is_ok_and(|index| index < variations).then_some(index)
}

/// `parseInt(text)` of ECMA-262, as far as it is a small number.
fn whole_number(text: &str) -> Option<i64> {
    let text = text.trim_start();
    let (text, sign) = match text.strip_prefix('-') {
        Some(rest) => (rest, -1),
        None => (text.strip_prefix('+').unwrap_or(text), 1),
    };
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = hex.map_or((text, 10), |digits| (digits, 16));
    let end = digits.find(|digit: char| !digit.is_digit(radix)).unwrap_or(digits.len());
    Some(sign * i64::from_str_radix(digits.get(..end)?, radix).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_parameter_of_the_name_is_read_as_javascript_reads_whole_numbers() {
        for (query, expected) in [
            ("k=1", Some(1)),
            ("a=0&k=2.9#k=1", Some(2)),
            ("k=1x&k=0", Some(1)),
            ("k=0x2", Some(2)),
            ("k=3", None),
            ("k=-1", None),
            ("k=-0", Some(0)),
            ("k=", None),
            ("k", None),
            ("kk=1", None),
            ("k=99999999999999999999", None),
            ("?k=1", None),
        ] {
            assert_eq!(asked("k", &format!("https://a.example/?{query}"), 3), expected, "{query}");
        }
    }
}
