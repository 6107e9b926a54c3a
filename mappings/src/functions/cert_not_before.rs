//! `CertNotBefore`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::certificate::{SAMPLE, read, time};

pub(crate) static FUNCTION: Function = Function {
    name: "CertNotBefore",
    group: Group::Certificate,
    summary: "The time from which a certificate is valid.",
    remarks: "In UTC.",
    parameters: &[parameter("certificate", Kind::TextOrBytes)],
    result: Type::Time,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Each(cert_not_before),
    rows: &[row_with(&[("userCertificate", &[SAMPLE])], "CertNotBefore([userCertificate])", "2026-11-22 00:23:28"), row("CertNotBefore([userCertificate])", "NULL"),],
};

fn cert_not_before<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    read(arguments, |certificate| time(certificate.validity().not_before))
}
