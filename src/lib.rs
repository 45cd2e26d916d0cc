//! keyrite runs key ceremonies and BYOK from the command line.
//!
//! Layers, lowest first; `tests/it/layering.rs` holds them to it:
//!
//! | layer | modules |
//! |---|---|
//! | L0 | [`error`], [`secret`] |
//! | L1 | [`domain`] |
//! | L2 | [`crypto`], [`custody`], [`pkcs11`], [`providers`], [`record`] |
//! | L3 | [`documents`], [`engine`] |
//! | L4 | [`register`], [`ui`], [`cli`] |

pub mod cli;
pub mod crypto;
pub mod custody;
pub mod documents;
pub mod domain;
pub mod engine;
pub mod error;
pub mod manual;
pub mod pkcs11;
pub mod providers;
pub mod record;
pub mod register;
pub mod secret;
pub mod ui;
