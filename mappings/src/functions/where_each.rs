//! `Where`.

use super::{Call, Function, Group, Kind, Purity, parameter, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::program::Node;
use crate::scalar::{Operand, Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "Where",
    group: Group::ProgramFlow,
    summary: "The values of a list for which a condition holds.",
    remarks: "$item stands for the value.",
    parameters: &[parameter("item", Kind::EachVariable), parameter("list", Kind::List(Type::Any)), parameter("condition", Kind::Condition)],
    result: Type::Any,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Form(where_each),
    rows: &[row_with(&[("proxyAddresses", &["SMTP:a@b.c", "smtp:d@b.c", "sip:a@b.c"])], "Where($item, [proxyAddresses], Left($item, 5) = \"smtp:\")", "{\"smtp:d@b.c\"}"), row_with(&[("proxyAddresses", &["SMTP:a@b.c", "smtp:d@b.c", "sip:a@b.c"])], "Where($item, [proxyAddresses], False)", "NULL"), row_with(&[("proxyAddresses", &["SMTP:a@b.c", "smtp:d@b.c", "sip:a@b.c"])], "Count(Where($item, [proxyAddresses], InStr($item, \"@\") > 0))", "3"),],
};

fn where_each<'a>(arguments: &'a [Node], evaluation: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let [list, condition] = arguments else { return Ok(Operand::NULL) };
    let items: Vec<Scalar<'a>> = evaluation.evaluate(list)?.values().cloned().collect();
    let mut kept = Vec::new();
    for item in items {
        evaluation.charge(1)?;
        evaluation.variables.push(Operand::One(item));
        let holds = evaluation.condition(condition);
        let item = evaluation.variables.pop();
        if let (true, Some(Operand::One(item))) = (holds?, item) {
            kept.push(item);
        }
    }
    Ok(Operand::list(kept))
}
