//! `CertSerialNumber`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::certificate::{SAMPLE, hexadecimal, read};

pub(crate) static FUNCTION: Function = Function {
    name: "CertSerialNumber",
    group: Group::Certificate,
    summary: "The serial number of a certificate, in hexadecimal.",
    remarks: "",
    parameters: &[parameter("certificate", Kind::TextOrBytes)],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(cert_serial_number),
    rows: &[row_with(&[("userCertificate", &[SAMPLE])], "CertSerialNumber([userCertificate])", "\"1234ABCD\""), row("CertSerialNumber([userCertificate])", "NULL"),],
};

fn cert_serial_number<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    read(arguments, |certificate| Scalar::text(hexadecimal(certificate.raw_serial())))
}
