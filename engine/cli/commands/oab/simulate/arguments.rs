//! The options of `oab simulate`.

use std::path::PathBuf;

use clap::Args;

use super::duration::{Delay, Seconds, TimeOfDay};

/// Works out when a change reaches a client, or a fleet of them.
#[derive(Debug, Args)]
pub(crate) struct SimulateArguments {
    /// The schedule to start from; --list-profiles names them
    #[arg(long, value_name = "NAME", default_value = "exchange-online")]
    pub(super) profile: String,
    /// Name the profiles and stop
    #[arg(long)]
    pub(super) list_profiles: bool,
    /// When the change is made, as 2026-11-23T14:00; without it now, for a fleet the worst moment
    #[arg(long, value_name = "TIME")]
    pub(super) change: Option<String>,
    /// The client's first download; without it nine o'clock before the change
    #[arg(long, value_name = "TIME")]
    pub(super) start: Option<String>,
    #[command(flatten)]
    pub(super) stages: StageArguments,
    #[command(flatten)]
    pub(super) client: ClientArguments,
    #[command(flatten)]
    pub(super) fleet: FleetArguments,
    #[command(flatten)]
    pub(super) pictures: PictureArguments,
}

/// The stages before the client.
#[derive(Debug, Args)]
#[command(next_help_heading = "Stages")]
pub(crate) struct StageArguments {
    /// A sync run comes first: its period
    #[arg(long, value_name = "DURATION")]
    pub(super) sync_every: Option<Seconds>,
    /// Time of day of a sync run
    #[arg(long, value_name = "HH:MM", default_value = "00:00")]
    pub(super) sync_at: TimeOfDay,
    /// How long a sync run takes
    #[arg(long, value_name = "DURATION", default_value = "0")]
    pub(super) sync_takes: Seconds,
    /// Directory replication comes next: its delay, as 15m or 0-15m
    #[arg(long, value_name = "DELAY")]
    pub(super) replication: Option<Delay>,
    /// Entra Connect's cycle comes next: its period
    #[arg(long, value_name = "DURATION")]
    pub(super) entra_every: Option<Seconds>,
    /// Time of day of a cycle of Entra Connect
    #[arg(long, value_name = "HH:MM", default_value = "00:00")]
    pub(super) entra_at: TimeOfDay,
    /// How long a cycle of Entra Connect takes
    #[arg(long, value_name = "DURATION", default_value = "0")]
    pub(super) entra_takes: Seconds,
    /// The way from Entra to Exchange Online comes next: its delay
    #[arg(long, value_name = "DELAY")]
    pub(super) forward_sync: Option<Delay>,
    /// Period of the generation
    #[arg(long, value_name = "DURATION")]
    pub(super) generation_every: Option<Seconds>,
    /// Time of day of a generation
    #[arg(long, value_name = "HH:MM")]
    pub(super) generation_at: Option<TimeOfDay>,
    /// How long a generation takes
    #[arg(long, value_name = "DURATION", default_value = "0")]
    pub(super) generation_takes: Seconds,
    /// Period of the distribution; 0: there is none
    #[arg(long, value_name = "DURATION")]
    pub(super) distribution_every: Option<Seconds>,
    /// Time of day of a distribution
    #[arg(long, value_name = "HH:MM")]
    pub(super) distribution_at: Option<TimeOfDay>,
    /// How long a distribution takes
    #[arg(long, value_name = "DURATION", default_value = "0")]
    pub(super) distribution_takes: Seconds,
}

/// The client.
#[derive(Debug, Args)]
#[command(next_help_heading = "Client")]
pub(crate) struct ClientArguments {
    /// Interval of the client's checks
    #[arg(long, value_name = "DURATION")]
    pub(super) client_every: Option<Seconds>,
    /// A check that finds nothing does not restart the interval: the client comes back after this time
    #[arg(long, value_name = "DURATION")]
    pub(super) retry_empty: Option<Seconds>,
    /// Every generation has something new, not only the one with the change
    #[arg(long)]
    pub(super) always_something_new: bool,
    /// Hours in which the machine is on, as 8-18
    #[arg(long, value_name = "FROM-TO")]
    pub(super) on: Option<String>,
    /// Days on which the machine is on, as mon-fri or mon,wed,fri
    #[arg(long, value_name = "DAYS", requires = "on", default_value = "mon-fri")]
    pub(super) on_days: String,
}

/// The fleet.
#[derive(Debug, Args)]
#[command(next_help_heading = "Fleet")]
pub(crate) struct FleetArguments {
    /// Follow so many clients, each with its own clock
    #[arg(long, value_name = "N")]
    pub(super) fleet: Option<u64>,
    /// Follow them for so many days
    #[arg(long, value_name = "D", default_value_t = 30)]
    pub(super) days: u32,
    /// Seed of all random numbers
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(super) seed: u64,
    /// Each check comes up to so much earlier or later
    #[arg(long, value_name = "DURATION", default_value = "1h")]
    pub(super) jitter: Seconds,
    /// All clients share the distribution's times; else each has a server with times of its own
    #[arg(long)]
    pub(super) one_distribution: bool,
    /// Part of the clients that follow --on, percent
    #[arg(long, value_name = "PERCENT", default_value_t = 100)]
    pub(super) on_percent: u32,
    /// Downloads that fail, of a thousand
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) failures: u32,
    /// A failed download is tried again after this time
    #[arg(long, value_name = "DURATION", default_value = "1h")]
    pub(super) retry_failed: Seconds,
    /// Take the files' sizes from this published folder
    #[arg(long, value_name = "DIR")]
    pub(super) book: Option<PathBuf>,
    /// Size of the whole book, bytes
    #[arg(long, value_name = "BYTES")]
    pub(super) full_bytes: Option<u64>,
    /// Size of an ordinary patch, bytes
    #[arg(long, value_name = "BYTES")]
    pub(super) patch_bytes: Option<u64>,
    /// Size of the patch with the change, bytes
    #[arg(long, value_name = "BYTES")]
    pub(super) change_patch_bytes: Option<u64>,
    /// Clients fetch the whole book when patches reach this part of it: 0.5 Outlook, 0.125 older, 1 Evolution
    #[arg(long, value_name = "PART", default_value_t = 0.5)]
    pub(super) full_threshold: f64,
    /// Patches are kept for so many days
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub(super) diff_retention: u32,
    /// A whole book is fetched at a random time up to this (policy Max Full OAB Download Wait); 0: at once
    #[arg(long, value_name = "DURATION", default_value = "0")]
    pub(super) full_wait: Seconds,
    /// A whole book at most once in this time; 13h is talked of, no source gives it
    #[arg(long, value_name = "DURATION", default_value = "0")]
    pub(super) full_pause: Seconds,
    /// A site with a line: NAME:PERCENT:MBIT or NAME:PERCENT:MBIT:PRICE-PER-GB; may be repeated
    #[arg(long, value_name = "SITE")]
    pub(super) site: Vec<String>,
    /// Threads; without it one for each core. The result is the same
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<usize>,
}

/// Pictures.
#[derive(Debug, Args)]
#[command(next_help_heading = "Pictures")]
pub(crate) struct PictureArguments {
    /// Write the pictures into this folder, as SVG
    #[arg(long, value_name = "DIR")]
    pub(super) svg: Option<PathBuf>,
    /// Write the pictures into this folder, as PNG
    #[arg(long, value_name = "DIR")]
    pub(super) png: Option<PathBuf>,
    /// Write one HTML page with everything in it
    #[arg(long, value_name = "FILE.html")]
    pub(super) report: Option<PathBuf>,
    /// Width of drawings in the terminal, columns
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(super) columns: usize,
}
