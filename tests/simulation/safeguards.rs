//! Each safeguard switched off alone: the simulation must see it.

use madrigal_sync::Safeguards;

use super::random::run;
use super::seeds::run_all;

/// Within so many seeds.
const WITHIN: u64 = 500;

fn check(name: &str, off: impl Fn(&mut Safeguards)) {
    let mut safeguards = Safeguards::ALL;
    off(&mut safeguards);
    assert_ne!(safeguards, Safeguards::ALL, "{name} is a safeguard");
    let mut from = 0;
    let failure = loop {
        let (_, failures) = run_all(from..WITHIN, safeguards, 1);
        let Some(failure) = failures.into_iter().next() else {
            panic!("{name} is off, and {WITHIN} seeds do not see it")
        };
        // What is broken with all of them on says nothing of this one.
        if run(failure.seed, Safeguards::ALL).is_ok() {
            break failure;
        }
        from = failure.seed + 1;
    };
    println!("{name} is off: seed {} breaks {}: {}", failure.seed, failure.invariant, failure.text);
}

#[test]
fn stamp() {
    check("stamp", |safeguards| safeguards.stamp = false);
}

#[test]
fn unique_addresses() {
    check("unique addresses", |safeguards| safeguards.unique_addresses = false);
}

#[test]
fn reverse_references() {
    check("reverse references", |safeguards| safeguards.reverse_references = false);
}

#[test]
fn confirm() {
    check("confirm", |safeguards| safeguards.confirm = false);
}

#[test]
fn baseline_first() {
    check("baseline first", |safeguards| safeguards.baseline_first = false);
}

#[test]
fn watermark_with_page() {
    check("watermark with page", |safeguards| safeguards.watermark_with_page = false);
}

#[test]
fn guard() {
    check("guard", |safeguards| safeguards.guard = false);
}
