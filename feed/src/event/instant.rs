//! When an event happened.
//!
//! `timestamp` is RudderStack's own, corrected for the sender's clock. Events that come straight from a browser's SDK
//! have none yet: it is made of `originalTimestamp`, `sentAt` and the receipt, as RudderStack's gateway makes it.

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Refusal;

/// The time of an event in milliseconds since 1970; an event that tells none happened as it was received.
pub(super) fn of(event: &Map<String, Value>, received_at_ms: i64) -> Result<i64, Refusal> {
    if let Some(timestamp) = member(event, "timestamp")? {
        return Ok(timestamp);
    }
    let Some(original) = member(event, "originalTimestamp")? else { return Ok(received_at_ms) };
    let sent = member(event, "sentAt")?;
    Ok(sent.map_or(original, |sent| received_at_ms.saturating_sub(sent.saturating_sub(original).max(0))))
}

fn member(event: &Map<String, Value>, name: &'static str) -> Result<Option<i64>, Refusal> {
    match event.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            let time = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| Refusal::Time(name))?;
            let at_ms = time.unix_timestamp_nanos().div_euclid(1_000_000);
            Ok(Some(at_ms.try_into().map_err(|_| Refusal::Time(name))?))
        }
        Some(_) => Err(Refusal::Time(name)),
    }
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
            assert_eq!(of(event.as_object().unwrap(), 0), Ok(at_ms), "{text}");
        }
    }

    #[test]
    fn a_browsers_wrong_clock_does_not_matter() {
        let event = json!({"originalTimestamp": "1999-01-01T00:00:00Z", "sentAt": "1999-01-01T00:00:02Z"});
        assert_eq!(of(event.as_object().unwrap(), 10_000), Ok(8_000));
        assert_eq!(of(&Map::new(), 10_000), Ok(10_000));
    }
}
