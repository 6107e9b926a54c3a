//! An entry of a directory, whatever it was read from.

/// A directory entry: its name and its attributes, values as bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DirectoryEntry {
    /// Distinguished name.
    pub distinguished_name: String,
    attributes: Vec<(String, Vec<Vec<u8>>)>,
}

impl DirectoryEntry {
    /// An entry without attributes.
    pub fn new(distinguished_name: impl Into<String>) -> Self {
        Self { distinguished_name: distinguished_name.into(), attributes: Vec::new() }
    }

    /// Adds a value. Attribute names have no case; options after a semicolon (`;binary`) are dropped.
    pub fn add(&mut self, attribute: &str, value: impl Into<Vec<u8>>) {
        let name = attribute.split(';').next().unwrap_or_default();
        let known = self.attributes.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name));
        match known {
            Some((_, values)) => values.push(value.into()),
            None => self.attributes.push((name.to_ascii_lowercase(), vec![value.into()])),
        }
    }

    /// The same with one more value, for building entries in place.
    #[must_use]
    pub fn with(mut self, attribute: &str, value: impl Into<Vec<u8>>) -> Self {
        self.add(attribute, value);
        self
    }

    /// The attributes with their values, names in lower case.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&str, &[Vec<u8>])> {
        self.attributes.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }

    /// The values of an attribute, given in lower case; none when it is absent.
    pub fn values(&self, attribute: &str) -> &[Vec<u8>] {
        self.attributes.iter().find(|(name, _)| name == attribute).map_or(&[], |(_, values)| values)
    }

    /// The first value of an attribute as text, if there is one, it is UTF-8 and not empty.
    pub fn text(&self, attribute: &str) -> Option<&str> {
        let text = std::str::from_utf8(self.values(attribute).first()?).ok()?.trim();
        (!text.is_empty()).then_some(text)
    }

    /// All values of an attribute that are UTF-8 and not empty.
    pub fn texts(&self, attribute: &str) -> impl Iterator<Item = &str> {
        let texts = self.values(attribute).iter().filter_map(|value| std::str::from_utf8(value).ok());
        texts.map(str::trim).filter(|text| !text.is_empty())
    }
}
