//! `CertPublicKeyOid`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::certificate::{SAMPLE, read};

pub(crate) static FUNCTION: Function = Function {
    name: "CertPublicKeyOid",
    group: Group::Certificate,
    summary: "The object identifier of the public key in a certificate.",
    remarks: "The same as CertKeyAlgorithm.",
    parameters: &[parameter("certificate", Kind::TextOrBytes)],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(cert_public_key_oid),
    rows: &[row_with(&[("userCertificate", &[SAMPLE])], "CertPublicKeyOid([userCertificate])", "\"1.2.840.10045.2.1\""), row("CertPublicKeyOid([userCertificate])", "NULL"),],
};

fn cert_public_key_oid<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    read(arguments, |certificate| Scalar::text(certificate.public_key().algorithm.algorithm.to_id_string()))
}
