//! Durations as people write them: `90s`, `15m`, `12h`, `7d`.

/// The seconds that `text` means; `None` when it is no duration.
#[must_use]
pub fn seconds(text: &str) -> Option<u64> {
    let unit_at = text.len().checked_sub(1)?;
    let (number, unit) = text.split_at_checked(unit_at)?;
    let unit_s = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if digits { number.parse::<u64>().ok()?.checked_mul(unit_s) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_whole_number_and_a_unit() {
        assert_eq!(seconds("90s"), Some(90));
        assert_eq!(seconds("15m"), Some(900));
        assert_eq!(seconds("12h"), Some(43_200));
        assert_eq!(seconds("1d"), Some(86_400));
        for wrong in ["", "d", "1", "1.5d", "-1d", "+1d", "1 d", "1w", "1ü", "99999999999999999999d"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
