//! `CertThumbprint`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::certificate::{SAMPLE, sha1_of};

pub(crate) static FUNCTION: Function = Function {
    name: "CertThumbprint",
    group: Group::Certificate,
    summary: "The SHA-1 hash of a certificate, in hexadecimal.",
    remarks: "",
    parameters: &[parameter("certificate", Kind::TextOrBytes)],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(cert_thumbprint),
    rows: &[row_with(&[("userCertificate", &[SAMPLE])], "CertThumbprint([userCertificate])", "\"BDFAF02A996BA6D43F8DAF2DCF7CA5D86612C1CD\""), row("CertThumbprint([userCertificate])", "NULL"),],
};

fn cert_thumbprint<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    Ok(Scalar::text(sha1_of(arguments)?))
}
