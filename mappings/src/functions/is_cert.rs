//! `IsCert`.

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::certificate::{SAMPLE, with_certificate};
use crate::codes;
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::Scalar;
use crate::types::Type;

pub(crate) static FUNCTION: Function = Function {
    name: "IsCert",
    group: Group::Certificate,
    summary: "Whether octets, or base64, are a certificate.",
    remarks: "",
    parameters: &[parameter("certificate", Kind::TextOrBytes)],
    result: Type::Boolean,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::EachOrNull(is_cert),
    rows: &[
        row_with(&[("userCertificate", &[SAMPLE])], "IsCert([userCertificate])", "True"),
        row("IsCert(\"x\")", "False"),
        row_with(&[("objectGUID", &["0x0102"])], "IsCert([objectGUID])", "False"),
        row("IsCert(NULL)", "False"),
        row_with(
            &[("userCertificate", &["<large 1500>"])],
            "IsCert([userCertificate])",
            "MDR-R108: these octets are kept outside the entry and cannot be looked into here",
        ),
    ],
};

fn is_cert<'a>(arguments: Arguments<'_, 'a>, _: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    match with_certificate(arguments, |_| ()) {
        // Nobody can say of octets that are not here.
        Err(failure) if failure.is(codes::KEPT_ELSEWHERE) => Err(failure),
        read => Ok(Scalar::Boolean(read.is_ok())),
    }
}
