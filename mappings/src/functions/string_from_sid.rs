//! `StringFromSid`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "StringFromSid",
    group: Group::Conversion,
    summary: "A security identifier as text from its octets.",
    remarks: "Layout: MS-DTYP section 2.4.2.2.",
    parameters: &[parameter("sid", Kind::Value(Type::Bytes))],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(string_from_sid),
    rows: &[row_with(&[("objectSid", &["0x01010000000000050A000000"])], "StringFromSid([objectSid])", "\"S-1-5-10\""), row_with(&[("objectSid", &["0x010500000000000515000000010000000200000003000000F4010000"])], "StringFromSid([objectSid])", "\"S-1-5-21-1-2-3-500\""), row_with(&[("objectSid", &["0x01020304"])], "StringFromSid([objectSid])", "MDR-R106: \"4 octets\" is no security identifier"), row("StringFromSid([objectSid])", "NULL"),],
};

fn string_from_sid<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let octets = arguments.octets(0)?;
    let wrong = || Failure::not_convertible("security identifier", &format!("{} octets", octets.len()));
    let [revision, count, authority @ ..] = octets else { return Err(wrong()) };
    let Some((authority, rest)) = authority.split_first_chunk::<6>() else { return Err(wrong()) };
    if rest.len() != usize::from(*count) * 4 {
        return Err(wrong());
    }
    let authority = authority.iter().fold(0_u64, |number, octet| number << 8 | u64::from(*octet));
    let mut shown = format!("S-{revision}-{authority}");
    for part in rest.chunks_exact(4) {
        let number = part.iter().rev().fold(0_u32, |number, octet| number << 8 | u32::from(*octet));
        shown.push_str(&format!("-{number}"));
    }
    Ok(Scalar::text(shown))
}
