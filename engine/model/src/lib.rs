//! The nouns that the crates exchange.
