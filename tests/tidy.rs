//! The conventions of the tree. A rule exists when a test enforces it: these are the rules.
