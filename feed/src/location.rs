//! Near whom a person's object is made: near the visitor, and not near RudderStack's servers, which are often the first to
//! tell of somebody. An object stays for ever where it was made.
//!
//! Cloudflare takes hints by the names below (Durable Objects, "Data location"). A browser's own request says where it
//! came from; an event that a server sends only in which time zone it happened.

use serde_json::{Map, Value};

/// The hint for a request that came from this continent, by its two letters, and this longitude, in degrees east.
#[must_use]
pub fn of_request(continent: &str, longitude: Option<f64>) -> Option<&'static str> {
    let is_east_of = |degrees: f64| longitude.is_some_and(|longitude| longitude > degrees);
    Some(match continent {
        "EU" if is_east_of(18.0) => "eeur",
        "EU" => "weur",
        "NA" if longitude.is_some() && !is_east_of(-100.0) => "wnam",
        "NA" => "enam",
        "SA" => "sam",
        "AS" if longitude.is_some() && !is_east_of(60.0) => "me",
        "AS" => "apac",
        "OC" => "oc",
        "AF" => "afr",
        _ => return None,
    })
}

/// The hint for an event that happened in the time zone of its context: `Europe/Berlin`, or `GMT+0100` as browsers have it.
#[must_use]
pub fn of_event(event: &Map<String, Value>) -> Option<&'static str> {
    let zone = event.get("context")?.get("timezone")?.as_str()?;
    zone.split_once('/').map_or_else(|| of_offset(zone), |(area, city)| of_city(area, city))
}

fn of_city(area: &str, city: &str) -> Option<&'static str> {
    const EASTERN: [&str; 12] = [
        "Athens",
        "Bucharest",
        "Chisinau",
        "Helsinki",
        "Istanbul",
        "Kiev",
        "Kyiv",
        "Minsk",
        "Moscow",
        "Riga",
        "Sofia",
        "Warsaw",
    ];
    const PACIFIC: [&str; 8] =
        ["Anchorage", "Boise", "Denver", "Edmonton", "Los_Angeles", "Phoenix", "Tijuana", "Vancouver"];
    const SOUTHERN: [&str; 9] = [
        "Argentina",
        "Asuncion",
        "Bogota",
        "Caracas",
        "Guayaquil",
        "La_Paz",
        "Lima",
        "Santiago",
        "Sao_Paulo",
    ];
    const MIDDLE: [&str; 9] =
        ["Amman", "Baghdad", "Bahrain", "Beirut", "Dubai", "Jerusalem", "Kuwait", "Qatar", "Riyadh"];
    let is_in = |cities: &[&str]| cities.iter().any(|known| city.starts_with(known));
    Some(match area {
        "Europe" if is_in(&EASTERN) => "eeur",
        "Europe" | "Atlantic" => "weur",
        "America" if is_in(&PACIFIC) => "wnam",
        "America" if is_in(&SOUTHERN) => "sam",
        "America" => "enam",
        "Asia" if is_in(&MIDDLE) => "me",
        "Asia" | "Indian" => "apac",
        "Australia" | "Pacific" => "oc",
        "Africa" => "afr",
        _ => return None,
    })
}

/// By where most people of an offset live.
fn of_offset(zone: &str) -> Option<&'static str> {
    let hours: i32 = zone.strip_prefix("GMT").or_else(|| zone.strip_prefix("UTC"))?.get(..3)?.parse().ok()?;
    Some(match hours {
        -11..=-7 => "wnam",
        -6..=-4 => "enam",
        -3..=-2 => "sam",
        -1..=1 => "weur",
        2..=3 => "eeur",
        4 => "me",
        5..=9 => "apac",
        10..=14 => "oc",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_browser_is_where_its_request_came_from() {
        for (continent, longitude, hint) in [
            ("EU", Some(13.4), Some("weur")),
            ("EU", Some(24.9), Some("eeur")),
            ("NA", Some(-122.4), Some("wnam")),
            ("NA", Some(-74.0), Some("enam")),
            ("NA", None, Some("enam")),
            ("AS", Some(55.3), Some("me")),
            ("AS", Some(139.7), Some("apac")),
            ("OC", Some(151.2), Some("oc")),
            ("T1", None, None),
        ] {
            assert_eq!(of_request(continent, longitude), hint, "{continent} {longitude:?}");
        }
    }

    #[test]
    fn an_event_of_a_server_is_where_its_time_zone_is() {
        for (zone, hint) in [
            (json!("Europe/Berlin"), Some("weur")),
            (json!("Europe/Helsinki"), Some("eeur")),
            (json!("America/Argentina/Ushuaia"), Some("sam")),
            (json!("America/Los_Angeles"), Some("wnam")),
            (json!("Asia/Kolkata"), Some("apac")),
            (json!("GMT+0530"), Some("apac")),
            (json!("GMT-0800"), Some("wnam")),
            (json!("GMT+0100"), Some("weur")),
            (json!("GMT"), None),
            (json!("GMT+ü"), None),
            (json!("Etc/UTC"), None),
            (json!(7), None),
        ] {
            let event = json!({"context": {"timezone": zone}});
            assert_eq!(of_event(event.as_object().unwrap()), hint, "{zone}");
        }
    }
}
