//! Running one expression on a few attributes: what rows, examples and `rules eval` do.

use madrigal_model::{
    Anchor, AttributeName, ContentHash, DistinguishedName, Entry, EntryBuilder, Reference, Timestamp, Value,
};

use crate::check::{Attributes, compile};
use crate::diagnostic::{Diagnostic, Severity};
use crate::environment::{Environment, NoGroups, Parameters};
use crate::program::Program;
use crate::slots::SlotTable;

/// A compiled expression that stands alone, with the table of its slots.
pub struct Standalone {
    /// The expression.
    pub program: Program,
    /// Where its attributes sit.
    pub slots: SlotTable,
    /// Warnings.
    pub warnings: Vec<Diagnostic>,
}

/// Compiles an expression that stands alone; `file` names it in diagnostics.
///
/// # Errors
/// All that is wrong, and the warnings with it.
pub fn compile_expression(source: &str, file: &str) -> Result<Standalone, Vec<Diagnostic>> {
    let mut slots = SlotTable::default();
    let checked = compile(source, &Attributes::default(), None, &mut slots);
    let diagnostics: Vec<Diagnostic> =
        checked.findings.into_iter().map(|finding| finding.in_file(file, source)).collect();
    match checked.program {
        Some(program) if diagnostics.iter().all(|d| d.severity == Severity::Warning) => {
            Ok(Standalone { program, slots, warnings: diagnostics })
        }
        _ => Err(diagnostics),
    }
}

/// A value as rows write it: `0x…` is octets, `<large 1500>` so many octets that are kept elsewhere, `<…>` a reference,
/// anything else text.
#[must_use]
pub fn value_of_row(text: &str) -> Value {
    if let Some(digits) = text.strip_prefix("0x")
        && digits.len().is_multiple_of(2)
        && digits.chars().all(|c| c.is_ascii_hexdigit())
        && let Ok(octets) = (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(digits.get(at..at + 2).unwrap_or_default(), 16))
            .collect::<Result<Vec<u8>, _>>()
    {
        return Value::bytes(octets);
    }
    if let Some(anchor) = text.strip_prefix("<object ").and_then(|rest| rest.strip_suffix('>')) {
        return Value::Reference(Reference::Object(Anchor::new(anchor.as_bytes())));
    }
    let length = text.strip_prefix("<large ").and_then(|rest| rest.strip_suffix('>'));
    if let Some(length) = length.and_then(|length| length.parse().ok()) {
        return Value::Large(ContentHash(0), length);
    }
    match text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
        Some(dn) => Value::Reference(Reference::Unresolved(dn.into())),
        None => Value::text(text),
    }
}

/// What an expression gives, as rows show it. Attributes whose name is `%Name%` are parameters, `dn` is the object's
/// name. The time is 2026-11-21T12:00:00Z, the seed 1.
#[must_use]
pub fn run_row(input: &[(&str, &[&str])], expression: &str) -> String {
    let standalone = match compile_expression(expression, "row") {
        Ok(standalone) => standalone,
        Err(diagnostics) => {
            let messages: Vec<String> =
                diagnostics.iter().map(|d| format!("{}: {}", d.code, d.message)).collect();
            return messages.join("; ");
        }
    };
    let mut entry = EntryBuilder::default();
    let mut parameters = Parameters::new();
    let mut dn = None;
    let mut number = None;
    for (name, values) in input {
        if let Some(parameter) = name.strip_prefix('%').and_then(|rest| rest.strip_suffix('%')) {
            parameters.set(parameter, values.iter().copied());
            number = values.first().filter(|_| parameter == "Number").and_then(|text| text.parse().ok());
        } else if *name == "dn" {
            dn = values.first().map(|text| DistinguishedName::from_directory(text));
        } else if let Ok(attribute) = AttributeName::intern(name) {
            values.iter().for_each(|value| entry.add(attribute, value_of_row(value)));
        }
    }
    let entry: Entry = entry.build();
    let mut slots = Vec::new();
    standalone.slots.fill(&entry, &mut slots);
    let environment = Environment {
        now: "2026-11-21T12:00:00Z".parse().unwrap_or(Timestamp::from_millis(0)),
        parameters: &parameters,
        dn: dn.as_ref(),
        seed: 1,
        number,
        groups: &NoGroups,
    };
    match standalone.program.shown(&slots, &environment) {
        Ok(shown) => shown,
        Err(error) => format!("{}: {}", error.code, error.message),
    }
}
