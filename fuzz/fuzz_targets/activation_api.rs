//! Whatever the Activation API answers, it is a profile, a miss or a failure.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pintle::profile::sources::activation_api::{Id, Question};
use pintle::profile::view::View;

fuzz_target!(|body: &str| {
    let view = View { key: "V".to_owned(), ignore_case: true, features: ["F".to_owned()].into() };
    let id = Id { id_type: "anonymous_id".to_owned(), value: "somebody".to_owned() };
    let question = Question { entity: "user".to_owned(), destination_id: "d".to_owned(), id };
    let _ = question.read_answer(200, body, &view);
    let _ = view.read(body);
    let _ = Question::read(body);
});
