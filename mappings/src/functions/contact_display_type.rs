//! `ContactDisplayType`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "ContactDisplayType",
    group: Group::Recipients,
    summary: "The msExchRecipientDisplayType of a contact that stands for a recipient of another forest.",
    remarks: "0x80000000 synced from another forest, 0x40000000 may be used in access lists (never for distribution groups), the low octet of the type at home in the second octet, 6 in the lowest. Written as a signed number of 32 bits. Madrigal's own.",
    parameters: &[parameter("type", Kind::Value(Type::Number)), parameter("kind", Kind::Value(Type::Text)), parameter("inAccessLists", Kind::Value(Type::Boolean))],
    result: Type::Number,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::EachOrNull(contact_display_type),
    rows: &[row("ContactDisplayType(7, \"room\", False)", "-2147481850"), row("ContactDisplayType(1073741824, \"mailbox\", True)", "-1073741818"), row("ContactDisplayType(NULL, \"mailbox\", False)", "-2147483642"), row("ContactDisplayType(NULL, \"mailbox\", True)", "-1073741818"), row("ContactDisplayType(NULL, \"linked\", False)", "-2147482106"), row("ContactDisplayType(NULL, \"linked\", True)", "-1073740282"), row("ContactDisplayType(NULL, \"security-group\", False)", "-2147481338"), row("ContactDisplayType(NULL, \"security-group\", True)", "-1073739514"), row("ContactDisplayType(NULL, \"group\", False)", "-2147483386"), row("ContactDisplayType(NULL, \"dynamic-group\", False)", "-2147482874"), row("ContactDisplayType(1, \"group\", NULL)", "-2147483386"), row("ContactDisplayType(NULL, \"contact\", False)", "-2147482106"),],
};

fn contact_display_type<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    const SYNCED: u32 = 0x8000_0000;
    const IN_ACCESS_LISTS: u32 = 0x4000_0000;
    const REMOTE_MAIL_USER: u32 = 6;
    let at_home = match arguments.get(0) {
        Scalar::Null => type_of_kind(arguments.text(1)?),
        _ => u32::try_from(arguments.number(0)? & 0xff).unwrap_or(0),
    };
    let never = matches!(at_home, 1 | 3);
    let in_access_lists = arguments.get(2).truth()? == Some(true) && !never;
    let flag = if in_access_lists { IN_ACCESS_LISTS } else { 0 };
    let value = SYNCED | flag | at_home << 8 | REMOTE_MAIL_USER;
    Ok(Scalar::Number(i64::from(value.cast_signed())))
}

/// The type at home of a recipient that has none written down.
fn type_of_kind(kind: &str) -> u32 {
    match kind {
        "group" => 1,
        "dynamic-group" => 3,
        "security-group" => 9,
        "room" => 7,
        "equipment" => 8,
        "linked" | "mail-user" | "remote-mailbox" | "contact" => 6,
        _ => 0,
    }
}