//! `Contains`.

use madrigal_model::DistinguishedName;

use super::{Arguments, Call, Function, Group, Kind, Purity, optional, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Operand, Scalar};
use crate::types::{Count, Type};
use crate::substring::folded_where;

pub(crate) static FUNCTION: Function = Function {
    name: "Contains",
    group: Group::MultiValued,
    summary: "The place, counted from 1, of the first value of a list that contains text; 0 where none does.",
    remarks: "Text is found within values, case counts unless CaseInsensitive is given; a reference must be the whole name.",
    parameters: &[parameter("list", Kind::List(Type::Any)), parameter("wanted", Kind::Value(Type::Text)), optional("case", Kind::Option(&["CaseInsensitive", "CaseSensitive"]))],
    result: Type::Number,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Whole(contains, Count::One),
    rows: &[row_with(&[("proxyAddresses", &["SMTP:a@b.c", "smtp:d@b.c", "sip:a@b.c"])], "Contains([proxyAddresses], \"SMTP:\")", "1"), row_with(&[("proxyAddresses", &["SMTP:a@b.c", "smtp:d@b.c", "sip:a@b.c"])], "Contains([proxyAddresses], \"smtp:\")", "2"), row_with(&[("proxyAddresses", &["SMTP:a@b.c", "smtp:d@b.c", "sip:a@b.c"])], "Contains([proxyAddresses], \"SIP:\", CaseInsensitive)", "3"), row_with(&[("proxyAddresses", &["SMTP:a@b.c", "smtp:d@b.c", "sip:a@b.c"])], "Contains([proxyAddresses], \"x400:\")", "0"), row("Contains([proxyAddresses], \"SMTP:\")", "0"), row_with(&[("member", &["<CN=a,DC=x>", "<cn=B,DC=x>"])], "Contains([member], \"CN=b,DC=x\")", "2"), row_with(&[("member", &["<CN=a,DC=x>", "<CN=b,DC=x>"])], "Contains([member], \"CN=b\")", "0"),],
};

fn contains<'a>(operands: &[Operand<'a>], _: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let [list, rest @ ..] = operands else { return Ok(Operand::NULL) };
    let wanted: Vec<Scalar<'a>> = rest.iter().filter_map(Operand::single).cloned().collect();
    let wanted = Arguments(&wanted);
    if wanted.get(0).is_null() {
        return Ok(Operand::NULL);
    }
    let text = wanted.text(0)?;
    let folded = wanted.is_option(1, "CaseInsensitive");
    let found = list.values().position(|value| holds(value, text, folded));
    Ok(Operand::One(Scalar::Number(found.map_or(0, |at| at as i64 + 1))))
}

/// Text holds the other within it; a reference is the other as a whole.
fn holds(value: &Scalar<'_>, wanted: &str, folded: bool) -> bool {
    match value {
        Scalar::Text(text) => folded_where(text, folded).contains(folded_where(wanted, folded).as_ref()),
        Scalar::Reference(dn) => {
            DistinguishedName::from_directory(dn).same_as(&DistinguishedName::from_directory(wanted))
        }
        _ => false,
    }
}