//! What is remembered: store by intent.
