//! `CertKeyAlgorithm`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::certificate::{SAMPLE, read};

pub(crate) static FUNCTION: Function = Function {
    name: "CertKeyAlgorithm",
    group: Group::Certificate,
    summary: "The object identifier of the algorithm of the key in a certificate.",
    remarks: "",
    parameters: &[parameter("certificate", Kind::TextOrBytes)],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(cert_key_algorithm),
    rows: &[row_with(&[("userCertificate", &[SAMPLE])], "CertKeyAlgorithm([userCertificate])", "\"1.2.840.10045.2.1\""), row("CertKeyAlgorithm([userCertificate])", "NULL"),],
};

fn cert_key_algorithm<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    read(arguments, |certificate| Scalar::text(certificate.public_key().algorithm.algorithm.to_id_string()))
}
