//! The one integration binary: what holds for the whole, seen from outside.

mod tidy;
