//! Whatever the XML holds, what is made of it is TOML, and nothing in its rules is wrong that the report does not name.

#![no_main]

use libfuzzer_sys::fuzz_target;
use madrigal_mappings::{Surroundings, import_entra, import_galsync, load};

fuzz_target!(|text: &str| {
    let imported = import_galsync(text);
    assert!(imported.toml.parse::<toml::Table>().is_ok(), "{}", imported.toml);
    let imported =
        import_entra(&[("a.xml".to_owned(), text.to_owned()), ("b.xml".to_owned(), text.to_owned())]);
    let (_, diagnostics) =
        load("entra", &[("entra.toml".to_owned(), imported.toml.clone())], &Surroundings::default());
    // What is wrong with the rules as such (modes that disagree, a scope that nothing meets) is for whoever wrote them; the
    // command shows it. Their form is ours.
    let form = [
        "MDR-R001", "MDR-R002", "MDR-R003", "MDR-R013", "MDR-R014", "MDR-R015", "MDR-R016", "MDR-R017",
        "MDR-R024",
    ];
    let errors: Vec<String> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error() && form.contains(&diagnostic.code))
        .map(ToString::to_string)
        .collect();
    assert!(errors.is_empty(), "{}\n{}", imported.toml, errors.join("\n"));
});
