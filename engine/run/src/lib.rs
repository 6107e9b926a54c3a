//! The shell: steps, run profiles, scheduler, lease, clock.
