//! Cryptography: what makes keys and blobs (aws-lc-rs), and what checks them (RustCrypto).

pub mod challenge;
pub mod check_value;
mod encoding;
pub mod error;
mod key_check;
pub mod library;
pub mod public_half;
pub mod random;
pub mod signature;
pub mod software;
pub mod test_pairs;
pub mod words;
pub mod wrap;
pub mod wrapping_key;
