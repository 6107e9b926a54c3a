//! Whatever the XML holds, what is made of it is TOML, and nothing in its rules is wrong that the report does not name.

#![no_main]

use libfuzzer_sys::fuzz_target;
use madrigal_mappings::{Surroundings, import_entra, import_galsync, load};

fuzz_target!(|text: &str| {
    let imported = import_galsync(text);
    assert!(imported.toml.parse::<toml::Table>().is_ok(), "{}", imported.toml);
    let imported = import_entra(&[("a.xml".to_owned(), text.to_owned()), ("b.xml".to_owned(), text.to_owned())]);
    let (_, diagnostics) =
        load("entra", &[("entra.toml".to_owned(), imported.toml.clone())], &Surroundings::default());
    let errors: Vec<String> = diagnostics.iter().filter(|d| d.is_error()).map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{}\n{}", imported.toml, errors.join("\n"));
});
