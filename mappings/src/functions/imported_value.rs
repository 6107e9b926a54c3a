//! `ImportedValue`.

use super::{Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::program::Node;
use crate::scalar::{Operand};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "ImportedValue",
    group: Group::Evaluation,
    summary: "The value of an attribute as an import has confirmed it.",
    remarks: "Rules see imported values only, so this is the same as [attribute]. Used by shipped rules and absent from the reference.",
    parameters: &[parameter("attribute", Kind::AttributeName)],
    result: Type::Any,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Form(imported_value),
    rows: &[row_with(&[("mail", &["a@b.c"])], "ImportedValue(\"mail\")", "\"a@b.c\""), row_with(&[("proxyAddresses", &["a:b", " a:b", "c:d"])], "RemoveDuplicates(Trim(ImportedValue(\"proxyAddresses\")))", "{\"a:b\", \"c:d\"}"), row("ImportedValue(\"mail\")", "NULL"), row("ImportedValue([mail])", "MDR-R004: ImportedValue takes an attribute's name in quotes"),],
};

fn imported_value<'a>(arguments: &'a [Node], evaluation: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    match arguments.first() {
        Some(attribute) => evaluation.evaluate(attribute),
        None => Ok(Operand::NULL),
    }
}
