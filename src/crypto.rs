//! Cryptography: what makes keys and blobs (aws-lc-rs), and what checks them (RustCrypto).

pub mod random;
