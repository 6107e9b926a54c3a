//! The `madrigal` command.

fn main() {}
