//! `Join`.

use super::{Arguments, Call, Function, Group, Kind, Purity, optional, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Operand, Scalar};
use crate::types::{Count, Type};

pub(crate) static FUNCTION: Function = Function {
    name: "Join",
    group: Group::MultiValued,
    summary: "The values of a list as one text.",
    remarks: "A blank stands between them where no separator is given; an empty one puts nothing between them.",
    parameters: &[parameter("list", Kind::List(Type::Text)), optional("separator", Kind::Value(Type::Text))],
    result: Type::Text,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Whole(join, Count::One),
    rows: &[row_with(&[("proxyAddresses", &["SMTP:a@b.c", "smtp:d@b.c", "sip:a@b.c"])], "Join([proxyAddresses], \",\")", "\"SMTP:a@b.c,smtp:d@b.c,sip:a@b.c\""), row_with(&[("description", &["a", "b"])], "Join([description])", "\"a b\""), row_with(&[("description", &["a", "b"])], "Join([description], \"\")", "\"ab\""), row("Join([description])", "NULL"),],
};

fn join<'a>(operands: &[Operand<'a>], evaluation: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let [list, rest @ ..] = operands else { return Ok(Operand::NULL) };
    let values: Vec<Scalar<'a>> = list.values().cloned().collect();
    let separator = rest.first().and_then(Operand::single).cloned();
    let separator = separator.as_ref().map(std::slice::from_ref);
    let separator = match separator.map(Arguments) {
        Some(separator) => separator.text(0)?.as_ref(),
        None => " ",
    };
    if values.is_empty() {
        return Ok(Operand::NULL);
    }
    let texts = (0..values.len()).map(|at| Arguments(&values).text(at)).collect::<Result<Vec<_>, _>>()?;
    let length = texts.iter().map(|text| text.len() + separator.len()).sum();
    evaluation.charge_value(length)?;
    let texts: Vec<&str> = texts.into_iter().map(AsRef::as_ref).collect();
    Ok(Operand::One(Scalar::text(texts.join(separator))))
}
