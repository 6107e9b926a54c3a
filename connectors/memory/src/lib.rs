//! A directory in memory with delta reads and injected faults.
