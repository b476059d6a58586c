//! Whatever `Cache-Control` an origin sends, no shared cache may keep what was made for one visitor.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pintle::delivery::caching;

fuzz_target!(|origin: &str| {
    let told = caching::private(Some(origin));
    assert!(told == "private" || told.starts_with("private, "));
    // Without quotes a comma always separates, and then no directive for shared caches is left.
    if !origin.contains('"') {
        let names = told.split(',').map(|directive| directive.split('=').next().unwrap_or_default().trim());
        assert!(names.skip(1).all(|name| !["public", "s-maxage", "private"].iter().any(|it| it.eq_ignore_ascii_case(name))));
        assert_eq!(caching::private(Some(&told)), told);
    }
});
