//! The cipher of RudderStack's JavaScript SDK 1.x cookies: AES-256-CBC under a key that everybody knows.
//!
//! The bytes are `Salted__`, 8 bytes of salt, ciphertext. Key and IV come from OpenSSL's
//! `EVP_BytesToKey` (MD5, one iteration) of the passphrase `Rudder` and the salt. It hides nothing
//! and proves nothing; it only has to be read.

use aes::Aes256;
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use md5::{Digest as _, Md5};

const PASSPHRASE: &[u8] = b"Rudder";
const MAGIC: &[u8] = b"Salted__";
const SALT_BYTES: usize = 8;

/// The plaintext of `sealed`, if it is one.
#[must_use]
pub(super) fn open(sealed: &[u8]) -> Option<String> {
    let (salt, ciphertext) = sealed.strip_prefix(MAGIC)?.split_at_checked(SALT_BYTES)?;
    let (key, iv) = derived(salt);
    let plain =
        Decryptor::<Aes256>::new(&key.into(), &iv.into()).decrypt_padded_vec::<Pkcs7>(ciphertext).ok()?;
    String::from_utf8(plain).ok()
}

/// `EVP_BytesToKey`: D₁ = MD5(passphrase ‖ salt), Dₙ = MD5(Dₙ₋₁ ‖ passphrase ‖ salt); D₁ ‖ D₂ is the
/// key, D₃ the IV.
fn derived(salt: &[u8]) -> ([u8; 32], [u8; 16]) {
    let digest = |previous: &[u8]| -> [u8; 16] {
        Md5::new().chain_update(previous).chain_update(PASSPHRASE).chain_update(salt).finalize().into()
    };
    let first = digest(&[]);
    let second = digest(&first);
    let mut key = [0; 32];
    let (left, right) = key.split_at_mut(16);
    left.copy_from_slice(&first);
    right.copy_from_slice(&second);
    (key, digest(&second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_and_iv_are_those_of_openssl() {
        let (key, iv) = derived(&[0xb9, 0xab, 0x98, 0xe2, 0x92, 0x9a, 0x54, 0x01]);
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(hex(&key), "16a4d6e281b88ab77f710403c62a4697102632df3f79e354bc1e193e5ae34f57");
        assert_eq!(hex(&iv), "09cf2df0881a16403abe73a157c3296a");
    }
}
