//! Bytes as they come, no more of them than are wanted.

use futures_util::TryStreamExt as _;
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
