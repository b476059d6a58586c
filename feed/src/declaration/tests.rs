use serde_json::json;

use super::*;

fn told(profile: &Value) -> Vec<String> {
    let mut mistakes = Mistakes::default();
    let place = Place::Root;
    Declarations::compile(Some(profile), place.member("profile"), BTreeSet::new(), &mut mistakes);
    mistakes.iter().map(ToString::to_string).collect()
}

#[test]
fn every_mistake_is_told_with_its_place() {
    for (feature, expected) in [
        (json!(7), "$.profile.F: must be an object"),
        (json!({}), "$.profile.F: must have exactly one operator"),
        (
            json!({"count": {"event": "a"}, "sum": {"event": "a", "value": "b"}}),
            "$.profile.F: must have exactly one operator",
        ),
        (json!({"counts": {"event": "a"}}), "$.profile.F.counts: is no operator; did you mean `count`?"),
        (
            json!({"average": {"event": "a"}}),
            "$.profile.F.average: is no operator; known are exists, any, first",
        ),
        (
            json!({"count": {"event": "a", "windw": "1d"}}),
            "$.profile.F.count.windw: is not known here; did you mean `window`?",
        ),
        (json!({"count": {}}), "$.profile.F.count: must have exactly one of `trait`, `event` and `type`"),
        (json!({"count": {"event": "a", "type": "page"}}), "$.profile.F.count: must have exactly one of"),
        (json!({"count": {"type": "pages"}}), "$.profile.F.count.type: is none of identify"),
        (json!({"count": {"event": "a", "colour": 1}}), "$.profile.F.count.colour: is not known here"),
        (json!({"sum": {"event": "a"}}), "$.profile.F.sum: `value` is missing"),
        (json!({"sum": {"event": "a", "value": "b[0]"}}), "$.profile.F.sum.value: is not a path"),
        (json!({"count": {"trait": "a", "value": "b"}}), "$.profile.F.count.value: is for events only"),
        (
            json!({"count": {"event": "a", "where": {"b": {"$inn": []}}}}),
            "$.profile.F.count.where.b.$inn: is not an operator",
        ),
        (
            json!({"count": {"event": "a", "window": "1w"}}),
            "$.profile.F.count.window: must be a whole number and",
        ),
        (
            json!({"lastN": {"event": "a", "value": "b"}}),
            "$.profile.F.lastN.n: must be a whole number from 1 to 50",
        ),
        (
            json!({"lastN": {"event": "a", "value": "b", "n": 51}}),
            "$.profile.F.lastN.n: must be a whole number from 1 to 50",
        ),
        (
            json!({"count": {"event": "a", "n": 5}}),
            "$.profile.F.count.n: is for lastN and lastDistinctN only",
        ),
        (json!({"sequence": []}), "$.profile.F.sequence: must have 1 to 8 names"),
        (json!({"sequence": ["a", 1]}), "$.profile.F.sequence[1]: must be the name of an event"),
        (json!({"count": {"event": "a"}, "shape": ["x"]}), "$.profile.F.shape: is for lists only"),
        (json!({"count": {"event": "a"}, "as": "text"}), "$.profile.F.as: can only be `number`"),
        (
            json!({"recommend": {"event": "a", "value": "b", "n": 5}}),
            "$.profile.F.recommend: `table` is missing",
        ),
        (
            json!({"recommend": {"event": "a", "value": "b", "n": 5, "table": "a:b"}}),
            "$.profile.F.recommend.table: must be letters, digits",
        ),
        (
            json!({"recommend": {"event": "a", "table": "t", "n": 5}}),
            "$.profile.F.recommend: `value` is missing",
        ),
        (
            json!({"recommend": {"event": "a", "value": "b", "table": "t", "n": 0}}),
            "$.profile.F.recommend.n: must be a whole number from 1 to 50",
        ),
        (
            json!({"recommend": {"event": "a", "value": "b", "table": "t", "n": 5, "repeat": 1}}),
            "$.profile.F.recommend.repeat: must be true or false",
        ),
        (
            json!({"recommend": {"event": "a", "value": "b", "table": "t", "n": 5, "boosts": []}}),
            "$.profile.F.recommend.boosts: is not known here; did you mean `boost`?",
        ),
        (
            json!({"recommend": {"event": "a", "value": "b", "table": "t", "n": 5,
                "boost": [{"when": {"item": "x"}, "by": 2}, {"when": {"plan": "pro"}, "by": -1}]}}),
            "$.profile.F.recommend.boost[1].by: must be a number from 0",
        ),
        (
            json!({"recommend": {"event": "a", "value": "b", "table": "t", "n": 5,
                "boost": [{"when": {"plan": "pro"}, "by": 2}]}}),
            "$.profile.F.recommend.boost[0].when: refers to no `item`",
        ),
        (
            json!({"recommend": {"event": "a", "value": "b", "table": "t", "n": 5,
                "boost": [{"when": {"item": "a", "F": "x"}, "by": 2}]}}),
            "$.profile.F.recommend.boost: refers to `F`",
        ),
        (
            json!({"count": {"event": "a"}, "trust": "me"}),
            "$.profile.F.trust: is none of browser, server, warehouse",
        ),
    ] {
        let told = told(&json!({ "F": feature }));
        assert!(told.iter().any(|mistake| mistake.starts_with(expected)), "{feature}: {told:?}");
    }
    assert_eq!(told(&json!([])), ["$.profile: must be an object of features"]);
}

fn event(event: &Value) -> Event {
    Event::read(event, 0, crate::event::Trust::Warehouse).unwrap()
}

#[test]
fn only_what_features_look_at_is_kept() {
    let profile = json!({
        "SPENT": {"sum": {"event": "Buy", "value": "properties.total", "where": {"properties.card.kind": "gold"}}},
        "PLAN": {"last": {"trait": "plan"}},
    });
    let attributes = ["tier".to_owned(), "SPENT".to_owned()].into();
    let declarations =
        Declarations::compile(Some(&profile), Place::Root, attributes, &mut Mistakes::default());
    let bought = event(&json!({"type": "track", "event": "Buy", "messageId": "m", "userId": "u",
        "properties": {"total": 3, "card": {"kind": "gold", "number": "4111"}, "email": "a@b.c"},
        "context": {"ip": "1.2.3.4", "traits": {"plan": "pro", "tier": 1, "email": "a@b.c"}}}));
    let kept = serde_json::to_value(declarations.keep(&bought).unwrap()).unwrap();
    let expected = json!({"kind": "track", "stamp": {"t": 0, "id": "m"}, "trust": "browser", "name": "Buy",
        "traits": {"plan": "pro", "tier": 1}, "whole": {"properties": {"total": 3, "card": {"kind": "gold"}}}});
    assert_eq!(kept, expected);
    for nothing in [
        json!({"type": "track", "event": "Sell", "userId": "u", "properties": {"total": 3}}),
        json!({"type": "page", "userId": "u", "context": {"traits": {"email": "a@b.c"}}}),
        json!({"type": "group", "userId": "u", "traits": {"plan": "enterprise"}}),
    ] {
        assert_eq!(declarations.keep(&event(&nothing)), None, "{nothing}");
    }
}

#[test]
fn what_boosts_refer_to_and_nobody_declares_is_kept_as_a_trait() {
    let profile = json!({
        "ORDERS": {"count": {"event": "Buy"}},
        "NEXT": {"recommend": {"event": "Buy", "value": "properties.sku", "n": 3, "table": "t", "boost": [
            {"when": {"income_bracket": {"$in": ["high"]}, "ORDERS": {"$gt": 3}, "item": {"$regex": "^gold"}}, "by": 2}]}},
    });
    let mut mistakes = Mistakes::default();
    let declarations = Declarations::compile(Some(&profile), Place::Root, BTreeSet::new(), &mut mistakes);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    assert_eq!(declarations.plain, ["income_bracket".to_owned()].into());
    assert_eq!(declarations.tables(), ["pintle:table:t"]);
}
