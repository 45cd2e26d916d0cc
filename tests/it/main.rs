//! Every integration test, in one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests write fixtures and run other people's programs"
)]
#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a test may explain itself"
)]

mod common;
mod custody;
mod forbidden;
mod generated;
mod layering;
mod project;
mod providers;
mod recovery;
mod signatures;
mod source;
mod wrap;
mod wycheproof;
