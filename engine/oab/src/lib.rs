//! The offline address book: files, patches, schedule, fleet.
