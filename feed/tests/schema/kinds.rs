//! The kinds of objects in a `personalization.json`, and which members each has: what the parser takes while it reads one
//! document that has them all. Nothing here says a member's name but for that document.

use pintle::document::environment::Environment;
use pintle::document::members::{Members, taken};
use pintle_feed::settings::Feed;

/// Has an object of every kind.
pub(crate) const EVERY: &str = r#"{
  "$schema": "./personalization.schema.json",
  "view": "VIEW",
  "savedGroups": { "staff": ["ada@shop.example", 7, true, null] },
  "contextualBandits": { "b": { "contexts": [{ "leafId": 1, "condition": {}, "weights": [0.2, 0.8] }], "banditVersion": 3 } },
  "features": {
    "f": {
      "defaultValue": 0,
      "rules": [
        {
          "parentConditions": [{ "id": "f", "condition": { "value": 1 }, "gate": true }],
          "filters": [{ "attribute": "id", "seed": "s", "hashVersion": 2, "ranges": [[0, 0.5]] }],
          "force": 1
        }
      ]
    }
  },
  "experiments": [
    {
      "key": "e",
      "variations": [{}, { "urlRedirect": "/new" }],
      "urlPatterns": [{ "include": true, "type": "simple", "pattern": "/old" }]
    }
  ],
  "deliver": [{ "feature": "f", "cookie": { "name": "f", "maxAge": "1d" }, "track": "f" }],
  "consent": { "cookie": "consent", "denied": ["no"] },
  "recommendations": ["next"],
  "profile": {
    "orders": { "count": { "event": "Order Completed" } },
    "next": {
      "recommend": {
        "event": "Order Completed", "value": "properties.id", "n": 3, "table": "t",
        "boost": [{ "when": { "item": "a" }, "by": 2 }]
      }
    }
  },
  "identity": { "trust": "server", "ids": { "email": { "maximum": 3, "filters": [{ "type": "exclude", "value": "x" }] } } }
}"#;

/// The kinds, and where `EVERY` has one.
pub(crate) const KINDS: [(&str, &str); 19] = [
    ("personalization", "$"),
    ("bandit", "$.contextualBandits.b"),
    ("banditContext", "$.contextualBandits.b.contexts[0]"),
    ("feature", "$.features.f"),
    ("rule", "$.features.f.rules[0]"),
    ("prerequisite", "$.features.f.rules[0].parentConditions[0]"),
    ("filter", "$.features.f.rules[0].filters[0]"),
    ("pageExperiment", "$.experiments[0]"),
    ("target", "$.experiments[0].urlPatterns[0]"),
    ("delivery", "$.deliver[0]"),
    ("cookie", "$.deliver[0].cookie"),
    ("consent", "$.consent"),
    ("declaration", "$.profile.orders"),
    ("source", "$.profile.orders.count"),
    ("recommend", "$.profile.next.recommend"),
    ("boost", "$.profile.next.recommend.boost[0]"),
    ("identity", "$.identity"),
    ("idType", "$.identity.ids.email"),
    ("idFilter", "$.identity.ids.email.filters[0]"),
];

/// What the parser takes of each object of [`EVERY`].
pub(crate) fn members() -> Members {
    let read = taken(|| {
        let wrong = Feed::check(EVERY, &Environment { variable: &|_| None });
        assert!(wrong.is_empty(), "{wrong:?}");
    });
    let is_of_one = |names: &Vec<&str>| KINDS.iter().any(|(_, place)| read[*place] == *names);
    let unknown = read.iter().find(|(_, names)| !is_of_one(names));
    assert_eq!(unknown, None, "it is of no kind");
    read
}
