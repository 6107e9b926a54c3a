//! `CertKeyAlgorithmParams`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::certificate::{SAMPLE, parameters_shown, read};

pub(crate) static FUNCTION: Function = Function {
    name: "CertKeyAlgorithmParams",
    group: Group::Certificate,
    summary: "The parameters of the algorithm of the key in a certificate, in hexadecimal.",
    remarks: "",
    parameters: &[parameter("certificate", Kind::TextOrBytes)],
    result: Type::Text,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Each(cert_key_algorithm_params),
    rows: &[row_with(&[("userCertificate", &[SAMPLE])], "CertKeyAlgorithmParams([userCertificate])", "\"06082A8648CE3D030107\""), row("CertKeyAlgorithmParams([userCertificate])", "NULL"),],
};

fn cert_key_algorithm_params<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    read(arguments, |certificate| parameters_shown(certificate).map_or(Scalar::Null, Scalar::text))
}
