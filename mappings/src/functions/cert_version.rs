//! `CertVersion`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::certificate::{SAMPLE, read};

pub(crate) static FUNCTION: Function = Function {
    name: "CertVersion",
    group: Group::Certificate,
    summary: "The version of a certificate.",
    remarks: "",
    parameters: &[parameter("certificate", Kind::TextOrBytes)],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(cert_version),
    rows: &[row_with(&[("userCertificate", &[SAMPLE])], "CertVersion([userCertificate])", "\"3\""), row("CertVersion([userCertificate])", "NULL"),],
};

fn cert_version<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    read(arguments, |certificate| Scalar::text((u64::from(certificate.version().0) + 1).to_string()))
}
