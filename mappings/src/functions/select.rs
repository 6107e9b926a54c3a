//! `Select`.

use super::{Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::program::Node;
use crate::scalar::{Operand, Scalar};
use crate::types::{Type};
use crate::limits::MAX_VALUES;

pub(crate) static FUNCTION: Function = Function {
    name: "Select",
    group: Group::ProgramFlow,
    summary: "A list of what an expression gives for each value of a list.",
    remarks: "$item stands for the value. Values that become NULL are left out.",
    parameters: &[parameter("item", Kind::EachVariable), parameter("list", Kind::List(Type::Any)), parameter("expression", Kind::Branch)],
    result: Type::Any,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Form(select),
    rows: &[row_with(&[("otherTelephone", &["1-2", "3-4"])], "Select($item, [otherTelephone], Replace($item, \"-\", \"\"))", "{\"12\", \"34\"}"), row_with(&[("mail", &["A@B.C"])], "Select($item, [mail], LCase($item))", "{\"a@b.c\"}"), row("Select($item, [mail], $item)", "NULL"), row("Select($x, Split(\"1,2\", \",\"), CNum($x) + 1)", "{2, 3}"),],
};

fn select<'a>(arguments: &'a [Node], evaluation: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let [list, expression] = arguments else { return Ok(Operand::NULL) };
    let items: Vec<Scalar<'a>> = evaluation.evaluate(list)?.values().cloned().collect();
    let mut results = Vec::new();
    for item in items {
        evaluation.charge(1)?;
        evaluation.variables.push(Operand::One(item));
        let result = evaluation.evaluate(expression);
        evaluation.variables.pop();
        results.extend(result?.values().cloned());
        evaluation.charge_values(results.len().saturating_sub(MAX_VALUES))?;
        if results.len() > MAX_VALUES {
            evaluation.charge_values(results.len())?;
        }
    }
    Ok(Operand::list(results))
}
