//! `EscapeDNComponent`.

use madrigal_model::DistinguishedName;

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "EscapeDNComponent",
    group: Group::Directory,
    summary: "One step of a distinguished name with its value escaped.",
    remarks: "What stands before the first = is the type and stays as it is (RFC 4514 section 2.4).",
    parameters: &[parameter("step", Kind::Value(Type::Text))],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(escape_dn_component),
    rows: &[row("EscapeDNComponent(\"cn=\" & \"Hill, Jed\") & \",DC=abc\"", "\"cn=Hill\\\\, Jed,DC=abc\""), row("EscapeDNComponent(\"cn=#1\")", "\"cn=\\\\#1\""), row("EscapeDNComponent(\"Hill, Jed\")", "\"Hill\\\\, Jed\""), row("EscapeDNComponent([cn])", "NULL"),],
};

fn escape_dn_component<'a>(arguments: Arguments<'_, 'a>, evaluation: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let text = arguments.text(0)?;
    evaluation.charge_value(text.len().saturating_mul(3))?;
    let (attribute, value) = match text.split_once('=') {
        Some((attribute, value)) => (attribute, value),
        None => ("", text.as_ref()),
    };
    let step = DistinguishedName::default().child(attribute, value);
    let step = step.as_str().strip_suffix(',').unwrap_or_default();
    let step = if attribute.is_empty() { step.strip_prefix('=').unwrap_or(step) } else { step };
    Ok(Scalar::text(step.to_owned()))
}
