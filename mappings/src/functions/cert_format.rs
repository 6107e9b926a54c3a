//! `CertFormat`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::certificate::{SAMPLE, read};

pub(crate) static FUNCTION: Function = Function {
    name: "CertFormat",
    group: Group::Certificate,
    summary: "The name of the format of a certificate.",
    remarks: "",
    parameters: &[parameter("certificate", Kind::TextOrBytes)],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(cert_format),
    rows: &[row_with(&[("userCertificate", &[SAMPLE])], "CertFormat([userCertificate])", "\"X509\""), row("CertFormat([userCertificate])", "NULL"),],
};

fn cert_format<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    read(arguments, |_| Scalar::text("X509"))
}
