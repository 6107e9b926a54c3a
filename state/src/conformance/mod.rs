//! One suite for every store: each behaviour of [`Store`](crate::Store) is one named case, run against all of them.
//!
//! A new store gets a [`Bed`] and a line `conformance_tests!(name, make)`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a suite of tests: a case is named after what it holds, and stops at the first thing that is not so"
)]

#[cfg(test)]
mod alike;
pub mod audit;
pub mod export;
pub mod import;
pub mod index;
pub mod lease;
pub mod odd;
pub mod sync;
#[cfg(test)]
mod tests;
mod world;

use async_trait::async_trait;

pub use self::world::{World, anchor, entry, identity_id, object, person, plan, state_with, time};

/// A store under test, and how it is closed and opened again (the store in memory has only one life: there it is a
/// matter of doing nothing).
#[async_trait]
pub trait Bed: Send {
    /// The store as it is open now.
    fn store(&self) -> &dyn crate::Store;
    /// Closes and opens it.
    async fn reopen(&mut self);
}

/// Makes one test of each case for one store; `$make` is an async function that gives a fresh [`Bed`].
#[macro_export]
macro_rules! conformance_tests {
    ($name:ident, $make:expr) => {
        mod $name {
            use super::*;
            $crate::conformance_tests!(@ $make, lease: one_engine_at_a_time, a_lease_runs_out, renewing_holds_it,
                taking_over_stops_every_write, a_released_lease_writes_nothing, the_clock_may_go_backwards,
                connectors_keep_their_numbers, runs_are_listed_newest_first);
            $crate::conformance_tests!(@ $make, import: the_watermark_moves_with_the_page,
                another_watermark_keeps_nothing, a_forgotten_watermark_is_none, what_is_written_is_dirty,
                a_rewrite_replaces_everything, gone_objects_stay_until_forgotten, an_object_comes_back,
                unknown_gone_objects_are_passed_over, the_last_of_two_is_kept, walks_are_counted,
                objects_are_scanned_in_order, digests_leave_gone_objects_out, large_values_are_found_by_hash,
                imports_wake_owners, quiet_writes_wait_quietly, unknown_connectors_are_refused);
            $crate::conformance_tests!(@ $make, index: keys_are_replaced_on_rewrite, keys_have_many_owners,
                export_states_own_keys, gone_objects_own_keys_until_forgotten, many_keys_are_found, near_keys_are_told_apart);
            $crate::conformance_tests!(@ $make, sync: done_objects_are_clean, done_and_woken_stays_dirty,
                links_are_made_changed_and_taken_away, identities_are_replaced_whole, due_times_wake,
                a_full_sync_is_everything_dirty, forgotten_identities_leave_nothing, dirty_is_limited_and_in_order,
                export_states_wake_their_identity, single_objects_are_woken,
                written_and_forgotten_is_forgotten, problems_are_replaced, forgotten_subjects_have_no_problems,
                objects_that_came_back_are_not_forgotten, unknown_things_are_passed_over, rules_have_a_digest);
            $crate::conformance_tests!(@ $make, export: pending_exports_are_listed, pending_exports_are_replaced,
                beginning_writes_everything_down, receipts_tell_what_came_of_it, what_was_not_written_is_planned_again, what_waited_before_counts_again,
                the_audit_log_has_no_gap, receipts_without_an_export_change_nothing, a_begun_export_is_never_lost,
                refusals_are_problems, rewritten_states_keep_their_audit, what_was_taken_back_is_held_until_released);
            $crate::conformance_tests!(@ $make, audit: every_link_of_the_audit_log_holds, a_noted_link_is_compared,
                the_chain_is_the_same_in_every_store, an_identitys_lines_are_found);
            $crate::conformance_tests!(@ $make, odd: odd_values_are_kept, a_hundred_thousand_keys_are_kept,
                odd_names_and_anchors_are_kept, every_part_of_a_state_is_kept, times_at_the_edge_are_kept,
                everything_is_there_after_reopening);
        }
    };
    (@ $make:expr, $file:ident: $($case:ident),+) => {
        $(
            #[tokio::test]
            async fn $case() {
                let mut bed = $make.await;
                $crate::conformance::$file::$case(&mut bed).await;
            }
        )+
    };
}
