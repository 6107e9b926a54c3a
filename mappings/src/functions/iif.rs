//! `IIF`.

use super::{Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::{Evaluation, Truth, common_length, one_of};
use crate::failure::Failure;
use crate::program::Node;
use crate::scalar::{Operand, Scalar};
use crate::types::Type;

pub(crate) static FUNCTION: Function = Function {
    name: "IIF",
    group: Group::ProgramFlow,
    summary: "One of two values, by a condition.",
    remarks: "Only the value that is chosen is evaluated. A condition without a value counts as false. Where the condition is \
              a list, it chooses value by value.",
    parameters: &[
        parameter("condition", Kind::Condition),
        parameter("ifTrue", Kind::Branch),
        parameter("ifFalse", Kind::Branch),
    ],
    result: Type::Any,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Form(iif),
    rows: &[
        row_with(
            &[("mail", &["anna@abc.example"])],
            "IIF(IsPresent([mail]), \"SMTP:\" & [mail], NULL)",
            "\"SMTP:anna@abc.example\"",
        ),
        row("IIF(IsPresent([mail]), \"SMTP:\" & [mail], NULL)", "NULL"),
        row("IIF(NULL, 1, 2)", "2"),
        row("IIF(False, Error(\"never reached\"), \"x\")", "\"x\""),
        row("IIF(True, IgnoreThisFlow, \"x\")", "IgnoreThisFlow"),
        row_with(
            &[("proxyAddresses", &["SMTP:a@b.c", "SIP:a@b.c", "smtp:d@b.c"])],
            "IIF(Left([proxyAddresses], 4) = \"SIP:\", NULL, [proxyAddresses])",
            "{\"SMTP:a@b.c\", NULL, \"smtp:d@b.c\"}",
        ),
    ],
};

fn iif<'a>(arguments: &'a [Node], evaluation: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let [condition, if_true, if_false] = arguments else { return Ok(Operand::NULL) };
    match evaluation.truth(condition)? {
        Truth::One(Some(true)) => evaluation.evaluate(if_true),
        Truth::One(_) => evaluation.evaluate(if_false),
        Truth::Many(conditions) => value_by_value(conditions, if_true, if_false, evaluation),
    }
}

fn value_by_value<'a>(
    conditions: Vec<Scalar<'a>>,
    if_true: &'a Node,
    if_false: &'a Node,
    evaluation: &mut Evaluation<'a>,
) -> Result<Operand<'a>, Failure> {
    let truths = conditions.iter().map(|scalar| Ok(scalar.truth()? == Some(true))).collect::<Result<Vec<_>, Failure>>()?;
    evaluation.charge_values(truths.len())?;
    let mut operands = [Operand::Many(conditions), Operand::NULL, Operand::NULL];
    let [_, when_true, when_false] = &mut operands;
    if truths.contains(&true) {
        *when_true = evaluation.evaluate(if_true)?;
    }
    if truths.contains(&false) {
        *when_false = evaluation.evaluate(if_false)?;
    }
    common_length(&operands)?;
    let [_, when_true, when_false] = &operands;
    let choose = |(at, truth): (usize, &bool)| one_of(if *truth { when_true } else { when_false }, at);
    Ok(Operand::Many(truths.iter().enumerate().map(choose).collect()))
}
