//! `CertSubject`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::certificate::{SAMPLE, name_shown, read};

pub(crate) static FUNCTION: Function = Function {
    name: "CertSubject",
    group: Group::Certificate,
    summary: "The subject of a certificate as a distinguished name.",
    remarks: "The most specific step first, as .NET shows it.",
    parameters: &[parameter("certificate", Kind::TextOrBytes)],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(cert_subject),
    rows: &[row_with(&[("userCertificate", &[SAMPLE])], "CertSubject([userCertificate])", "\"CN=Anna Berg, O=\\\"ABC, Ltd\\\", C=DE\""), row("CertSubject([userCertificate])", "NULL"),],
};

fn cert_subject<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    read(arguments, |certificate| Scalar::text(name_shown(certificate.subject())))
}
