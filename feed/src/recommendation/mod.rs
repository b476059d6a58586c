//! Recommendations: which goods go with which, learnt from orders, and what that is worth to one person.
//!
//! [`training`] makes a table of all orders, [`table`] is how it lies in KV and what an object has at hand of it, and
//! [`ranking`] makes a list of the neighbours of somebody's last purchases. What was bought and who may be recommended what
//! is [`declaration`](crate::declaration)'s to say.

pub mod ranking;
pub mod table;
pub mod training;
