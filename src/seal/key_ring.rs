//! The key ring of tickets: the first key seals, every key opens.
//!
//! Rotation without downtime: put a new key in front, and take the old one away when the last ticket
//! that it sealed has expired.

use std::fmt;

use aes_gcm::{Aes256Gcm, KeyInit as _};
use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest as _, Sha256};

use crate::document::environment::Environment;
use crate::document::mistake::Mistakes;

/// The bytes of one key: AES-256.
pub const KEY_BYTES: usize = 32;

/// By which key a ticket was sealed: the first bytes of a digest of the key.
pub type KeyId = [u8; 4];

/// One key, ready to seal and to open.
pub struct Key {
    pub(super) id: KeyId,
    pub(super) cipher: Aes256Gcm,
}

/// Keys in the order in which they were given.
pub struct KeyRing {
    sealing: Key,
    retired: Vec<Key>,
}

/// Why a key ring could not be read. It names a key by its position and never shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadKeys {
    /// There is no key at all.
    None,
    /// The key at this position, counted from 1, is neither base64 nor hexadecimal.
    NotEncoded(usize),
    /// The key at this position, counted from 1, has this many bytes instead of [`KEY_BYTES`].
    WrongLength(usize, usize),
}

impl fmt::Display for BadKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("holds no key; `npx pintle keygen` makes one"),
            Self::NotEncoded(position) => {
                write!(f, "key {position} is neither base64 nor hexadecimal; `npx pintle keygen` makes one")
            }
            Self::WrongLength(position, bytes) => {
                write!(
                    f,
                    "key {position} has {bytes} bytes where {KEY_BYTES} are needed; `npx pintle keygen` makes one"
                )
            }
        }
    }
}

impl KeyRing {
    /// Reads `TICKET_KEYS`.
    pub fn compile(environment: &Environment<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let keys = Self::parse(&environment.get("TICKET_KEYS")?);
        keys.map_err(|why| mistakes.note("TICKET_KEYS", why.to_string())).ok()
    }

    /// Reads keys separated by commas or white space, each 32 bytes in base64, base64url or hexadecimal.
    pub fn parse(text: &str) -> Result<Self, BadKeys> {
        let mut keys = text
            .split(|c: char| c == ',' || c.is_whitespace())
            .filter(|key| !key.is_empty())
            .enumerate()
            .map(|(index, key)| Key::parse(key, index + 1));
        let sealing = keys.next().ok_or(BadKeys::None)??;
        Ok(Self { sealing, retired: keys.collect::<Result<_, _>>()? })
    }

    pub(super) fn sealing(&self) -> &Key {
        &self.sealing
    }

    pub(super) fn find(&self, id: KeyId) -> Option<&Key> {
        std::iter::once(&self.sealing).chain(&self.retired).find(|key| key.id == id)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({} keys, ***)", 1 + self.retired.len())
    }
}

impl Key {
    fn parse(text: &str, position: usize) -> Result<Self, BadKeys> {
        let bytes = decoded(text).ok_or(BadKeys::NotEncoded(position))?;
        let key: [u8; KEY_BYTES] =
            bytes.as_slice().try_into().map_err(|_| BadKeys::WrongLength(position, bytes.len()))?;
        let [a, b, c, d, ..]: [u8; 32] =
            Sha256::new().chain_update(b"pintle key id\0").chain_update(key).finalize().into();
        Ok(Self { id: [a, b, c, d], cipher: Aes256Gcm::new(&key.into()) })
    }
}

/// 64 hexadecimal digits are 32 bytes; as base64 they would be 48, so the two are never confused.
fn decoded(text: &str) -> Option<Vec<u8>> {
    const EITHER_PADDING: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::URL_SAFE,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    if text.len() == 2 * KEY_BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return text
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok())
            .collect();
    }
    EITHER_PADDING.decode(text.replace('+', "-").replace('/', "_")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";
    const BASE64: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8=";

    #[test]
    fn one_key_has_one_id_however_it_is_written() -> Result<(), BadKeys> {
        let id = KeyRing::parse(HEX)?.sealing().id;
        assert_eq!(KeyRing::parse(BASE64)?.sealing().id, id);
        assert_eq!(KeyRing::parse(BASE64.trim_end_matches('='))?.sealing().id, id);
        assert_eq!(KeyRing::parse(&BASE64.replace('/', "_"))?.sealing().id, id);
        Ok(())
    }

    #[test]
    fn the_first_key_seals_and_all_are_found() -> Result<(), BadKeys> {
        let other = "f".repeat(64);
        let ring = KeyRing::parse(&format!("{other}, {HEX}\n"))?;
        let old = KeyRing::parse(HEX)?.sealing().id;
        assert_eq!(ring.sealing().id, KeyRing::parse(&other)?.sealing().id);
        assert!(ring.find(old).is_some());
        assert!(ring.find([0; 4]).is_none());
        Ok(())
    }

    #[test]
    fn a_bad_key_is_named_by_its_position_and_never_shown() {
        let why = |text: &str| KeyRing::parse(text).err();
        assert_eq!(why(" , "), Some(BadKeys::None));
        assert_eq!(why(&format!("{HEX},!secret!")), Some(BadKeys::NotEncoded(2)));
        assert_eq!(why("c2hvcnQ="), Some(BadKeys::WrongLength(1, 5)));
        assert_eq!(
            KeyRing::parse(HEX).map(|ring| format!("{ring:?}")),
            Ok("KeyRing(1 keys, ***)".to_owned())
        );
    }
}
