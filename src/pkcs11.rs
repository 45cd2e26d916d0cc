//! Keys in an HSM: everything that speaks to a PKCS#11 module.
//!
//! What a token can do is found by trying it on throwaway objects, never by its brand, its list of
//! mechanisms or the name of one.

pub mod attribute;
pub mod backup;
pub mod check;
pub mod destroy;
pub mod error;
mod honesty;
pub mod keys;
pub mod locate;
pub mod lock;
pub mod public;
pub mod raw;
pub mod reading;
pub mod rv;
pub mod sign;
mod subject;
pub mod survey;
pub mod trial;
pub mod uri;
pub mod usage;
pub mod wrap;
pub mod wrapping_key;
