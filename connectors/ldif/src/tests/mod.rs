//! What is read, what is written, and that each is the other's mirror.
