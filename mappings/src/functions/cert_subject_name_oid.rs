//! `CertSubjectNameOid`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::certificate::{SAMPLE, read};

pub(crate) static FUNCTION: Function = Function {
    name: "CertSubjectNameOid",
    group: Group::Certificate,
    summary: "The object identifier of the subject's name.",
    remarks: "It is no part of a certificate, so there is none.",
    parameters: &[parameter("certificate", Kind::TextOrBytes)],
    result: Type::Text,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Each(cert_subject_name_oid),
    rows: &[row_with(&[("userCertificate", &[SAMPLE])], "CertSubjectNameOid([userCertificate])", "NULL"), row("CertSubjectNameOid([userCertificate])", "NULL"),],
};

fn cert_subject_name_oid<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    read(arguments, |_| Scalar::Null)
}
