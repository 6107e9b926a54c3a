//! Decides what every directory should hold and what to change.
