//! `CertNameInfo`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};
use crate::certificate::{SAMPLE, name_info, read};

pub(crate) static FUNCTION: Function = Function {
    name: "CertNameInfo",
    group: Group::Certificate,
    summary: "A name of the subject or the issuer of a certificate.",
    remarks: "",
    parameters: &[parameter("certificate", Kind::TextOrBytes), parameter("kind", Kind::Option(&["SimpleName", "EmailName", "UpnName", "DnsName", "DnsFromAlternativeName", "UrlName"])), parameter("ofIssuer", Kind::Value(Type::Boolean))],
    result: Type::Text,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Each(cert_name_info),
    rows: &[row_with(&[("userCertificate", &[SAMPLE])], "CertNameInfo([userCertificate], SimpleName, False)", "\"Anna Berg\""), row_with(&[("userCertificate", &[SAMPLE])], "CertNameInfo([userCertificate], EmailName, False)", "\"anna@abc.example\""), row_with(&[("userCertificate", &[SAMPLE])], "CertNameInfo([userCertificate], UpnName, False)", "\"anna@upn.example\""), row_with(&[("userCertificate", &[SAMPLE])], "CertNameInfo([userCertificate], DnsName, False)", "\"anna.abc.example\""), row_with(&[("userCertificate", &[SAMPLE])], "CertNameInfo([userCertificate], DnsFromAlternativeName, False)", "\"anna.abc.example\""), row_with(&[("userCertificate", &[SAMPLE])], "CertNameInfo([userCertificate], UrlName, False)", "\"https://abc.example/anna\""), row_with(&[("userCertificate", &[SAMPLE])], "CertNameInfo([userCertificate], SimpleName, True)", "\"Anna Berg\""),],
};

fn cert_name_info<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let kind = arguments.text(1)?.clone();
    let of_issuer = arguments.get(2).truth()? == Some(true);
    read(arguments, |certificate| {
        name_info(certificate, &kind, of_issuer).map_or(Scalar::Null, Scalar::text)
    })
}
