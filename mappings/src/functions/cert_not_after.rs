//! `CertNotAfter`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::certificate::{SAMPLE, read, time};

pub(crate) static FUNCTION: Function = Function {
    name: "CertNotAfter",
    group: Group::Certificate,
    summary: "The time until which a certificate is valid.",
    remarks: "In UTC.",
    parameters: &[parameter("certificate", Kind::TextOrBytes)],
    result: Type::Time,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Each(cert_not_after),
    rows: &[row_with(&[("userCertificate", &[SAMPLE])], "CertNotAfter([userCertificate])", "2036-11-19 00:23:28"), row_with(&[("userCertificate", &[SAMPLE])], "Where($item, [userCertificate], CertNotAfter($item) > CDate(\"2200-01-01\"))", "NULL"), row("CertNotAfter([userCertificate])", "NULL"),],
};

fn cert_not_after<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    read(arguments, |certificate| time(certificate.validity().not_after))
}
