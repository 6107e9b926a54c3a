//! `CertExtensionOids`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Operand, Scalar};
use crate::types::{Count, Type};
use crate::certificate::{SAMPLE, with_certificate};

pub(crate) static FUNCTION: Function = Function {
    name: "CertExtensionOids",
    group: Group::Certificate,
    summary: "The object identifiers of the critical extensions of a certificate.",
    remarks: "",
    parameters: &[parameter("certificate", Kind::TextOrBytes)],
    result: Type::Text,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Whole(cert_extension_oids, Count::Many),
    rows: &[row_with(&[("userCertificate", &[SAMPLE])], "CertExtensionOids([userCertificate])", "{\"2.5.29.19\", \"2.5.29.15\"}"), row("CertExtensionOids([userCertificate])", "NULL"),],
};

fn cert_extension_oids<'a>(operands: &[Operand<'a>], _: &mut Evaluation<'a>) -> Result<Operand<'a>, Failure> {
    let Some(value) = operands.first().and_then(Operand::single).filter(|value| !value.is_null()) else {
        return Ok(Operand::NULL);
    };
    with_certificate(Arguments(std::slice::from_ref(value)), |certificate| {
        let critical = certificate.extensions().iter().filter(|extension| extension.critical);
        Operand::list(critical.map(|extension| Scalar::text(extension.oid.to_id_string())).collect())
    })
}
