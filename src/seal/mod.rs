//! A seal: text that only holders of the key ring can make or read, for one purpose and one name.
//!
//! It is base64url without padding of
//! `version (1 byte) ‖ key id (4) ‖ nonce (12) ‖ AES-256-GCM ciphertext and tag`, with purpose, name,
//! version and key id as associated data. What is inside, and whether it is still good, others judge.

pub mod key_ring;
pub mod secret;

use std::fmt;

use aes_gcm::aead::{Aead as _, Payload};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use key_ring::{KeyId, KeyRing};

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 12;

/// 12 random bytes, never used twice with one key.
pub type Nonce = [u8; NONCE_BYTES];

/// What a seal is for: it opens for nothing else.
#[derive(Debug, Clone, Copy)]
pub struct Label<'a> {
    /// What is sealed.
    pub purpose: &'a str,
    /// The name of the cookie or header that carries it.
    pub name: &'a str,
}

/// Why a seal does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// It is cut short, or not base64url.
    Malformed,
    /// It has a version that this Pintle does not know.
    Version(u8),
    /// No key of the ring sealed it.
    Key,
    /// It was changed, or sealed for another purpose or name.
    Forged,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("is malformed"),
            Self::Version(version) => write!(f, "has the unknown version {version}"),
            Self::Key => f.write_str("was sealed by a key that is not in the ring"),
            Self::Forged => f.write_str("is forged"),
        }
    }
}

/// Bytes as text. `Engine::encode` would bring all that `Debug` needs into a module, for an error that there cannot be.
pub fn base64url(bytes: &[u8]) -> Option<String> {
    let mut text = vec![0; base64::encoded_len(bytes.len(), false)?];
    BASE64_URL_SAFE_NO_PAD.encode_slice(bytes, &mut text).ok()?;
    String::from_utf8(text).ok()
}

impl Label<'_> {
    /// Seals `plain` with the first key of the ring.
    #[must_use]
    pub fn seal(self, plain: &str, ring: &KeyRing, nonce: Nonce) -> Option<String> {
        let key = ring.sealing();
        let aad = self.associated_data(key.id);
        let payload = Payload { msg: plain.as_bytes(), aad: &aad };
        let sealed = key.cipher.encrypt(&nonce.into(), payload).ok()?;
        base64url(&[&[VERSION], &key.id[..], &nonce[..], &sealed[..]].concat())
    }

    /// Opens `text` with whichever key of the ring sealed it.
    pub fn open(self, text: &str, ring: &KeyRing) -> Result<String, Broken> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| Broken::Malformed)?;
        let (&version, rest) = bytes.split_first().ok_or(Broken::Malformed)?;
        if version != VERSION {
            return Err(Broken::Version(version));
        }
        let (key_id, rest) = rest.split_first_chunk().ok_or(Broken::Malformed)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(Broken::Malformed)?;
        let key = ring.find(*key_id).ok_or(Broken::Key)?;
        let aad = self.associated_data(key.id);
        let payload = Payload { msg: sealed, aad: &aad };
        let plain = key.cipher.decrypt(nonce.into(), payload).map_err(|_| Broken::Forged)?;
        String::from_utf8(plain).map_err(|_| Broken::Malformed)
    }

    fn associated_data(self, key: KeyId) -> Vec<u8> {
        [self.purpose.as_bytes(), b"\0", self.name.as_bytes(), b"\0", &[VERSION], &key].concat()
    }
}
