//! `CertFriendlyName`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::certificate::{SAMPLE, read};

pub(crate) static FUNCTION: Function = Function {
    name: "CertFriendlyName",
    group: Group::Certificate,
    summary: "The name that Windows keeps beside a certificate.",
    remarks: "It is no part of a certificate, so there is none.",
    parameters: &[parameter("certificate", Kind::TextOrBytes)],
    result: Type::Text,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Each(cert_friendly_name),
    rows: &[row_with(&[("userCertificate", &[SAMPLE])], "CertFriendlyName([userCertificate])", "NULL"), row("CertFriendlyName([userCertificate])", "NULL"),],
};

fn cert_friendly_name<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    read(arguments, |_| Scalar::Null)
}
