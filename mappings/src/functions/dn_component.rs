//! `DNComponent`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::dn_components::components;

pub(crate) static FUNCTION: Function = Function {
    name: "DNComponent",
    group: Group::Directory,
    summary: "The value of a step of a distinguished name, counted from the left.",
    remarks: "Unescaped, but control characters stay as the hexadecimal pairs that a DN shows: an object that lost a conflict of names has \\\\0ACNF: in its name. None where there is no such step.",
    parameters: &[parameter("dn", Kind::Value(Type::Reference)), parameter("number", Kind::Value(Type::Number))],
    result: Type::Text,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Each(dn_component),
    rows: &[row("DNComponent(CRef(\"cn=Joe,ou=Sales,dc=contoso\"), 1)", "\"Joe\""), row_with(&[("dn", &["CN=Hill\\, Jed,OU=Sales,DC=abc"])], "DNComponent(CRef([dn]), 2)", "\"Sales\""), row_with(&[("dn", &["CN=Hill\\, Jed,OU=Sales,DC=abc"])], "DNComponent(CRef([dn]), 1)", "\"Hill, Jed\""), row_with(&[("dn", &["CN=Anna\\0ACNF:4f6b,DC=abc"])], "DNComponent(CRef([dn]), 1)", "\"Anna\\\\0ACNF:4f6b\""), row("DNComponent(CRef(\"cn=Joe\"), 9)", "NULL"), row("DNComponent(CRef(NULL), 1)", "NULL"),],
};

fn dn_component<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let (dn, number) = (arguments.text(0)?, arguments.number(1)?);
    let components = components(dn, false);
    let at = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
    Ok(at.and_then(|at| components.into_iter().nth(at)).map_or(Scalar::Null, Scalar::text))
}
