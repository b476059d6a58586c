//! What a ticket must hold to, with the frozen vectors of version 1.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::json;

use super::*;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const OTHER_KEY: &str = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const NOW_S: u64 = 1_800_000_000;
const SEAL: Seal<'_> = Seal { cookie: COOKIE, settings: 0xC0FF_EE00 };
const NONCE: Nonce = [7; 12];

fn ring(keys: &str) -> KeyRing {
    KeyRing::parse(keys).unwrap()
}

fn visitor(id: &str) -> AnonymousId {
    AnonymousId::new(id.to_owned()).unwrap()
}

fn ticket() -> Ticket {
    Ticket {
        id: visitor("2c5b6d48-ea90-43a2-a2f6-457d27f90328"),
        fetched_s: NOW_S,
        attributes: json!({ "USER_APP_SIGN_UP": 1 }).as_object().cloned(),
        until_s: None,
        written_s: Map::from_iter([("rs_activation_signed_up".to_owned(), json!(NOW_S - 5))]),
        variations: Map::new(),
        told: Vec::new(),
    }
}

fn sealed() -> String {
    ticket().seal(&ring(KEY), SEAL, NONCE).unwrap()
}

fn open(text: &str, keys: &str, seal: Seal<'_>, now_s: u64) -> Result<Ticket, Unopened> {
    Ticket::open(text, &ring(keys), seal, (&ticket().id, now_s)).map_err(|(why, _)| why)
}

#[test]
fn a_ticket_says_what_was_sealed() {
    assert_eq!(open(&sealed(), KEY, SEAL, NOW_S + 59), Ok(ticket()));
    assert!(ticket().is_fresh(NOW_S + 59));
    assert!(!ticket().is_fresh(NOW_S + 60));
}

#[test]
fn the_variations_of_a_ticket_outlive_it_for_its_visitor_alone() {
    let variations = json!({ "id||i1": { "checkout__0": "red" } }).as_object().cloned().unwrap();
    let ticket = Ticket { variations: variations.clone(), ..ticket() };
    let text = ticket.seal(&ring(KEY), SEAL, NONCE).unwrap();
    assert_eq!(open(&text, KEY, SEAL, NOW_S), Ok(ticket.clone()));
    let kept = |keys, settings, id: &AnonymousId| {
        let seal = Seal { settings, ..SEAL };
        Ticket::open(&text, &ring(keys), seal, (id, NOW_S + LIFE_S)).unwrap_err()
    };
    let lasting = Lasting { variations, told: ticket.told.clone() };
    assert_eq!(kept(KEY, SEAL.settings, &ticket.id), (Unopened::Expired, lasting.clone()));
    assert_eq!(kept(KEY, 7, &ticket.id), (Unopened::OtherSettings, lasting));
    assert_eq!(kept(KEY, SEAL.settings, &visitor("another")), (Unopened::OtherVisitor, Lasting::default()));
    assert_eq!(kept(OTHER_KEY, SEAL.settings, &ticket.id).1, Lasting::default());
}

#[test]
fn version_1_is_frozen() {
    for (ticket, frozen) in [
        (ticket(), FROZEN_KNOWN),
        (Ticket { attributes: None, written_s: Map::new(), ..ticket() }, FROZEN_UNKNOWN),
    ] {
        assert_eq!(ticket.seal(&ring(KEY), SEAL, NONCE).unwrap(), frozen);
        assert_eq!(open(frozen, KEY, SEAL, NOW_S), Ok(ticket));
    }
}

const FROZEN_KNOWN: &str = "AaoPi8UHBwcHBwcHBwcHBwd0SM9-VS3ll_P_JeS0adn-wGW9XrzE4CvT2mycMvMGLhAgw0nnecShMMaD0eBj-xyKcIN55ZExO63YzcAemrnDd5bHC7DwGvl89xUhxblr-JFrF3Lp7xtksGkuGSZ4Utvstb7Q8ml3rXUH6lTjn5cy31j4V1kqbQG4y8Wl4FfsICLx5jXBl7WWHg8EJOHi6u9bNOIDtk10l1ACHYYVEvJv";
const FROZEN_UNKNOWN: &str = "AaoPi8UHBwcHBwcHBwcHBwd0SM9-VS3ll_P_JeS0adn-wGW9XrzE4CvT2mycMvMGLhAgw0nnecShMMaD0eBj-xyKcIN55ZExO63YzcAemrnDd5bHC7DwGvl89xUhxbl-r6hULyhdpTDovORyxZpGUa9N_fU";

#[test]
fn a_ticket_with_any_byte_changed_does_not_open() {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(sealed()).unwrap();
    for position in 0..bytes.len() {
        for bit in [0x01, 0x80] {
            let mut changed = bytes.clone();
            changed[position] ^= bit;
            let text = BASE64_URL_SAFE_NO_PAD.encode(changed);
            assert!(open(&text, KEY, SEAL, NOW_S).is_err(), "byte {position}");
        }
    }
}

#[test]
fn a_ticket_with_any_character_changed_or_cut_does_not_open() {
    let text = sealed();
    for position in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
        assert!(open(str::from_utf8(&changed).unwrap(), KEY, SEAL, NOW_S).is_err(), "character {position}");
        let (cut, _) = text.split_at(position);
        assert!(open(cut, KEY, SEAL, NOW_S).is_err(), "cut at {position}");
    }
}

#[test]
fn a_ticket_sealed_for_one_visitor_does_not_open_for_another() {
    let stranger = visitor("2c5b6d48-ea90-43a2-a2f6-457d27f90329");
    let opened = Ticket::open(&sealed(), &ring(KEY), SEAL, (&stranger, NOW_S));
    assert_eq!(opened, Err((Unopened::OtherVisitor, Lasting::default())));
}

#[test]
fn a_ticket_does_not_open_under_another_cookie_name() {
    let elsewhere = Seal { cookie: "other", ..SEAL };
    assert_eq!(open(&sealed(), KEY, elsewhere, NOW_S), Err(Unopened::Seal(Broken::Forged)));
}

#[test]
fn a_ticket_does_not_open_under_other_settings() {
    assert_eq!(open(&sealed(), KEY, Seal { settings: 1, ..SEAL }, NOW_S), Err(Unopened::OtherSettings));
}

#[test]
fn a_ticket_opens_until_its_half_hour_is_over_and_not_before_its_time() {
    assert!(open(&sealed(), KEY, SEAL, NOW_S + LIFE_S - 1).is_ok());
    assert_eq!(open(&sealed(), KEY, SEAL, NOW_S + LIFE_S), Err(Unopened::Expired));
    assert!(open(&sealed(), KEY, SEAL, NOW_S - CLOCK_SKEW_S).is_ok());
    assert_eq!(open(&sealed(), KEY, SEAL, NOW_S - CLOCK_SKEW_S - 1), Err(Unopened::FromTheFuture));
}

#[test]
fn a_ticket_opens_until_what_it_says_changes_by_itself() {
    let text = Ticket { until_s: Some(NOW_S + 5), ..ticket() }.seal(&ring(KEY), SEAL, NONCE).unwrap();
    assert_eq!(open(&text, KEY, SEAL, NOW_S + 4).unwrap().until_s, Some(NOW_S + 5));
    assert_eq!(open(&text, KEY, SEAL, NOW_S + 5), Err(Unopened::Passed));
}

#[test]
fn a_ticket_of_an_unknown_version_does_not_open() {
    let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(sealed()).unwrap();
    bytes[0] = 2;
    let text = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    assert_eq!(open(&text, KEY, SEAL, NOW_S), Err(Unopened::Seal(Broken::Version(2))));
}

#[test]
fn an_old_key_opens_and_the_new_key_seals() {
    let rotated = format!("{OTHER_KEY},{KEY}");
    assert_eq!(open(&sealed(), &rotated, SEAL, NOW_S), Ok(ticket()));
    let renewed = ticket().seal(&ring(&rotated), SEAL, NONCE).unwrap();
    assert_eq!(open(&renewed, OTHER_KEY, SEAL, NOW_S), Ok(ticket()));
    assert_eq!(open(&renewed, KEY, SEAL, NOW_S), Err(Unopened::Seal(Broken::Key)));
}

#[test]
fn a_ticket_too_long_for_its_cookie_is_not_sealed() {
    let attributes = json!({ "LIFE_STORY": "x".repeat(MAX_CHARS) }).as_object().cloned();
    let sealed = Ticket { attributes, ..ticket() }.seal(&ring(KEY), SEAL, NONCE);
    assert!(sealed.is_err_and(|chars| chars > MAX_CHARS));
    assert_eq!(open(&"A".repeat(MAX_CHARS + 1), KEY, SEAL, NOW_S), Err(Unopened::TooLong));
}

proptest::proptest! {
    #[test]
    fn what_is_sealed_is_opened(id in "\\PC{1,40}", age_s in 0..LIFE_S, value in "\\PC{0,60}", nonce: Nonce) {
        let ticket = Ticket {
            id: visitor(&id),
            fetched_s: NOW_S - age_s,
            attributes: json!({ "A": value, "B": age_s }).as_object().cloned(),
            until_s: Some(NOW_S + 1 + age_s),
            written_s: Map::from_iter([(id.clone(), json!(age_s))]),
            variations: json!({ "id": { id: value } }).as_object().cloned().unwrap(),
            told: vec![7],
        };
        let text = ticket.seal(&ring(KEY), SEAL, nonce).unwrap();
        let opened = Ticket::open(&text, &ring(KEY), SEAL, (&ticket.id, NOW_S));
        proptest::prop_assert_eq!(opened, Ok(ticket));
    }

    #[test]
    fn no_text_makes_the_opener_panic(text in "\\PC{0,200}") {
        proptest::prop_assert!(open(&text, KEY, SEAL, NOW_S).is_err());
    }
}
