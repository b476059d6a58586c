//! When an event happened.
//!
//! `timestamp` is RudderStack's own, corrected for the sender's clock. Events that come straight from a browser's SDK
//! have none yet: it is made of `originalTimestamp`, `sentAt` and the receipt, as RudderStack's gateway makes it.

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// When an event that was received at `received_at_ms` happened.
pub(super) fn of(event: &Map<String, Value>, received_at_ms: i64) -> i64 {
    let corrected = || {
        let original = member(event, "originalTimestamp")?;
        let late = member(event, "sentAt").map(|sent| sent.saturating_sub(original).max(0));
        Some(late.map_or(original, |late| received_at_ms.saturating_sub(late)))
    };
    member(event, "timestamp").or_else(corrected).unwrap_or(received_at_ms)
}

/// Whether an event tells when it happened.
pub(super) fn is_told(event: &Map<String, Value>) -> bool {
    ["timestamp", "originalTimestamp"].iter().any(|name| member(event, name).is_some())
}

fn member(event: &Map<String, Value>, name: &str) -> Option<i64> {
    let time = OffsetDateTime::parse(event.get(name)?.as_str()?, &Rfc3339).ok()?;
    time.unix_timestamp_nanos().div_euclid(1_000_000).try_into().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_time_has_an_offset_and_any_precision() {
        for (text, at_ms) in [
            ("2020-01-24T11:59:02.402+05:30", 1_579_847_342_402),
            ("2020-01-24T06:29:02.402963Z", 1_579_847_342_402),
            ("2020-01-24T06:29:02Z", 1_579_847_342_000),
        ] {
            let event = json!({ "timestamp": text });
            assert_eq!(of(event.as_object().unwrap(), 0), at_ms, "{text}");
        }
    }

    #[test]
    fn a_browsers_wrong_clock_does_not_matter() {
        let event = json!({"originalTimestamp": "1999-01-01T00:00:00Z", "sentAt": "1999-01-01T00:00:02Z"});
        assert_eq!(of(event.as_object().unwrap(), 10_000), 8_000);
        assert_eq!(of(&Map::new(), 10_000), 10_000);
    }

    #[test]
    fn an_event_whose_time_cannot_be_read_is_of_when_it_came_as_with_rudderstack() {
        for time in
            [json!("2020-01-24T06:29:02"), json!("2020-01-24"), json!(""), json!(1_579_847_342_402_i64)]
        {
            let mut event = json!({ "timestamp": time });
            assert_eq!(of(event.as_object().unwrap(), 10_000), 10_000, "{time}");
            assert!(!is_told(event.as_object().unwrap()));
            event["originalTimestamp"] = json!("1970-01-01T00:00:01Z");
            assert_eq!(of(event.as_object().unwrap(), 10_000), 1_000, "{time}");
            assert!(is_told(event.as_object().unwrap()));
        }
    }
}
