//! `SmtpAddress`.

use super::{Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Operand, Scalar};
use crate::types::{Count, Type};
use crate::addresses::{SmtpAddress, smtp_addresses};

pub(crate) static FUNCTION: Function = Function {
    name: "SmtpAddress",
    group: Group::Recipients,
    summary: "The address of a value such as targetAddress, without its prefix.",
    remarks: "Of a list the primary address (SMTP: in capitals), else the first. Addresses of other types give none. Madrigal's own.",
    parameters: &[parameter("addresses", Kind::List(Type::Text))],
    result: Type::Text,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Whole(smtp_address, Count::One),
    rows: &[row_with(&[("targetAddress", &["SMTP:anna@abc.example"])], "SmtpAddress([targetAddress])", "\"anna@abc.example\""), row_with(&[("targetAddress", &["anna@abc.example"])], "SmtpAddress([targetAddress])", "\"anna@abc.example\""), row_with(&[("targetAddress", &["X400:c=de;a= ;p=abc"])], "SmtpAddress([targetAddress])", "NULL"), row_with(&[("proxyAddresses", &["smtp:d@b.c", "SMTP:a@b.c"])], "SmtpAddress([proxyAddresses])", "\"a@b.c\""), row("SmtpAddress([targetAddress])", "NULL"),],
};

fn smtp_address<'a>(operands: &[Operand<'a>], _: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let addresses: Vec<SmtpAddress> = operands.iter().flat_map(smtp_addresses).collect();
    let found = addresses.iter().find(|address| address.primary).or_else(|| addresses.first());
    Ok(found.map_or(Operand::NULL, |address| Operand::One(Scalar::text(address.text.clone()))))
}
