//! A second interpreter of a part of the language: no slots, no borrowing, no compiled tree; one match.

use std::collections::BTreeMap;

use madrigal_mappings::{Expression, ExpressionKind, Literal, Operator, parse};

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Null,
    Text(String),
    Number(i64),
    Boolean(bool),
    List(Vec<Value>),
}

/// The code of what went wrong.
type Result<T> = std::result::Result<T, &'static str>;

struct Scope<'a> {
    attributes: &'a [(String, Vec<String>)],
    variables: BTreeMap<String, Value>,
}

/// The value as rows show it, or the error's code.
pub(crate) fn run(expression: &str, attributes: &[(String, Vec<String>)]) -> String {
    let tree = parse(expression).unwrap();
    let mut scope = Scope { attributes, variables: BTreeMap::new() };
    scope.value(&tree).map_or_else(str::to_owned, |value| shown(&value))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "NULL".into(),
        Value::Text(text) => format!("\"{text}\""),
        Value::Number(number) => number.to_string(),
        Value::Boolean(boolean) => if *boolean { "True" } else { "False" }.into(),
        Value::List(values) => format!("{{{}}}", values.iter().map(shown).collect::<Vec<_>>().join(", ")),
    }
}

fn present(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::List(values) => values.iter().filter(|value| **value != Value::Null).cloned().collect(),
        one => vec![one.clone()],
    }
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Boolean(boolean) => Some(*boolean),
        Value::Number(number) => Some(*number != 0),
        _ => None,
    }
}

fn list(values: Vec<Value>) -> Value {
    if values.is_empty() { Value::Null } else { Value::List(values) }
}

fn empty(value: &Value) -> bool {
    *value == Value::Null || *value == Value::Text(String::new())
}

/// Applies a function to each value of the lists among the arguments.
fn each(arguments: Vec<Value>, function: &dyn Fn(&[Value]) -> Result<Value>) -> Result<Value> {
    let lengths: Vec<usize> = arguments
        .iter()
        .filter_map(|argument| if let Value::List(values) = argument { Some(values.len()) } else { None })
        .collect();
    let Some(length) = lengths.first().copied() else { return function(&arguments) };
    if lengths.iter().any(|other| *other != length) {
        return Err("MDR-R105");
    }
    let at =
        |place: usize| -> Vec<Value> {
            arguments
                .iter()
                .map(|argument| {
                    if let Value::List(values) = argument { values[place].clone() } else { argument.clone() }
                })
                .collect()
        };
    (0..length).map(|place| function(&at(place))).collect::<Result<Vec<_>>>().map(Value::List)
}

fn chars(value: &Value) -> Vec<char> {
    if let Value::Text(text) = value { text.chars().collect() } else { Vec::new() }
}

fn string(characters: &[char]) -> Value {
    Value::Text(characters.iter().collect())
}

fn number(value: &Value) -> i64 {
    if let Value::Number(number) = value { *number } else { panic!("{value:?} is no number") }
}

impl Scope<'_> {
    fn value(&mut self, tree: &Expression) -> Result<Value> {
        Ok(match &tree.kind {
            ExpressionKind::Literal(Literal::Text(text)) => Value::Text(text.clone()),
            ExpressionKind::Literal(Literal::Number(number)) => Value::Number(*number),
            ExpressionKind::Literal(Literal::Boolean(boolean)) => Value::Boolean(*boolean),
            ExpressionKind::Literal(_) => Value::Null,
            ExpressionKind::Attribute(name) => self.attribute(name),
            ExpressionKind::Variable(name) => self.variables[name].clone(),
            ExpressionKind::Group(inner) => self.value(inner)?,
            ExpressionKind::Negate(inner) => {
                let value = self.value(inner)?;
                each(vec![Value::Number(0), value], &|pair| arithmetic(Operator::Subtract, pair))?
            }
            ExpressionKind::Binary { operator, left, right, .. } => {
                let left = self.value(left)?;
                match (operator, truth(&left)) {
                    (Operator::And, Some(false)) => return Ok(Value::Boolean(false)),
                    (Operator::Or, Some(true)) => return Ok(Value::Boolean(true)),
                    _ => {}
                }
                let right = self.value(right)?;
                each(vec![left, right], &|pair| operate(*operator, pair))?
            }
            ExpressionKind::Call { name, arguments, .. } => self.call(name, arguments)?,
            other => panic!("{other:?}"),
        })
    }

    fn attribute(&self, name: &str) -> Value {
        let (_, values) = self.attributes.iter().find(|(known, _)| known == name).unwrap();
        let value = |text: &String| match name {
            "userAccountControl" => Value::Number(text.parse().unwrap()),
            "msExchHideFromAddressLists" => Value::Boolean(text == "TRUE"),
            _ => Value::Text(text.clone()),
        };
        match values.as_slice() {
            [] => Value::Null,
            [only] => value(only),
            several => Value::List(several.iter().map(value).collect()),
        }
    }

    fn holds(&mut self, condition: &Expression) -> Result<bool> {
        let value = self.value(condition)?;
        Ok(present(&value).iter().any(|value| truth(value) == Some(true)))
    }

    fn bound<T>(
        &mut self,
        name: &Expression,
        value: Value,
        then: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let ExpressionKind::Variable(name) = &name.kind else { panic!("no variable") };
        let before = self.variables.insert(name.clone(), value);
        let result = then(self);
        match before {
            Some(before) => self.variables.insert(name.clone(), before),
            None => self.variables.remove(name),
        };
        result
    }

    fn call(&mut self, name: &str, arguments: &[Expression]) -> Result<Value> {
        match name {
            "IIF" => {
                let condition = self.value(&arguments[0])?;
                let Value::List(conditions) = condition else {
                    let chosen = if truth(&condition) == Some(true) { 1 } else { 2 };
                    return self.value(&arguments[chosen]);
                };
                let truths: Vec<bool> = conditions.iter().map(|value| truth(value) == Some(true)).collect();
                let when_true = if truths.contains(&true) { self.value(&arguments[1])? } else { Value::Null };
                let when_false =
                    if truths.contains(&false) { self.value(&arguments[2])? } else { Value::Null };
                let truths = Value::List(truths.into_iter().map(Value::Boolean).collect());
                return each(vec![truths, when_true, when_false], &|row| {
                    Ok(if row[0] == Value::Boolean(true) { row[1].clone() } else { row[2].clone() })
                });
            }
            "Switch" => {
                let mut chosen = None;
                for pair in arguments.chunks(2) {
                    if self.holds(&pair[0])? && chosen.is_none() {
                        chosen = Some(&pair[1]);
                    }
                }
                return chosen.map_or(Ok(Value::Null), |value| self.value(value));
            }
            "Coalesce" => {
                for argument in arguments {
                    let value = self.value(argument)?;
                    if present(&value).iter().any(|value| !empty(value)) {
                        return Ok(value);
                    }
                }
                return Ok(Value::Null);
            }
            "With" => {
                let value = self.value(&arguments[1])?;
                return self.bound(&arguments[0], value, |scope| scope.value(&arguments[2]));
            }
            "Select" | "Where" => {
                let mut results = Vec::new();
                for item in present(&self.value(&arguments[1])?) {
                    let kept = item.clone();
                    self.bound(&arguments[0], item, |scope| {
                        if name == "Select" {
                            results.extend(present(&scope.value(&arguments[2])?));
                        } else if scope.holds(&arguments[2])? {
                            results.push(kept);
                        }
                        Ok(())
                    })?;
                }
                return Ok(list(results));
            }
            _ => {}
        }
        let values = arguments.iter().map(|argument| self.value(argument)).collect::<Result<Vec<_>>>()?;
        whole(name, &values).unwrap_or_else(|| each(values.clone(), &|row| single(name, row)))
    }
}

fn operate(operator: Operator, pair: &[Value]) -> Result<Value> {
    let [left, right] = pair else { panic!("two operands") };
    let boolean = |value: Option<bool>| value.map_or(Value::Null, Value::Boolean);
    Ok(match operator {
        Operator::Add | Operator::Subtract | Operator::Multiply => return arithmetic(operator, pair),
        Operator::Concatenate => {
            let text = |value: &Value| match value {
                Value::Number(number) => Value::Text(number.to_string()),
                other => other.clone(),
            };
            match (text(left), text(right)) {
                (Value::Null, other) | (other, Value::Null) => other,
                (Value::Text(one), Value::Text(other)) => Value::Text(format!("{one}{other}")),
                other => panic!("{other:?}"),
            }
        }
        Operator::And => boolean(match (truth(left), truth(right)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }),
        Operator::Or => boolean(match (truth(left), truth(right)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        }),
        _ if *left == Value::Null || *right == Value::Null => Value::Null,
        Operator::Equal => Value::Boolean(left == right),
        Operator::NotEqual => Value::Boolean(left != right),
        Operator::Less => Value::Boolean(number(left) < number(right)),
        Operator::LessOrEqual => Value::Boolean(number(left) <= number(right)),
        Operator::Greater => Value::Boolean(number(left) > number(right)),
        Operator::GreaterOrEqual => Value::Boolean(number(left) >= number(right)),
    })
}

fn arithmetic(operator: Operator, pair: &[Value]) -> Result<Value> {
    if pair.contains(&Value::Null) {
        return Ok(Value::Null);
    }
    let (one, other) = (i128::from(number(&pair[0])), i128::from(number(&pair[1])));
    let result = match operator {
        Operator::Add => one + other,
        Operator::Subtract => one - other,
        _ => one * other,
    };
    i64::try_from(result).map(Value::Number).map_err(|_| "MDR-R107")
}

/// Functions that take whole lists.
fn whole(name: &str, values: &[Value]) -> Option<Result<Value>> {
    let items = present(&values[0]);
    let place = |value: &Value| match present(value).as_slice() {
        [Value::Number(number)] => {
            usize::try_from(number.saturating_sub(1)).ok().map(|at| items.get(at).cloned())
        }
        _ => None,
    };
    Some(Ok(match name {
        "IsPresent" => Value::Boolean(items.iter().any(|value| !empty(value))),
        "IsNullOrEmpty" => Value::Boolean(items.iter().all(empty)),
        "IsNull" => Value::Boolean(items.is_empty()),
        "Count" => Value::Number(items.len() as i64),
        "Contains" => {
            // A list of several is nothing to search for.
            let wanted = match &values[1] {
                Value::List(list) if list.len() == 1 => list[0].clone(),
                other => other.clone(),
            };
            let Value::Text(wanted) = wanted else { return Some(Ok(Value::Null)) };
            let holds = |value: &Value| matches!(value, Value::Text(text) if text.contains(&wanted));
            Value::Number(items.iter().position(holds).map_or(0, |at| at as i64 + 1))
        }
        "Item" | "ItemOrNull" => {
            let several = matches!(&values[1], Value::List(list) if list.len() != 1);
            if several || present(&values[1]).is_empty() {
                return Some(Ok(Value::Null));
            }
            match place(&values[1]).flatten() {
                Some(value) => value,
                None if name == "Item" => return Some(Err("MDR-R102")),
                None => Value::Null,
            }
        }
        "Join" => {
            let separator = match &values[1] {
                Value::Text(text) => text.clone(),
                Value::List(list) if list.len() == 1 => match &list[0] {
                    Value::Text(text) => text.clone(),
                    _ => String::new(),
                },
                Value::List(_) => " ".to_owned(),
                _ => String::new(),
            };
            if items.is_empty() {
                return Some(Ok(Value::Null));
            }
            let texts: Vec<String> = items.iter().map(|value| chars(value).into_iter().collect()).collect();
            Value::Text(texts.join(&separator))
        }
        "RemoveDuplicates" => {
            let Value::List(_) = &values[0] else { return Some(Ok(values[0].clone())) };
            let mut unique: Vec<Value> = Vec::new();
            for item in items {
                if !unique.contains(&item) {
                    unique.push(item);
                }
            }
            list(unique)
        }
        _ => return None,
    }))
}

/// Functions of single values.
fn single(name: &str, row: &[Value]) -> Result<Value> {
    let sees_null = matches!(name, "Left" | "Right" | "Mid" | "Word" | "PadLeft" | "Error");
    if !sees_null && row.contains(&Value::Null) {
        return Ok(Value::Null);
    }
    let text = chars(&row[0]);
    let asked = |at: usize| match row.get(at) {
        Some(Value::Number(number)) => Ok(*number),
        _ => Err("MDR-R103"),
    };
    Ok(match name {
        "Left" | "Right" => {
            let count = asked(1)?;
            let Ok(count) = usize::try_from(count) else { return Ok(string(&text)) };
            let count = count.min(text.len());
            string(if name == "Left" { &text[..count] } else { &text[text.len() - count..] })
        }
        "Mid" => {
            let (start, count) = (asked(1)?, asked(2)?);
            if count < 0 || start <= 0 || start > text.len() as i64 {
                return Ok(string(&text));
            }
            string(&text.iter().skip(start as usize - 1).take(count as usize).copied().collect::<Vec<_>>())
        }
        "LCase" => Value::Text(text.iter().collect::<String>().to_lowercase()),
        "UCase" => Value::Text(text.iter().collect::<String>().to_uppercase()),
        "Trim" => Value::Text(text.iter().collect::<String>().trim().to_owned()),
        "Len" => Value::Number(text.len() as i64),
        "InStr" => {
            let wanted = chars(&row[1]);
            let found = (0..=text.len()).find(|start| text[*start..].starts_with(&wanted));
            Value::Number(found.map_or(0, |at| at as i64 + 1))
        }
        "Replace" => {
            let (old, new) = (chars(&row[1]), chars(&row[2]));
            if old.is_empty() {
                return Ok(string(&text));
            }
            let (mut replaced, mut at) = (Vec::new(), 0);
            while at < text.len() {
                if text[at..].starts_with(&old) {
                    replaced.extend(&new);
                    at += old.len();
                } else {
                    replaced.push(text[at]);
                    at += 1;
                }
            }
            string(&replaced)
        }
        "Word" => {
            let wanted = asked(1)?;
            let separators = chars(&row[2]);
            let words: Vec<&[char]> =
                text.split(|c| separators.contains(c)).filter(|word| !word.is_empty()).collect();
            let at = usize::try_from(wanted.saturating_sub(1)).ok();
            string(at.and_then(|at| words.get(at).copied()).unwrap_or(&[]))
        }
        "PadLeft" => {
            let length = asked(1)?;
            if row[0] == Value::Null {
                return Ok(Value::Text(String::new()));
            }
            if length > 1_048_576 {
                return Err("MDR-R104");
            }
            let missing = usize::try_from(length).unwrap_or(0).saturating_sub(text.len());
            Value::Text("x".repeat(missing) + &text.iter().collect::<String>())
        }
        "CStr" => Value::Text(number(&row[0]).to_string()),
        "CNum" => Value::Number(text.iter().collect::<String>().parse().unwrap()),
        "CBool" => Value::Boolean(number(&row[0]) != 0),
        "BitAnd" => Value::Number(number(&row[0]) & number(&row[1])),
        "BitOr" => Value::Number(number(&row[0]) | number(&row[1])),
        "Error" => return Err("MDR-R101"),
        other => panic!("no function {other}"),
    })
}
