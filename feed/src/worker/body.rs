//! Bytes as they come, no more of them than are wanted.

use futures_util::TryStreamExt as _;
use wasm_bindgen::prelude::*;
use web_sys::{ReadableWritablePair, Response};
use worker::ByteStream;

/// All bytes of a stream; `None` when there are more than `max`, of which the rest is not waited for.
pub(super) async fn read(mut stream: ByteStream, max: usize) -> worker::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.try_next().await? {
        if bytes.len() + chunk.len() > max {
            return Ok(None);
        }
        bytes.extend(chunk);
    }
    Ok(Some(bytes))
}

#[wasm_bindgen]
extern "C" {
    /// The runtime's own, which `web-sys` does not have yet.
    #[wasm_bindgen(extends = ReadableWritablePair)]
    type DecompressionStream;
    #[wasm_bindgen(constructor, catch)]
    fn new(format: &str) -> Result<DecompressionStream, JsValue>;
}

/// What gzip holds; `None` when that is more than `max`, of which the rest is not made.
pub(super) async fn inflate(bytes: &[u8], max: usize) -> worker::Result<Option<Vec<u8>>> {
    let packed = Response::new_with_opt_js_u8_array(Some(&bytes.into()))?.body().ok_or(JsValue::NULL)?;
    let unpacked = packed.pipe_through(DecompressionStream::new("gzip")?.unchecked_ref());
    let unpacked = Response::new_with_opt_readable_stream(Some(&unpacked))?;
    read(worker::Response::from(unpacked).stream()?, max).await
}
