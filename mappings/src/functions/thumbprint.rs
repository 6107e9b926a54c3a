//! `Thumbprint`.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row, row_with};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "Thumbprint",
    group: Group::Certificate,
    summary: "The SHA-256 hash of octets.",
    remarks: "Used by shipped rules and absent from the reference: the hash is that of the key credentials that they build (MS-ADTS section 2.2.20). CertThumbprint gives a certificate's SHA-1.",
    parameters: &[parameter("octets", Kind::TextOrBytes)],
    result: Type::Bytes,
    may_be_null: false,
    purity: Purity::Pure,
    call: Call::Each(thumbprint),
    rows: &[row_with(&[("objectGUID", &["0x010203"])], "Thumbprint([objectGUID])", "0x039058C6F2C0CB492C533B0A4D14EF77CC0F78ABCCCED5287D84A1A2011CFB81"), row_with(&[("objectGUID", &["0x00"])], "Len(Thumbprint([objectGUID]))", "32"), row("Thumbprint(NULL)", "NULL"),],
};

fn thumbprint<'a>(arguments: Arguments<'_, 'a>, evaluation: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let octets = arguments.octets(0)?;
    evaluation.charge(octets.len())?;
    Ok(Scalar::Bytes(Cow::Owned(Sha256::digest(octets).to_vec())))
}
