//! `DNComponentRev`.

use super::{Arguments, Call, Function, Group, Kind, Purity, optional, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::dn_components::components;

pub(crate) static FUNCTION: Function = Function {
    name: "DNComponentRev",
    group: Group::Directory,
    summary: "The value of a step of a distinguished name, counted from the right.",
    remarks: "With DC, steps of the type dc are left out of the count.",
    parameters: &[parameter("dn", Kind::Value(Type::Reference)), parameter("number", Kind::Value(Type::Number)), optional("options", Kind::Option(&["DC"]))],
    result: Type::Text,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Each(dn_component_rev),
    rows: &[row("DNComponentRev(CRef(\"cn=Joe,ou=Atlanta,ou=GA,ou=US, dc=contoso,dc=com\"), 3)", "\"US\""), row("DNComponentRev(CRef(\"cn=Joe,ou=Atlanta,ou=GA,ou=US, dc=contoso,dc=com\"), 1, \"DC\")", "\"US\""), row("DNComponentRev(CRef(\"cn=Joe\"), 1, DC)", "\"Joe\""), row("DNComponentRev(CRef(\"cn=Joe\"), 0)", "NULL"),],
};

fn dn_component_rev<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let (dn, number) = (arguments.text(0)?, arguments.number(1)?);
    let components = components(dn, arguments.is_option(2, "DC"));
    let at = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
    Ok(at.and_then(|at| components.into_iter().rev().nth(at)).map_or(Scalar::Null, Scalar::text))
}
