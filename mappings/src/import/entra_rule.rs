//! One exported rule of Entra Connect, and what becomes of it here.

use std::collections::BTreeSet;

use roxmltree::Node;

use super::entra::{attributes_of, child};
use super::report::{Imported, Taken};
use super::toml_text::{key, list, string};
use crate::diagnostic::Diagnostic;
use crate::rows::compile_expression;
use crate::rules::clause_expression;

pub(super) struct EntraRule {
    pub(super) name: String,
    pub(super) inbound: bool,
    pub(super) precedence: u32,
    pub(super) mappings: Vec<Mapping>,
    description: String,
    cloud: bool,
    disabled: bool,
    source_type: String,
    target_type: String,
    link: String,
    /// Groups of clauses: attribute, operator, value.
    scope: Vec<Vec<[String; 3]>>,
    /// Groups of pairs: the object's attribute, the other's.
    joins: Vec<Vec<[String; 2]>>,
}

pub(super) struct Mapping {
    pub(super) destination: String,
    pub(super) expression: String,
    merge: bool,
    once: bool,
}

impl EntraRule {
    /// Reads the rule of a file. What can be nothing but a mistake is left out, and said.
    pub(super) fn read(rule: Node<'_, '_>, file: &str, imported: &mut Imported) -> Self {
        let below = |name: &'static str| {
            rule.children().filter(move |node| node.has_tag_name(name)).flat_map(|node| node.children())
        };
        let conditions = |name| below(name).filter(|node: &Node<'_, '_>| node.has_tag_name("conditions"));
        let given = child(rule, "name");
        let name = if given.is_empty() { file.to_owned() } else { given.to_owned() };
        let precedence = child(rule, "precedence");
        if precedence.parse::<u32>().is_err() {
            let because = "it is no number that a rule can have; 1000 is written";
            imported.note(Taken::Changed, &name, format!("precedence {precedence}"), because);
        }
        let direction = child(rule, "direction");
        if !matches!(direction, "Inbound" | "Outbound") {
            let because = "it is neither Inbound nor Outbound; the rule is taken as one out";
            imported.note(Taken::Changed, &name, format!("direction {direction}"), because);
        }
        let mut mappings: Vec<Mapping> = Vec::new();
        for node in below("attribute-mappings").filter(|node| node.has_tag_name("mapping")) {
            let mapping = Mapping::read(node);
            let known =
                mappings.iter().any(|known| known.destination.eq_ignore_ascii_case(&mapping.destination));
            match mapping.fault().or(known.then(|| "the rule writes it twice; the first is taken".to_owned()))
            {
                None => mappings.push(mapping),
                Some(fault) => {
                    let what = format!("{} from {}", mapping.destination, mapping.expression);
                    imported.note(Taken::Unreadable, &name, what, fault);
                }
            }
        }
        Self {
            inbound: direction == "Inbound",
            precedence: precedence.parse().unwrap_or(1000),
            mappings,
            description: child(rule, "description").to_owned(),
            cloud: name.contains("AAD") || child(rule, "immutable-tag").contains("AAD"),
            disabled: child(rule, "disabled").eq_ignore_ascii_case("true"),
            source_type: child(rule, "sourceObjectType").to_owned(),
            target_type: child(rule, "targetObjectType").to_owned(),
            link: child(rule, "linkType").to_owned(),
            scope: conditions("synchronizationCriteria")
                .map(|group| {
                    let clauses = group.children().filter(|node| node.has_tag_name("scope"));
                    clauses
                        .map(|clause| {
                            ["csAttribute", "csOperator", "csValue"]
                                .map(|part| child(clause, part).to_owned())
                        })
                        .collect()
                })
                .collect(),
            joins: conditions("relationshipCriteria")
                .map(|group| {
                    let pairs = group.children().filter(|node| node.has_tag_name("condition"));
                    pairs
                        .map(|pair| ["csAttribute", "ilmAttribute"].map(|part| child(pair, part).to_owned()))
                        .collect()
                })
                .collect(),
            name,
        }
    }

    /// The attributes that the rule reads.
    pub(super) fn reads(&self) -> BTreeSet<String> {
        let flows = self.mappings.iter().flat_map(|mapping| attributes_of(&mapping.expression));
        let clauses = self.scope.iter().flatten().map(|[attribute, ..]| attribute.clone());
        flows.chain(clauses).filter(|name| !name.is_empty()).collect()
    }

    /// The neutral attributes that its joins match with.
    pub(super) fn matches(&self) -> impl Iterator<Item = String> {
        let single = self.joins.iter().filter(|group| group.len() == 1).flatten();
        single.map(|[_, theirs]| theirs.clone()).filter(|name| !name.is_empty())
    }

    /// The rule as ours, and what had to be changed; none where nothing here corresponds to it.
    pub(super) fn to_toml(&self, imported: &mut Imported) -> Option<String> {
        if self.disabled {
            imported.note(Taken::NoCounterpart, &self.name, "the rule", "it is disabled");
            return None;
        }
        let (from, to) =
            (self.object_type(&self.source_type, imported)?, self.object_type(&self.target_type, imported)?);
        // A person stands between the directories: on the other side of each rule.
        let (directory, neutral) = if self.inbound { (from, to) } else { (to, from) };
        if directory == "person" || neutral == "user" {
            let direction = if self.inbound { "in" } else { "out" };
            let because = format!("no rule {direction} goes from {from} to {to}");
            imported.note(Taken::NoCounterpart, &self.name, "the rule", because);
            return None;
        }
        if let Some((clause, fault)) = self.scope_fault() {
            let because = format!("{fault}; without this clause it would take objects that it is not for");
            imported.note(
                Taken::NoCounterpart,
                &self.name,
                format!("the rule, for its scope {clause}"),
                because,
            );
            return None;
        }
        let direction = if self.inbound { "in" } else { "out" };
        let connector = if self.cloud { "microsoft-365" } else { "active-directory" };
        let link = match self.link.as_str() {
            "Provision" => "provision",
            "StickyJoin" => "sticky-join",
            _ => "join",
        };
        let mut text = format!("[[rule]]\nname = {}\n", string(&self.name));
        if !self.description.is_empty() {
            text.push_str(&format!("description = {}\n", string(&self.description)));
        }
        text.push_str(&format!(
            "direction = \"{direction}\"\nconnectors = [\"{connector}\"]\nfrom = \"{from}\"\nto = \"{to}\"\nlink = \"{link}\"\nprecedence = {}\n",
            self.precedence
        ));
        imported.exactly += 1;
        self.write_scope(&mut text, imported);
        self.write_joins(&mut text, imported);
        self.write_flows(&mut text, imported);
        Some(text)
    }

    fn object_type(&self, theirs: &str, imported: &mut Imported) -> Option<&'static str> {
        match theirs {
            "user" => Some("user"),
            "inetOrgPerson" => {
                imported.note(
                    Taken::Changed,
                    &self.name,
                    "inetOrgPerson",
                    "directories' inetOrgPerson and user are one type here",
                );
                Some("user")
            }
            "contact" => Some("contact"),
            "group" => Some("group"),
            "person" => Some("person"),
            other => {
                let because = "only users, contacts and groups take part here";
                imported.note(Taken::NoCounterpart, &self.name, format!("the rule, for {other}"), because);
                None
            }
        }
    }

    /// The first clause that cannot be used, and why.
    fn scope_fault(&self) -> Option<(String, String)> {
        self.scope.iter().flatten().find_map(|[attribute, operator, value]| {
            let fault = clause_fault(attribute, operator, value)?;
            Some((format!("{attribute} {operator} {value}").trim().to_owned(), fault))
        })
    }

    fn write_scope(&self, text: &mut String, imported: &mut Imported) {
        let mut groups = Vec::new();
        for group in &self.scope {
            let mut clauses = Vec::new();
            for [attribute, operator, value] in group {
                clauses.push(format!(
                    "{{ attribute = {}, operator = {}, value = {} }}",
                    string(attribute),
                    string(operator),
                    string(value)
                ));
                imported.exactly += 1;
            }
            if !clauses.is_empty() {
                groups.push(format!("  [{}],\n", clauses.join(", ")));
            }
        }
        if !groups.is_empty() {
            text.push_str(&format!("\n[[rule.scope]]\nany = [\n{}]\n", groups.concat()));
        }
    }

    fn write_joins(&self, text: &mut String, imported: &mut Imported) {
        for group in &self.joins {
            match group.as_slice() {
                [] => {}
                _ if !self.inbound => {
                    let because =
                        "our objects in a target are known by their stamp, not found again by a join";
                    imported.note(Taken::NoCounterpart, &self.name, join_shown(group), because);
                }
                [[own, theirs]]
                    if theirs.is_empty() || compile_expression(&format!("[{own}]"), "").is_err() =>
                {
                    let because = "a join needs an attribute on both sides";
                    imported.note(Taken::Unreadable, &self.name, join_shown(group), because);
                }
                [[own, theirs]] => {
                    let name = format!("{own} = {theirs}");
                    text.push_str(&format!(
                        "\n[[rule.join]]\nname = {}\nown = {}\ntheirs = {}\n",
                        string(&name),
                        string(&format!("[{own}]")),
                        string(theirs)
                    ));
                    imported.exactly += 1;
                }
                _ => {
                    let because = "a join group here matches one attribute";
                    imported.note(Taken::NoCounterpart, &self.name, join_shown(group), because);
                }
            }
        }
    }

    fn write_flows(&self, text: &mut String, imported: &mut Imported) {
        let mut tables: [(&str, String); 3] =
            [("set", String::new()), ("merge", String::new()), ("initial", String::new())];
        for mapping in &self.mappings {
            if mapping.destination == "dn" && !self.inbound {
                self.write_name(mapping, text, imported);
                continue;
            }
            let table = match (mapping.merge, mapping.once) {
                (true, _) => 1,
                (_, true) => 2,
                _ => 0,
            };
            if mapping.merge {
                let because = "merged by the attribute's own matching rule";
                imported.note(
                    Taken::Changed,
                    &self.name,
                    format!("merge of {}", mapping.destination),
                    because,
                );
            } else if mapping.once {
                let because = "written at creation only";
                imported.note(
                    Taken::Changed,
                    &self.name,
                    format!("apply once to {}", mapping.destination),
                    because,
                );
            } else {
                imported.exactly += 1;
            }
            if let Some((_, lines)) = tables.get_mut(table) {
                lines.push_str(&format!("{} = {}\n", key(&mapping.destination), string(&mapping.expression)));
            }
        }
        for (table, lines) in tables {
            if !lines.is_empty() {
                text.push_str(&format!("\n[rule.{table}]\n{lines}"));
            }
        }
    }

    /// `dn = "CN={" & …`: here a name is a candidate without its type.
    fn write_name(&self, mapping: &Mapping, text: &mut String, imported: &mut Imported) {
        match mapping.expression.strip_prefix("\"CN=") {
            Some(rest) => {
                text.push_str(&format!(
                    "\n[rule.rdn]\ncandidates = {}\n",
                    list([format!("\"{rest}").as_str()])
                ));
                imported.note(
                    Taken::Changed,
                    &self.name,
                    "dn",
                    "the name stands under [rule.rdn], without CN=",
                );
            }
            None => {
                let because = "a name here is a value of the RDN, not a whole DN";
                imported.note(
                    Taken::NoCounterpart,
                    &self.name,
                    format!("dn = {}", mapping.expression),
                    because,
                );
            }
        }
    }
}

impl Mapping {
    /// Why nothing can be made of the mapping.
    fn fault(&self) -> Option<String> {
        if self.destination.is_empty() {
            return Some("it names no attribute to write".to_owned());
        }
        let found = compile_expression(&self.expression, "").err()?;
        let error = found.into_iter().find(Diagnostic::is_error)?;
        Some(format!("{} {}", error.code, error.message))
    }

    fn read(mapping: Node<'_, '_>) -> Self {
        let source = mapping.children().find(|node| node.has_tag_name("src"));
        let attribute = source.map_or("", |source| child(source, "attr"));
        let expression = child(mapping, "expression");
        let expression = if !expression.is_empty() {
            expression.to_owned()
        } else if attribute.is_empty() {
            constant(source.and_then(|source| source.text()).unwrap_or("").trim())
        } else {
            format!("[{attribute}]")
        };
        Self {
            destination: child(mapping, "dest").to_owned(),
            expression,
            merge: child(mapping, "valueMergeType").starts_with("Merge"),
            once: mapping.attribute("execute-once").is_some_and(|once| once.eq_ignore_ascii_case("true")),
        }
    }
}

/// A constant as an expression.
fn constant(text: &str) -> String {
    match text {
        "True" | "False" => text.to_owned(),
        _ => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

/// Why a clause cannot be used.
fn clause_fault(attribute: &str, operator: &str, value: &str) -> Option<String> {
    let expression = match clause_expression(attribute, operator, value) {
        Ok(expression) => expression,
        Err((message, _)) => return Some(message),
    };
    let found = compile_expression(&expression, "").err()?;
    let error = found.into_iter().find(Diagnostic::is_error)?;
    Some(format!("{} {}", error.code, error.message))
}

fn join_shown(group: &[[String; 2]]) -> String {
    let pairs: Vec<String> = group.iter().map(|[own, theirs]| format!("{own} = {theirs}")).collect();
    format!("join {}", pairs.join(" and "))
}
