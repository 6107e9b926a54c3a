//! A rule file's TOML to raw rules. Whatever is wrong is noted with its place, and reading goes on.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::FlowMode;
use super::clause;
use super::raw::{RawCondition, RawFlow, RawJoin, RawName, RawRule, Text};
use crate::codes;
use crate::diagnostic::Finding;
use crate::nearest::nearest;
use crate::syntax::Span;

/// What a rule file says.
#[derive(Default)]
pub(crate) struct Document {
    pub(crate) extends: Option<Text>,
    pub(crate) supplied: Vec<Text>,
    pub(crate) rules: Vec<RawRule>,
    pub(crate) findings: Vec<Finding>,
}

const RULE_KEYS: &[&str] = &[
    "name",
    "description",
    "disabled",
    "direction",
    "connectors",
    "from",
    "to",
    "link",
    "precedence",
    "scope",
    "join",
    "rdn",
    "unique",
    "set",
    "merge",
    "accumulate",
    "initial",
];

/// Reads one file; `file` is its number in the load.
pub(crate) fn read(text: &str, file: usize) -> Document {
    let mut reader = Reader { file, document: Document::default() };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().map_or(Span::default(), |range| Span::new(range.start, range.end));
        reader.document.findings.push(Finding::error(
            codes::TOML,
            span,
            error.message(),
            "rule files are TOML",
        ));
    }
    if reader.document.findings.is_empty() {
        reader.file(table.get_ref());
    }
    reader.document
}

struct Reader {
    file: usize,
    document: Document,
}

type Value<'a> = Spanned<DeValue<'a>>;

fn span_of<T>(spanned: &Spanned<T>) -> Span {
    Span::new(spanned.span().start, spanned.span().end)
}

impl Reader {
    fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.document.findings.push(Finding::error(code, span, message, help));
    }

    fn unknown_key(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, owner: &str, known: &[&'static str]) {
        let name = key.get_ref();
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("{owner} has {}", known.join(", ")),
        };
        self.error(codes::UNKNOWN_KEY, span_of(key), format!("{owner} has no key {name:?}"), help);
    }

    fn wrong(&mut self, value: &Value<'_>, key: &str, wanted: &str) {
        self.error(codes::WRONG_VALUE, span_of(value), format!("{key} is {wanted}"), "");
    }

    fn file(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("extends", _) => self.document.extends = Some(self.text(value, "extends")),
                ("supplied", _) => self.document.supplied = self.texts(value, "supplied"),
                ("description", _) => drop(self.text(value, "description")),
                ("rule", DeValue::Array(rules)) => {
                    for rule in rules {
                        self.rule(rule);
                    }
                }
                ("rule", _) => self.wrong(value, "rule", "a list of tables: write [[rule]]"),
                _ => self.unknown_key(key, "a rule file", &["extends", "supplied", "description", "rule"]),
            }
        }
    }

    fn rule(&mut self, value: &Value<'_>) {
        let DeValue::Table(table) = value.get_ref() else {
            return self.wrong(value, "rule", "a table: write [[rule]]");
        };
        let mut rule = RawRule { precedence: 1000, ..RawRule::default() };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "name" => rule.name = self.text(value, "name"),
                "description" => rule.description = self.text(value, "description").value,
                "disabled" => rule.disabled = self.boolean(value, "disabled"),
                "direction" => rule.direction = self.text(value, "direction"),
                "connectors" => rule.connectors = self.texts(value, "connectors"),
                "from" => rule.from = self.texts(value, "from"),
                "to" => rule.to = self.texts(value, "to"),
                "link" => rule.link = self.text(value, "link"),
                "precedence" => rule.precedence = self.number(value, "precedence"),
                "scope" => rule.scope = self.scope(value),
                "join" => rule.joins = self.tables(value, "join", Self::join),
                "rdn" => rule.rdn = Some(self.name_rule(Text::default(), value, "rdn")),
                "unique" => rule.uniques = self.uniques(value),
                "set" => self.flows(value, FlowMode::Set, &mut rule.flows),
                "merge" => self.flows(value, FlowMode::Merge, &mut rule.flows),
                "accumulate" => self.flows(value, FlowMode::Accumulate, &mut rule.flows),
                "initial" => self.flows(value, FlowMode::Initial, &mut rule.flows),
                _ => self.unknown_key(key, "a rule", RULE_KEYS),
            }
        }
        let whole = span_of(value);
        self.require(&rule, whole);
        if rule.name.value.is_empty() {
            rule.name = Text { value: String::new(), file: self.file, span: whole };
        }
        self.document.rules.push(rule);
    }

    fn require(&mut self, rule: &RawRule, span: Span) {
        let span =
            if rule.name.value.is_empty() { Span::new(span.start, span.start + 1) } else { rule.name.span };
        let given = [
            ("name", rule.name.value.is_empty()),
            ("direction", rule.direction.value.is_empty() && !rule.disabled),
            ("from", rule.from.is_empty() && !rule.disabled),
            ("to", rule.to.is_empty() && !rule.disabled),
        ];
        for (key, missing) in given {
            if missing {
                self.error(
                    codes::WRONG_VALUE,
                    span,
                    format!("the rule has no {key}"),
                    "every rule needs name, direction, from and to",
                );
            }
        }
    }

    fn text(&mut self, value: &Value<'_>, key: &str) -> Text {
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            _ => {
                self.wrong(value, key, "text: put it in quotes");
                String::new()
            }
        };
        Text { value: text, file: self.file, span: span_of(value) }
    }

    /// One text or a list of them.
    fn texts(&mut self, value: &Value<'_>, key: &str) -> Vec<Text> {
        match value.get_ref() {
            DeValue::Array(items) => items.iter().map(|item| self.text(item, key)).collect(),
            _ => vec![self.text(value, key)],
        }
    }

    fn boolean(&mut self, value: &Value<'_>, key: &str) -> bool {
        match value.get_ref() {
            DeValue::Boolean(boolean) => *boolean,
            _ => {
                self.wrong(value, key, "true or false");
                false
            }
        }
    }

    fn number(&mut self, value: &Value<'_>, key: &str) -> u32 {
        let number = match value.get_ref() {
            DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        number.unwrap_or_else(|| {
            self.wrong(value, key, "a whole number that is not negative");
            0
        })
    }

    /// A list of tables, or one table.
    fn tables<T>(&mut self, value: &Value<'_>, key: &str, read: fn(&mut Self, &Value<'_>) -> T) -> Vec<T> {
        match value.get_ref() {
            DeValue::Array(items) => items.iter().map(|item| read(self, item)).collect(),
            DeValue::Table(_) => vec![read(self, value)],
            _ => {
                self.wrong(value, key, &format!("a list of tables: write [[rule.{key}]]"));
                Vec::new()
            }
        }
    }

    fn scope(&mut self, value: &Value<'_>) -> Vec<RawCondition> {
        match value.get_ref() {
            DeValue::String(_) => self.conditions(value),
            _ => {
                let conditions = self.tables(value, "scope", Self::conditions);
                conditions.into_iter().flatten().collect()
            }
        }
    }

    /// One table; a single group of clauses gives a condition for each clause, so that each can say why.
    fn conditions(&mut self, value: &Value<'_>) -> Vec<RawCondition> {
        let DeValue::Table(table) = value.get_ref() else {
            return vec![RawCondition { require: self.text(value, "scope"), ..RawCondition::default() }];
        };
        let mut clauses = Vec::new();
        let mut condition = RawCondition::default();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "require" => condition.require = self.text(value, "require"),
                "any" => clauses = self.clauses(value),
                "because" => condition.because = Some(self.text(value, "because").value),
                "remedy" => condition.remedy = self.text(value, "remedy").value,
                "selects" => condition.selects = self.boolean(value, "selects"),
                _ => {
                    self.unknown_key(key, "a condition", &["require", "any", "because", "remedy", "selects"])
                }
            }
        }
        let span = span_of(value);
        let file = self.file;
        let text = |expression: String| Text { value: expression, file, span };
        match clauses.as_slice() {
            [] => {}
            [only] if condition.because.is_none() => {
                let each = |(shown, expression): &(String, String)| RawCondition {
                    require: text(expression.clone()),
                    because: Some(format!("{shown} does not hold")),
                    ..condition.clone()
                };
                return only.iter().map(each).collect();
            }
            groups => {
                let expressions =
                    |group: &Vec<(String, String)>| group.iter().map(|(_, text)| text.clone()).collect();
                let groups: Vec<Vec<String>> = groups.iter().map(expressions).collect();
                condition.require = text(clause::any_of(&groups));
            }
        }
        if condition.require.value.is_empty() {
            self.wrong(value, "scope", "a table with require (an expression) or any (groups of clauses)");
            condition.require = Text { value: "True".into(), file: self.file, span: span_of(value) };
        }
        vec![condition]
    }

    /// Entra Connect's form: groups of clauses, of which one group must hold with all its clauses.
    fn clauses(&mut self, value: &Value<'_>) -> Vec<Vec<(String, String)>> {
        let mut groups = Vec::new();
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong(value, "any", "a list of groups, each a list of clauses");
            return Vec::new();
        };
        for group in items {
            match group.get_ref() {
                DeValue::Array(clauses) => {
                    groups.push(clauses.iter().filter_map(|clause| self.clause(clause)).collect());
                }
                _ => self.wrong(
                    group,
                    "a group",
                    "a list of clauses: [{ attribute = …, operator = …, value = … }]",
                ),
            }
        }
        groups
    }

    /// A clause as it is shown, and as an expression.
    fn clause(&mut self, value: &Value<'_>) -> Option<(String, String)> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong(value, "a clause", "a table: { attribute = …, operator = …, value = … }");
            return None;
        };
        let (mut attribute, mut operator, mut operand) = (Text::default(), Text::default(), Text::default());
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "attribute" => attribute = self.text(value, "attribute"),
                "operator" => operator = self.text(value, "operator"),
                "value" => operand = self.text(value, "value"),
                _ => self.unknown_key(key, "a clause", &["attribute", "operator", "value"]),
            }
        }
        match clause::expression(&attribute.value, &operator.value, &operand.value) {
            Ok(expression) => {
                let shown = format!("{} {} {}", attribute.value, operator.value, operand.value);
                Some((shown.trim_end().to_owned(), expression))
            }
            Err((message, help)) => {
                let span = if operator.value.is_empty() { span_of(value) } else { operator.span };
                self.error(codes::WRONG_CLAUSE, span, message, help);
                None
            }
        }
    }

    fn join(&mut self, value: &Value<'_>) -> RawJoin {
        let mut join = RawJoin::default();
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong(value, "join", "a table with name, own and theirs");
            return join;
        };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "name" => join.name = self.text(value, "name").value,
                "own" => join.own = self.text(value, "own"),
                "theirs" => join.theirs = self.text(value, "theirs"),
                _ => self.unknown_key(key, "a join group", &["name", "own", "theirs"]),
            }
        }
        if join.own.value.is_empty() || join.theirs.value.is_empty() {
            self.wrong(
                value,
                "join",
                "a table with name, own (an expression) and theirs (a neutral attribute)",
            );
        }
        join
    }

    fn name_rule(&mut self, attribute: Text, value: &Value<'_>, key: &str) -> RawName {
        let mut name = RawName { attribute, candidates: Vec::new(), max_length: 64 };
        match value.get_ref() {
            DeValue::Table(table) => {
                for (key, value) in table {
                    match key.get_ref().as_ref() {
                        "attribute" => name.attribute = self.text(value, "attribute"),
                        "candidates" => name.candidates = self.texts(value, "candidates"),
                        "max-length" => name.max_length = self.number(value, "max-length") as usize,
                        _ => self.unknown_key(key, "a name", &["attribute", "candidates", "max-length"]),
                    }
                }
            }
            _ => name.candidates = self.texts(value, key),
        }
        if name.candidates.is_empty() {
            self.wrong(value, key, "a list of candidates, each an expression");
        }
        if name.attribute.value.is_empty() {
            name.attribute = Text { value: "cn".into(), file: self.file, span: span_of(value) };
        }
        name
    }

    fn uniques(&mut self, value: &Value<'_>) -> Vec<RawName> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong(value, "unique", "a table: attribute = [candidates]");
            return Vec::new();
        };
        let file = self.file;
        let name = |key: &Spanned<std::borrow::Cow<'_, str>>| Text {
            value: key.get_ref().to_string(),
            file,
            span: span_of(key),
        };
        let mut pairs: Vec<_> = table.iter().collect();
        pairs.sort_by_key(|(key, _)| key.span().start);
        pairs.into_iter().map(|(key, value)| self.name_rule(name(key), value, "unique")).collect()
    }

    fn flows(&mut self, value: &Value<'_>, mode: FlowMode, flows: &mut Vec<RawFlow>) {
        let DeValue::Table(table) = value.get_ref() else {
            return self.wrong(value, mode.name(), "a table: attribute = expression");
        };
        let mut pairs: Vec<_> = table.iter().collect();
        pairs.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in pairs {
            let attribute = Text { value: key.get_ref().to_string(), file: self.file, span: span_of(key) };
            let expression = self.text(value, key.get_ref());
            if !matches!(value.get_ref(), DeValue::String(_)) {
                continue;
            }
            flows.push(RawFlow { attribute, mode, expression });
        }
    }
}
