//! Any text is a distinguished name or an error, and a name's parts are those of its normal form.

#![no_main]

use libfuzzer_sys::fuzz_target;
use madrigal_model::DistinguishedName;

fuzz_target!(|text: &str| {
    let any = DistinguishedName::from_directory(text);
    let _ = (any.normalized(), any.parent(), any.rdn_value(), any.is_within(&any));
    if let Ok(name) = DistinguishedName::parse(text) {
        let normal = DistinguishedName::from_directory(&name.normalized());
        assert!(name.same_as(&normal), "{name} | {normal}");
        assert_eq!(name.rdns().len(), normal.rdns().len());
    }
});
