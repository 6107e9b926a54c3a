//! A manifest and a history from anywhere; what was read and written again says the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use madrigal_oab::publish::{History, Manifest};

fuzz_target!(|text: &str| {
    if let Ok(manifest) = Manifest::parse(text) {
        let again = Manifest::parse(&manifest.to_xml()).expect("our own manifest is one");
        assert_eq!(manifest, again);
    }
    if let Ok(history) = History::parse(text) {
        assert_eq!(History::parse(&history.to_text()).ok(), Some(history));
    }
});
