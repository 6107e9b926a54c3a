//! The engine on directories in memory: histories drawn by chance from a seed, every invariant of the design checked by
//! its name, and the rows of the topology table in every order of their steps.

mod air_gap;
mod bench;
mod chance;
mod crash;
mod events;
mod invariants;
mod oracle;
mod random;
mod safeguards;
mod scenes;
mod seeds;
mod smoke;
mod topologies;
mod undo;
mod wakes;
mod world;
