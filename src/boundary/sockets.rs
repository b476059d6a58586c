//! What runtimes with sockets call besides: they are handed bytes.

use wasm_bindgen::prelude::*;

use super::Pintle;
use crate::profile::lookup::Reply;
use crate::profile::sources::redis;

#[wasm_bindgen]
impl Pintle {
    /// Takes in what came over a socket.
    #[wasm_bindgen(js_name = repliedBytes)]
    #[must_use]
    pub fn replied_bytes(&self, visit: u32, bytes: Vec<u8>, now_ms: f64) -> Option<String> {
        self.replied(visit, &Reply::Bytes(bytes), now_ms)
    }
}

/// Whether what came over a socket is all, of so many replies: nothing where more must come; then whether another question may
/// follow on the same connection.
#[wasm_bindgen(js_name = isClean)]
#[must_use]
pub fn is_clean(bytes: &[u8], replies: u32) -> Option<bool> {
    redis::is_clean(bytes, replies)
}
