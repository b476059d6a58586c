//! Fingerprints: what tells one thing from all others, by the first bytes of its SHA-256.
//!
//! They stand in rows, so how they are made never changes. Nothing that is secret is told by one.

use sha2::{Digest as _, Sha256};

/// The first `bytes` bytes of it, in hexadecimal digits.
pub(crate) fn hex(of: &[u8], bytes: usize) -> String {
    whole(of).iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
}

/// The first eight bytes of it, as a number.
pub(crate) fn number(of: &[u8]) -> u64 {
    whole(of).iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn whole(of: &[u8]) -> [u8; 32] {
    Sha256::digest(of).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_of_rows_that_are_there_and_stays_as_it_is() {
        assert_eq!(hex(b"abc", 16), "ba7816bf8f01cfea414140de5dae2223");
        assert_eq!(hex(b"abc", 8), "ba7816bf8f01cfea");
        assert_eq!(number(b"abc"), 0xba78_16bf_8f01_cfea);
    }
}
