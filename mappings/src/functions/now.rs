//! `Now`.

use super::{Arguments, Call, Function, Group, Purity, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "Now",
    group: Group::DateAndTime,
    summary: "The time of the run.",
    remarks: "The same for all objects of a run, in UTC. Refused in enforced flows.",
    parameters: &[],
    result: Type::Time,
    may_be_null: false,
    purity: Purity::Clock,
    call: Call::Each(now),
    rows: &[row("Now()", "2026-11-21 12:00:00"), row("FormatDateTime(Now(), \"yyyy\")", "\"2026\""),],
};

fn now<'a>(_: Arguments<'_, 'a>, evaluation: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let millis = evaluation.environment.now.as_millis();
    jiff::Timestamp::from_millisecond(millis)
        .map(Scalar::Time)
        .map_err(|_| Failure::not_convertible("time", &millis.to_string()))
}
