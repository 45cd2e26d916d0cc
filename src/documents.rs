//! What people and other programs are given to read: the auditor's report, the paper procedure, and
//! events for a SIEM. Pure: bytes that were read before come in, text goes out.
//!
//! The report has one content ([`document::Document`]), made by [`auditor`], and three looks: so no
//! form can say more or less than another.

pub mod auditor;
pub mod chart;
pub mod document;
pub mod html;
pub mod json;
pub mod markdown;
pub mod ocsf;
pub mod procedure;
