# Sourced by what judges the command (bash): `madrigal` is the binary, of this tree unless MADRIGAL names another.
madrigal=${MADRIGAL:-}
if [[ -z $madrigal ]]; then
    cargo build --quiet --bin madrigal
    madrigal=$(realpath "${CARGO_TARGET_DIR:-target}")/debug/madrigal
fi
