//! Any octets are a message, a control's value, a watermark, a security descriptor, or an error: never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| madrigal_ldap::take_apart(octets));
