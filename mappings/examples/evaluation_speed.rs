//! How long one evaluation takes. Run it with `cargo run --release -p madrigal-mappings --example evaluation_speed`.
//!
//! Each expression is evaluated over the slots of one person of 30 attributes; the figure is the least of many short
//! rounds, the value made included, on one core: short, so that a busy machine leaves some of them alone.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    reason = "a clock is what this measures with"
)]

use std::hint::black_box;
use std::time::Instant;

use madrigal_mappings::{Environment, NoGroups, Parameters, compile_expression};
use madrigal_model::{AttributeName, AttributeSchema, Entry, Timestamp, Value};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const EXPRESSIONS: &[&str] = &[
    "IIF(IsPresent([mail]), \"SMTP:\" & [mail], NULL)",
    "[telephoneNumber]",
    "Trim([displayName])",
    "\"sip:\" & LCase(Coalesce([msRTCSIP-PrimaryUserAddress], [mail]))",
    "Where($item, [proxyAddresses], Left($item, 5) = \"smtp:\")",
    "PrimarySmtp([proxyAddresses])",
];

fn main() {
    let mut entry = Entry::from_values(
        AttributeSchema::known_names()
            .take(30)
            .map(|name| (AttributeName::intern(name).expect("a known name"), ["a value of 18 chars"])),
    )
    .edit();
    let addresses =
        ["SMTP:anna@abc.example", "smtp:a@abc.example", "smtp:b@abc.example", "X500:/o=ABC/cn=anna"];
    for (name, values) in [("mail", &addresses[..1]), ("proxyAddresses", &addresses[..])] {
        let values = values.iter().map(|text| (*text).into()).collect();
        entry.set(AttributeName::intern(name).expect("a known name"), values);
    }
    let entry = entry.build();
    let parameters = Parameters::new();
    let environment = Environment {
        now: Timestamp::from_millis(0),
        parameters: &parameters,
        dn: None,
        seed: 0,
        number: None,
        groups: &NoGroups,
    };
    let address = "anna@abc.example";
    let least = least_of(|| {
        let mut text = String::with_capacity(5 + address.len());
        text.push_str("SMTP:");
        text.push_str(black_box(address));
        black_box(vec![Value::Text(text.into())]);
    });
    println!("{least:7.1} ns  (making such a value by hand: what no evaluator can do without)");
    // One that is named on the command line is measured alone, for a profile.
    let named: Vec<String> = std::env::args().skip(1).collect();
    let given: Vec<&str> = named.iter().map(String::as_str).collect();
    for expression in if given.is_empty() { EXPRESSIONS } else { &given } {
        let standalone = compile_expression(expression, "benchmark")
            .map_err(|found| found.len())
            .expect("a right expression");
        let mut slots = Vec::new();
        standalone.slots.fill(&entry, &mut slots);
        let least = least_of(|| {
            black_box(standalone.program.evaluate(black_box(&slots), &environment)).ok();
        });
        println!("{least:7.1} ns  {expression}");
    }
}

/// Nanoseconds for one call: the least of many short rounds.
fn least_of(call: impl Fn()) -> f64 {
    const TIMES: u32 = 2_000;
    let mut least = f64::MAX;
    for _ in 0..500 {
        let began = Instant::now();
        for _ in 0..TIMES {
            call();
        }
        least = least.min(began.elapsed().as_secs_f64() * 1e9 / f64::from(TIMES));
    }
    least
}
