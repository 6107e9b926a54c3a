//! GALSync's configuration (`GALSync.xml`) to a `madrigal.toml`.

use std::collections::BTreeSet;

use roxmltree::{Document, Node};

use super::entra::child;
use super::report::{Imported, Taken};
use super::toml_text::{key, list, string};

/// The configuration of GALSync to ours: a connector for each management agent, and a share from each to all others.
#[must_use]
pub fn import_galsync(text: &str) -> Imported {
    let mut imported = Imported::default();
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            imported.note(Taken::Unreadable, "GALSync.xml", "the file", format!("it is no XML: {error}"));
            return imported;
        }
    };
    let agents: Vec<Node<'_, '_>> =
        document.descendants().filter(|node| node.has_tag_name("galma")).collect();
    if agents.is_empty() {
        imported.note(Taken::Unreadable, "GALSync.xml", "the file", "it has no galsync-mas/galma element");
    }
    let names: Vec<String> =
        agents.iter().map(|agent| agent.attribute("name").unwrap_or("").to_owned()).collect();
    let connectors = connector_names(&names);
    imported.toml.push_str("# From GALSync.xml. Fill in url, bind and domains: the management agents' own configuration holds them.\n");
    for (agent, (name, connector)) in agents.iter().zip(names.iter().zip(&connectors)) {
        connector_toml(*agent, name, connector, &mut imported);
    }
    for (connector, agent) in connectors.iter().zip(&names) {
        let others: Vec<&str> =
            connectors.iter().filter(|other| *other != connector).map(String::as_str).collect();
        if others.is_empty() {
            imported.note(
                Taken::NoCounterpart,
                agent,
                "sharing",
                "there is no second directory to share with",
            );
            continue;
        }
        imported.toml.push_str(&format!(
            "\n[[share]]\nfrom = {}\nto = {}\nrules = \"galsync\"\n",
            string(connector),
            list(others)
        ));
    }
    imported
}

fn connector_toml(agent: Node<'_, '_>, name: &str, connector: &str, imported: &mut Imported) {
    let mut toml = format!("\n[connector.{}]\ntype = \"active-directory\"\n", key(connector));
    if connector != name {
        imported.note(Taken::Changed, name, "the name", format!("the connector is called {connector}"));
    }
    let mut known = Vec::new();
    let target = child(agent, "target-ou");
    if target.is_empty() {
        let because =
            "it is not given, and without it no contact can be kept there: add container = \"OU=…\"";
        imported.note(Taken::NoCounterpart, name, "target-ou", because);
    } else {
        toml.push_str(&format!("container = {}\n", string(target)));
        imported.exactly += 1;
    }
    for (element, item, ours) in
        [("source-contact-ous", "ou", "source-contacts"), ("smtp-mail-domains", "domain", "mail-domains")]
    {
        let values = values(agent, element, item);
        if !values.is_empty() {
            let bare = values
                .iter()
                .map(|value| if item == "domain" { value.trim_start_matches('@') } else { value });
            toml.push_str(&format!("{ours} = {}\n", list(bare)));
            imported.exactly += 1;
        }
    }
    for (element, ours) in
        [("mail-routing", "mail-routing"), ("cross-forest-delegation", "cross-forest-delegation")]
    {
        let value = child(agent, element);
        if !value.is_empty() {
            let on = matches!(value.to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "enabled");
            toml.push_str(&format!("{ours} = {on}\n"));
            imported.exactly += 1;
        }
    }
    let group = child(agent, "admin-group");
    if !group.is_empty() {
        toml.push_str(&format!("administrative-group = {}\n", string(group)));
        imported.exactly += 1;
    }
    let contact_type = child(agent, "contact-type");
    if !contact_type.is_empty() {
        let because = "contacts of the source containers are published as what they are";
        imported.note(Taken::NoCounterpart, name, format!("contact-type {contact_type}"), because);
    }
    known.extend([
        "target-ou",
        "source-contact-ous",
        "smtp-mail-domains",
        "mail-routing",
        "cross-forest-delegation",
        "admin-group",
        "contact-type",
    ]);
    for element in agent.children().filter(Node::is_element) {
        let tag = element.tag_name().name();
        if !known.contains(&tag) {
            let what = format!("{tag} {}", element.text().unwrap_or("").trim());
            imported.note(
                Taken::NoCounterpart,
                name,
                what.trim(),
                "no setting here is known to correspond to it",
            );
        }
    }
    imported.toml.push_str(&toml);
}

fn values<'a>(agent: Node<'a, '_>, element: &str, item: &str) -> Vec<&'a str> {
    agent
        .children()
        .filter(|node| node.has_tag_name(element))
        .flat_map(|node| node.children())
        .filter(|node| node.has_tag_name(item))
        .filter_map(|node| node.text())
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .collect()
}

/// The agents' names as connectors': small letters, digits and hyphens; of two that would be alike one gets a number.
fn connector_names(agents: &[String]) -> Vec<String> {
    let mut known = BTreeSet::new();
    let free = |agent: &String| {
        let name = connector_name(agent);
        let numbered = (2..).map(|number: u32| format!("{name}-{number}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|free| !known.contains(free));
        let free = free.unwrap_or_default();
        known.insert(free.clone());
        free
    };
    agents.iter().map(free).collect()
}

fn connector_name(name: &str) -> String {
    let mut connector = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_alphanumeric() {
            connector.push(c);
        } else if !connector.is_empty() && !connector.ends_with('-') {
            connector.push('-');
        }
    }
    let connector = connector.trim_end_matches('-');
    if connector.is_empty() { "directory".to_owned() } else { connector.to_owned() }
}
