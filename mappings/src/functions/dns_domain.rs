//! `DnsDomain`.

use madrigal_model::DistinguishedName;

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "DnsDomain",
    group: Group::Recipients,
    summary: "The DC steps of a distinguished name, joined with full stops.",
    remarks: "Madrigal's own.",
    parameters: &[parameter("dn", Kind::TextOrReference)],
    result: Type::Text,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Each(dns_domain),
    rows: &[row_with(&[("dn", &["CN=Anna,OU=People,DC=abc,DC=example"])], "DnsDomain([dn])", "\"abc.example\""), row("DnsDomain(\"CN=Anna,O=abc\")", "NULL"), row("DnsDomain(NULL)", "NULL"),],
};

fn dns_domain<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let dn = DistinguishedName::from_directory(arguments.text(0)?);
    Ok(dn.domain().map_or(Scalar::Null, Scalar::text))
}
