//! `CertSignatureAlgorithmOid`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::certificate::{SAMPLE, read};

pub(crate) static FUNCTION: Function = Function {
    name: "CertSignatureAlgorithmOid",
    group: Group::Certificate,
    summary: "The object identifier of the algorithm by which a certificate was signed.",
    remarks: "",
    parameters: &[parameter("certificate", Kind::TextOrBytes)],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(cert_signature_algorithm_oid),
    rows: &[row_with(&[("userCertificate", &[SAMPLE])], "CertSignatureAlgorithmOid([userCertificate])", "\"1.2.840.10045.4.3.2\""), row("CertSignatureAlgorithmOid([userCertificate])", "NULL"),],
};

fn cert_signature_algorithm_oid<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    read(arguments, |certificate| Scalar::text(certificate.signature_algorithm.algorithm.to_id_string()))
}
