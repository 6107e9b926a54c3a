//! Export states and unconfirmed exports as octets.

use madrigal_model::{
    Anchor, Decision, DistinguishedName, Drift, Entry, ExportState, Hidden, Hold, IndexKey, Timestamp,
    Unconfirmed, UnconfirmedState,
};

use super::plan::{put_reason, put_value, put_values, take_connector, take_reason, take_value, take_values};
use super::{Damage, Packer, Unpacker, pack_plan, unpack_plan};
use crate::sqlite::names::Names;

const UNCONFIRMED_STATES: [UnconfirmedState; 3] =
    [UnconfirmedState::Begun, UnconfirmedState::Accepted, UnconfirmedState::Refused];

/// An export state as it is read: whose, which, and the keys under which it can be found. What is pending,
/// unconfirmed and held is packed beside it.
#[derive(Debug)]
pub(in crate::sqlite) struct PackedState {
    pub(in crate::sqlite) identity: i64,
    pub(in crate::sqlite) state: ExportState,
    pub(in crate::sqlite) keys: Vec<IndexKey>,
}

/// The state of the identity with this number, without what is pending, unconfirmed and held.
pub(in crate::sqlite) fn pack_state(
    identity: i64,
    state: &ExportState,
    keys: &[IndexKey],
    names: &mut Names,
) -> Vec<u8> {
    let mut packed = Packer::with_capacity(state.baseline.packed_size() + 200);
    packed.number(identity.cast_unsigned());
    packed.number(u64::from(state.connector.0));
    packed.optional(state.anchor.as_ref().map(Anchor::as_bytes));
    packed.octets(state.dn.as_str().as_bytes());
    packed.number(state.decisions.len() as u64);
    for decision in &state.decisions {
        packed.number(u64::from(names.number(decision.attribute)));
        put_value(&mut packed, &decision.value);
        packed.fixed(&decision.inputs.to_le_bytes());
    }
    put_reason(&mut packed, state.hidden.map(|hidden| hidden.reason));
    if let Some(hidden) = state.hidden {
        packed.fixed(&hidden.since.as_millis().to_le_bytes());
    }
    packed.byte(state.came_back_different);
    packed.number(state.drifts.len() as u64);
    for drift in &state.drifts {
        packed.number(u64::from(names.number(drift.attribute)));
        put_values(&mut packed, &drift.theirs);
        packed.fixed(&drift.at.as_millis().to_le_bytes());
        packed.number(u64::from(drift.times));
    }
    packed.number(keys.len() as u64);
    keys.iter().for_each(|key| packed.fixed(&key.0.to_le_bytes()));
    packed.fixed(&names.pack_entry(&state.baseline));
    packed.seal(1)
}

/// Reads an export state.
pub(in crate::sqlite) fn unpack_state(
    packed: &mut Unpacker<'_>,
    names: &Names,
) -> Result<PackedState, Damage> {
    let mut packed = packed.present(1)?;
    let identity = packed.number()?.cast_signed();
    let mut state = ExportState::new(take_connector(&mut packed)?);
    state.anchor = packed.optional()?.map(Anchor::new);
    state.dn = DistinguishedName::from_directory(packed.text()?);
    state.decisions = (0..packed.count()?)
        .map(|_| {
            Ok(Decision {
                attribute: names.take(&mut packed)?,
                value: take_value(&mut packed)?,
                inputs: u64::from_le_bytes(packed.array()?),
            })
        })
        .collect::<Result<_, Damage>>()?;
    if let Some(reason) = take_reason(&mut packed)? {
        let since = Timestamp::from_millis(i64::from_le_bytes(packed.array()?));
        state.hidden = Some(Hidden { since, reason });
    }
    state.came_back_different = packed.byte()?;
    state.drifts = (0..packed.count()?)
        .map(|_| {
            Ok(Drift {
                attribute: names.take(&mut packed)?,
                theirs: take_values(&mut packed)?,
                at: Timestamp::from_millis(i64::from_le_bytes(packed.array()?)),
                times: u32::try_from(packed.number()?).map_err(|_| Damage("a count is too large"))?,
            })
        })
        .collect::<Result<_, Damage>>()?;
    let keys = (0..packed.count()?)
        .map(|_| packed.array().map(|key| IndexKey(i64::from_le_bytes(key))))
        .collect::<Result<_, _>>()?;
    let entry: Entry = names.unpack_entry(packed.remainder())?;
    state.baseline = entry;
    Ok(PackedState { identity, state, keys })
}

/// What a person took back; none where there is nothing.
pub(in crate::sqlite) fn pack_holds(holds: &[Hold], names: &mut Names) -> Option<Vec<u8>> {
    if holds.is_empty() {
        return None;
    }
    let mut packed = Packer::with_capacity(1000);
    packed.number(holds.len() as u64);
    for hold in holds {
        packed.number(hold.run);
        packed.fixed(&hold.at.as_millis().to_le_bytes());
        pack_plan(&mut packed, &hold.change, names);
    }
    Some(packed.seal(5))
}

/// Reads it.
pub(in crate::sqlite) fn unpack_holds(packed: &mut Unpacker<'_>, names: &Names) -> Result<Vec<Hold>, Damage> {
    let Some((mut packed, _)) = packed.sealed(5)? else { return Ok(Vec::new()) };
    let holds = 0..packed.count()?;
    holds
        .map(|_| {
            Ok(Hold {
                run: packed.number()?,
                at: Timestamp::from_millis(i64::from_le_bytes(packed.array()?)),
                change: unpack_plan(&mut packed, names)?,
            })
        })
        .collect()
}

/// An export that no import has confirmed.
pub(in crate::sqlite) fn pack_unconfirmed(unconfirmed: &Unconfirmed, names: &mut Names) -> Vec<u8> {
    let mut packed = Packer::with_capacity(1000);
    let mut next = Some(unconfirmed);
    while let Some(unconfirmed) = next {
        pack_plan(&mut packed, &unconfirmed.export, names);
        packed.number(unconfirmed.run);
        packed.fixed(&unconfirmed.at.as_millis().to_le_bytes());
        packed.number(unconfirmed.imports_complete);
        packed.byte(unconfirmed.state as u8);
        packed.fixed(&unconfirmed.since.as_millis().to_le_bytes());
        next = unconfirmed.before.as_deref();
    }
    packed.seal(2)
}

/// Reads it, where there is one.
pub(in crate::sqlite) fn unpack_unconfirmed(
    packed: &mut Unpacker<'_>,
    names: &Names,
) -> Result<Option<Unconfirmed>, Damage> {
    let Some((mut packed, _)) = packed.sealed(2)? else { return Ok(None) };
    unpack_with_those_before(&mut packed, names).map(Some)
}

/// One behind the other: the latest first.
fn unpack_with_those_before(packed: &mut Unpacker<'_>, names: &Names) -> Result<Unconfirmed, Damage> {
    let export = unpack_plan(packed, names)?;
    let run = packed.number()?;
    let at = Timestamp::from_millis(i64::from_le_bytes(packed.array()?));
    let imports_complete = packed.number()?;
    let state = packed.byte()?;
    let state = UNCONFIRMED_STATES.into_iter().find(|known| *known as u8 == state);
    let state = state.ok_or(Damage("an export is in no known state"))?;
    let mut unconfirmed = Unconfirmed { export, run, at, since: at, imports_complete, state, before: None };
    // What was stored before there were several in one ends here.
    if !packed.is_empty() {
        unconfirmed.since = Timestamp::from_millis(i64::from_le_bytes(packed.array()?));
    }
    if !packed.is_empty() {
        unconfirmed.before = Some(Box::new(unpack_with_those_before(packed, names)?));
    }
    Ok(unconfirmed)
}
