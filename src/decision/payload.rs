//! Payloads that GrowthBook encrypts: AES-128-CBC, under the key of an SDK connection.

use aes::Aes128;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _};

/// Base64 as `atob` reads it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The text in `encrypted`, which is `<IV>.<ciphertext>`, both in base64, as is `key`; nothing where the two do not belong
/// together.
///
/// ```
/// use pintle::decision::payload::decrypt;
///
/// let encrypted = "m5ylFM6ndyOJA2OPadubkw==.Uu7ViqgKEt/dWvCyhI46q088PkAEJbnXKf3KPZjf9IEQQ+A8fojNoxw4wIbPX3aj";
/// assert_eq!(
///     decrypt(encrypted, "Zvwv/+uhpFDznZ6SX28Yjg==").as_deref(),
///     Some("{\"feature\":{\"defaultValue\":true}}")
/// );
/// ```
#[must_use]
pub fn decrypt(encrypted: &str, key: &str) -> Option<String> {
    let mut parts = encrypted.split('.').map(|part| BASE64.decode(part).ok());
    let iv: [u8; 16] = parts.next()??.try_into().ok()?;
    let ciphertext = parts.next()??;
    let key: [u8; 16] = BASE64.decode(key).ok()?.try_into().ok()?;
    let cipher = Decryptor::<Aes128>::new(&key.into(), &iv.into());
    let plain = cipher.decrypt_padded_vec::<Pkcs7>(&ciphertext).ok()?;
    Some(String::from_utf8_lossy(&plain).into_owned())
}
