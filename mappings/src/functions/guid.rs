//! `Guid`.

use super::{Arguments, Call, Function, Group, Purity, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::guid::guid_text;

pub(crate) static FUNCTION: Function = Function {
    name: "Guid",
    group: Group::Text,
    summary: "A new GUID as text.",
    remarks: "Derived from the identity and the target, so that a preview shows what an export writes. Refused in enforced flows.",
    parameters: &[],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Drawn,
    call: Call::Each(guid),
    rows: &[row("Len(Guid())", "36"), row("Guid() = Guid()", "False"), row("IsGuid(Guid())", "True"),],
};

fn guid<'a>(_: Arguments<'_, 'a>, evaluation: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    Ok(Scalar::text(guid_text(draw_octets(evaluation))))
}

fn draw_octets(evaluation: &mut Evaluation<'_>) -> [u8; 16] {
    let mut octets = evaluation.draw().to_be_bytes();
    // Version 4, variant 1 (RFC 9562 section 5.4).
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut octets;
    *version = *version & 0x0f | 0x40;
    *variant = *variant & 0x3f | 0x80;
    octets
}