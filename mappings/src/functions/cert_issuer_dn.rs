//! `CertIssuerDN`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::certificate::{SAMPLE, name_shown, read};

pub(crate) static FUNCTION: Function = Function {
    name: "CertIssuerDN",
    group: Group::Certificate,
    summary: "The issuer of a certificate as a distinguished name.",
    remarks: "The same as CertIssuer.",
    parameters: &[parameter("certificate", Kind::TextOrBytes)],
    result: Type::Text,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(cert_issuer_dn),
    rows: &[row_with(&[("userCertificate", &[SAMPLE])], "CertIssuerDN([userCertificate])", "\"CN=Anna Berg, O=\\\"ABC, Ltd\\\", C=DE\""), row("CertIssuerDN([userCertificate])", "NULL"),],
};

fn cert_issuer_dn<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    read(arguments, |certificate| Scalar::text(name_shown(certificate.issuer())))
}
