//! `IsMemberOf`.

use madrigal_model::DistinguishedName;

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::Scalar;
use crate::types::Type;

pub(crate) static FUNCTION: Function = Function {
    name: "IsMemberOf",
    group: Group::Evaluation,
    summary: "Whether the object is a member of a group, directly or through other groups.",
    remarks: "Madrigal's own; in import rules only. `rules diff` asks the stored groups, `rules eval --member-of` and the \
              `member-of` of a test row are told; a run knows no groups yet, and refuses rules that ask.",
    parameters: &[parameter("group", Kind::TextOrReference)],
    result: Type::Boolean,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(is_member_of),
    rows: &[row("IsMemberOf(\"CN=Sales,DC=abc,DC=example\")", "False"), row("IsMemberOf(NULL)", "NULL")],
};

fn is_member_of<'a>(
    arguments: Arguments<'_, 'a>,
    evaluation: &mut Evaluation<'a>,
) -> Result<Scalar<'a>, Failure> {
    let group = DistinguishedName::from_directory(arguments.text(0)?);
    Ok(Scalar::Boolean(evaluation.environment.groups.is_member(&group)))
}
