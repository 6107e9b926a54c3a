//! For development.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    dead_code
)]
#[path = "../../../tests/simulation/mod.rs"]
mod simulation;
