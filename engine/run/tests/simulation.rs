//! The simulation of the whole engine: `tests/simulation`, compiled beside the crate that it drives.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    dead_code,
    reason = "a test stops at the first thing that is not as it says, and documents itself by its names"
)]

#[path = "../../../tests/simulation/mod.rs"]
mod simulation;
