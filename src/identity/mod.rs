//! Who is this? Cookies become an anonymous id and, where there is one, the ticket of an earlier page.
//!
//! Nothing here looks anything up; what cannot be read is *no visitor*, with its reason.

pub mod anonymous_id;
mod legacy;
pub mod rudder_cookie;
pub mod ticket;
