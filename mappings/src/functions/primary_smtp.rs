//! `PrimarySmtp`.

use super::{Call, Function, Group, Kind, Purity, parameter, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Operand, Scalar};
use crate::types::{Count, Type};
use crate::addresses::{SmtpAddress, smtp_addresses};

pub(crate) static FUNCTION: Function = Function {
    name: "PrimarySmtp",
    group: Group::Recipients,
    summary: "The primary SMTP address among proxy addresses, without its prefix.",
    remarks: "The one whose prefix is SMTP: in capitals. Madrigal's own.",
    parameters: &[parameter("addresses", Kind::List(Type::Text))],
    result: Type::Text,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Whole(primary_smtp, Count::One),
    rows: &[row_with(&[("proxyAddresses", &["smtp:d@b.c", "SMTP:a@b.c"])], "PrimarySmtp([proxyAddresses])", "\"a@b.c\""), row_with(&[("proxyAddresses", &["smtp:d@b.c"])], "PrimarySmtp([proxyAddresses])", "NULL"), row_with(&[("proxyAddresses", &["SMTP:nobody"])], "PrimarySmtp([proxyAddresses])", "NULL"),],
};

fn primary_smtp<'a>(operands: &[Operand<'a>], _: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let addresses: Vec<SmtpAddress> = operands.iter().flat_map(smtp_addresses).collect();
    let found = addresses.iter().find(|address| address.primary);
    Ok(found.map_or(Operand::NULL, |address| Operand::One(Scalar::text(address.text.clone()))))
}
