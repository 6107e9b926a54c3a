//! Whether the container for contacts lies where a file says that things lie.

use std::collections::BTreeSet;

use madrigal_mappings::nearest;
use madrigal_model::{AttributeName, DistinguishedName, Entry};

/// So many domains are told.
const DOMAINS_TOLD: usize = 3;

/// What the objects of a directory say of a container, gathered as they are read.
pub(super) struct Container {
    dn: DistinguishedName,
    is_there: bool,
    /// Whether something lies below it.
    is_used: bool,
    /// The organizational units and containers that are there.
    known: BTreeSet<String>,
    /// The domains that objects lie in.
    domains: BTreeSet<String>,
}

impl Container {
    pub(super) fn new(dn: &DistinguishedName) -> Self {
        let (known, domains) = (BTreeSet::new(), BTreeSet::new());
        Self { dn: dn.clone(), is_there: false, is_used: false, known, domains }
    }

    pub(super) fn see(&mut self, dn: &DistinguishedName, entry: &Entry) {
        if dn.same_as(&self.dn) {
            self.is_there = true;
        } else if dn.is_within(&self.dn) {
            self.is_used = true;
        }
        let Some(class) = AttributeName::known("objectClass") else { return };
        let classes = entry.get(class);
        if classes.iter().filter_map(|class| class.as_text()).any(is_container) {
            self.known.insert(dn.as_str().to_owned());
        }
        if self.domains.len() <= DOMAINS_TOLD {
            self.domains.extend(dn.domain().map(|domain| domain.to_lowercase()));
        }
    }

    /// Whether all is well, and the words for it.
    pub(super) fn finding(&self) -> (bool, String) {
        let dn = &self.dn;
        if dn.as_str().is_empty() {
            return (false, "the container is empty: say where contacts should lie".to_owned());
        }
        if self.is_there || self.is_used {
            return (true, format!("the container {dn} is there"));
        }
        let domain = dn.domain().map(|domain| domain.to_lowercase());
        if !self.domains.is_empty() && domain.is_none_or(|domain| !self.domains.contains(&domain)) {
            let domains: Vec<&str> = self.domains.iter().take(DOMAINS_TOLD).map(String::as_str).collect();
            return (
                false,
                format!(
                    "the container {dn} lies in another directory: what can be read lies in {}",
                    domains.join(", ")
                ),
            );
        }
        if self.known.is_empty() {
            return (
                true,
                format!("whether the container {dn} is there cannot be told: the file shows no containers"),
            );
        }
        let near = nearest(dn.as_str(), self.known.iter().map(String::as_str));
        let near = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        (false, format!("the container {dn} is not there{near}"))
    }
}

fn is_container(class: &str) -> bool {
    ["organizationalUnit", "container", "organization"].iter().any(|known| class.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_that_is_not_where_it_should_be() {
        let class = AttributeName::known("objectClass").unwrap();
        let check = |container: &str, objects: &[(&str, &str)], fine: bool, words: &str| {
            let mut seen = Container::new(&DistinguishedName::from_directory(container));
            for (dn, classes) in objects {
                let entry = Entry::from_values([(class, [*classes])]);
                seen.see(&DistinguishedName::from_directory(dn), &entry);
            }
            let (is_fine, told) = seen.finding();
            assert_eq!(is_fine, fine, "{container}: {told}");
            assert!(told.contains(words), "{container}: {told}");
        };
        let unit = ("OU=Contacts,DC=abc,DC=example", "organizationalUnit");
        let user = ("CN=Jed,OU=People,DC=abc,DC=example", "user");
        check("OU=Contacts,DC=abc,DC=example", &[unit, user], true, "is there");
        check("ou=contacts,dc=ABC,dc=example", &[unit], true, "is there");
        check("OU=Contact,DC=abc,DC=example", &[unit, user], false, "did you mean OU=Contacts,DC=abc");
        check("OU=Else,DC=abc,DC=example", &[unit], false, "is not there");
        check("OU=People,DC=abc,DC=example", &[user], true, "is there");
        check("OU=Contacts,DC=xyz,DC=example", &[unit, user], false, "what can be read lies in abc.example");
        check("OU=Contacts,DC=abc,DC=example", &[user], true, "cannot be told");
        check("OU=Contacts,DC=abc,DC=example", &[], true, "cannot be told");
        check("", &[user], false, "is empty");
    }
}
