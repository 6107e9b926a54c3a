//! The rule language: lex, parse, check, evaluate.
