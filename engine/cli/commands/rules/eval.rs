//! `rules eval`: an expression's value for one entry, with every step on request.

use std::path::PathBuf;

use clap::Args;
use madrigal_mappings::{Environment, MemberOf, Parameters, Typed, compile_expression};
use madrigal_model::{DistinguishedName, Entry, Timestamp};

use super::entries::first_entry;
use super::show;
use crate::error::{CommandError, ExitStatus};
use crate::output::{Format, style};
use crate::session;

#[derive(Args)]
pub(crate) struct EvalArguments {
    /// The expression.
    #[arg(help = r#"The expression, as in 'IIF(IsPresent([mail]), "SMTP:" & [mail], NULL)'"#)]
    pub expression: String,
    /// An LDIF file; its first entry is what the expression reads
    #[arg(long, value_name = "FILE")]
    pub entry: Option<PathBuf>,
    /// Give a parameter a value, as in MailDomains=abc.example; may be repeated
    #[arg(long = "parameter", value_name = "NAME=VALUE")]
    pub parameters: Vec<String>,
    /// A group that the entry belongs to, for IsMemberOf; may be repeated
    #[arg(long = "member-of", value_name = "DN")]
    pub member_of: Vec<String>,
    /// Show every part of the expression with its value, innermost first
    #[arg(long)]
    pub trace: bool,
    /// The time to go by instead of the clock
    #[arg(long, value_name = "TIME")]
    pub now: Option<Timestamp>,
}

pub(crate) fn execute(arguments: &EvalArguments, format: Format) -> Result<ExitStatus, CommandError> {
    let standalone = match compile_expression(&arguments.expression, "expression") {
        Ok(standalone) => standalone,
        Err(diagnostics) => return Ok(show(&diagnostics, "1 expression", format)),
    };
    let (dn, entry) = match &arguments.entry {
        Some(path) => first_entry(path).map(|(dn, entry)| (Some(dn), entry))?,
        None => (None, Entry::default()),
    };
    let parameters = parameters(&arguments.parameters)?;
    let groups =
        MemberOf(arguments.member_of.iter().map(|dn| DistinguishedName::from_directory(dn)).collect());
    let mut slots = Vec::new();
    standalone.slots.fill(&entry, &mut slots);
    let environment = Environment {
        now: arguments.now.unwrap_or_else(session::now),
        parameters: &parameters,
        dn: dn.as_ref(),
        seed: 0,
        number: Some(1),
        groups: &groups,
    };
    if format != Format::Json {
        for warning in &standalone.warnings {
            complain!("{warning}\n");
        }
    }
    if arguments.trace {
        let (_, steps) = standalone.program.trace(&slots, &environment);
        for step in &steps {
            complain!("{}  {} {}", step.span.of(&arguments.expression), style::dim("→"), step.value);
        }
    }
    match standalone.program.typed(&slots, &environment) {
        Ok(value) if format == Format::Json => say!("{}", as_json(&value)),
        Ok(_) => {
            let shown = standalone.program.shown(&slots, &environment).unwrap_or_default();
            say!("{shown}");
        }
        Err(error) => {
            if format == Format::Json {
                say!("{}", serde_json::json!({ "code": error.code, "error": error.message }));
            } else {
                let place = error.span.of(&arguments.expression);
                complain!("{} {} {}", style::bad(error.code), error.message, style::dim(place));
            }
            return Ok(ExitStatus::SomeObjectsHaveProblems);
        }
    }
    Ok(ExitStatus::Done)
}

fn as_json(value: &Typed) -> serde_json::Value {
    match value {
        Typed::Null => serde_json::Value::Null,
        Typed::AuthoritativeNull => serde_json::json!({ "literal": "AuthoritativeNull" }),
        Typed::Ignore => serde_json::json!({ "literal": "IgnoreThisFlow" }),
        Typed::Text(text) => serde_json::json!(text),
        Typed::Number(number) => serde_json::json!(number),
        Typed::Boolean(boolean) => serde_json::json!(boolean),
        Typed::Octets(base64) => serde_json::json!({ "base64": base64 }),
        Typed::List(values) => values.iter().map(as_json).collect(),
    }
}

fn parameters(given: &[String]) -> Result<Parameters, CommandError> {
    let mut values: Vec<(String, Vec<String>)> = Vec::new();
    for parameter in given {
        let Some((name, value)) = parameter.split_once('=') else {
            return Err(CommandError::Value {
                place: "--parameter".to_owned(),
                reason: format!("{parameter:?} gives no value"),
                remedy: "Write it as NAME=VALUE.".to_owned(),
            });
        };
        match values.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, values)) => values.push(value.to_owned()),
            None => values.push((name.to_owned(), vec![value.to_owned()])),
        }
    }
    let mut parameters = Parameters::new();
    for (name, values) in values {
        parameters.set(&name, values);
    }
    Ok(parameters)
}
