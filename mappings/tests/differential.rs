//! The evaluator against a second interpreter: slow, plain, over the tree as it was parsed, with owned values. Expressions
//! are drawn by type, so that most of them compile; whatever does must give the same value or the same error.
//! `PROPTEST_CASES` says how many are drawn.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first thing that is not as it says"
)]

mod slow;

use proptest::prelude::*;

use madrigal_mappings::{compile_expression, run_row};

/// Attributes that expressions name: text of one value, lists, a number, a boolean.
const TEXT: &[&str] = &["[mail]", "[cn]", "[displayName]"];
const LISTS: &[&str] = &["[proxyAddresses]", "[description]"];

fn text() -> impl Strategy<Value = String> {
    expression(Kind::Text)
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Number,
    Boolean,
    List,
}

fn leaf(kind: Kind) -> BoxedStrategy<String> {
    let literal = prop_oneof![
        Just("\"\""),
        Just("\"a\""),
        Just("\"SMTP:\""),
        Just("\"@\""),
        Just("\" b c \""),
        Just("\"aXa\"")
    ];
    match kind {
        Kind::Text => prop_oneof![
            3 => prop::sample::select(TEXT).prop_map(str::to_owned),
            1 => prop::sample::select(LISTS).prop_map(str::to_owned),
            2 => literal.prop_map(str::to_owned),
            1 => Just("NULL".to_owned()),
        ]
        .boxed(),
        Kind::Number => prop_oneof![
            (-3_i64..9).prop_map(|number| number.to_string()),
            Just("[userAccountControl]".to_owned()),
            Just("9223372036854775807".to_owned()),
        ]
        .boxed(),
        Kind::Boolean => prop_oneof![
            Just("True".to_owned()),
            Just("False".to_owned()),
            Just("[msExchHideFromAddressLists]".to_owned()),
        ]
        .boxed(),
        Kind::List => prop::sample::select(LISTS).prop_map(str::to_owned).boxed(),
    }
}

fn expression(kind: Kind) -> BoxedStrategy<String> {
    drawn(kind, 4)
}

fn drawn(kind: Kind, depth: u32) -> BoxedStrategy<String> {
    if depth == 0 {
        return leaf(kind);
    }
    let sub = |kind| drawn(kind, depth - 1);
    let (t, n, b, l) = (Kind::Text, Kind::Number, Kind::Boolean, Kind::List);
    let one = |form: &'static str, kind| sub(kind).prop_map(move |a| form.replace("$1", &a)).boxed();
    let two = |form: &'static str, first, second| {
        (sub(first), sub(second)).prop_map(move |(a, b)| form.replace("$1", &a).replace("$2", &b)).boxed()
    };
    let three = |form: &'static str, first, second, third| {
        (sub(first), sub(second), sub(third))
            .prop_map(move |(a, b, c)| form.replace("$1", &a).replace("$2", &b).replace("$3", &c))
            .boxed()
    };
    let choices: Vec<BoxedStrategy<String>> = match kind {
        Kind::Text => vec![
            leaf(kind),
            two("$1 & $2", t, t),
            two("($1 & $2)", t, n),
            two("Left($1, $2)", t, n),
            two("Right($1, $2)", t, n),
            three("Mid($1, $2, $3)", t, n, n),
            one("LCase($1)", t),
            one("UCase($1)", t),
            one("Trim($1)", t),
            three("Replace($1, $2, $3)", t, t, t),
            three("Word($1, $2, $3)", t, n, t),
            three("IIF($1, $2, $3)", b, t, t),
            two("Coalesce($1, $2)", t, t),
            three("Switch($1, $2, True, $3)", b, t, t),
            two("Item($1, $2)", l, n),
            two("ItemOrNull($1, $2)", l, n),
            two("Join($1, $2)", l, t),
            one("CStr($1)", n),
            two("PadLeft($1, $2, \"x\")", t, n),
            two("With($v, $1, $v & $2)", t, t),
            one("IIF(IsPresent($1), Error(\"stop\"), \"go\")", t),
        ],
        Kind::Number => vec![
            leaf(kind),
            two("$1 + $2", n, n),
            two("($1 - $2)", n, n),
            two("$1 * $2", n, n),
            one("Len($1)", t),
            two("InStr($1, $2)", t, t),
            one("Count($1)", l),
            two("Contains($1, $2)", l, t),
            two("BitAnd($1, $2)", n, n),
            two("BitOr($1, $2)", n, n),
            three("IIF($1, $2, $3)", b, n, n),
            one("CNum(CStr($1))", n),
            one("-$1", n),
        ],
        Kind::Boolean => vec![
            leaf(kind),
            two("$1 = $2", t, t),
            two("$1 <> $2", t, t),
            two("($1 < $2)", n, n),
            two("$1 >= $2", n, n),
            two("($1 && $2)", b, b),
            two("($1 || $2)", b, b),
            one("IsPresent($1)", t),
            one("IsNull($1)", t),
            one("IsNullOrEmpty($1)", l),
            one("CBool($1)", n),
        ],
        Kind::List => vec![
            leaf(kind),
            one("RemoveDuplicates($1)", l),
            one("Trim($1)", l),
            two("Where($item, $1, Left($item, $2) = \"a\")", l, n),
            two("Select($item, $1, $item & $2)", l, t),
            two("Select($item, $1, IIF($2, NULL, $item))", l, b),
        ],
    };
    prop::strategy::Union::new(choices).boxed()
}

/// A few values with what trips functions up: blanks, case, none.
fn value() -> impl Strategy<Value = String> {
    "[aAbX@: ]{0,6}|SMTP:a@b|smtp:a@b"
}

fn attributes() -> impl Strategy<Value = Vec<(String, Vec<String>)>> {
    let texts = |name: &'static str, most| {
        prop::collection::vec(value(), 0..most).prop_map(move |mut values| {
            let mut seen = Vec::new();
            values.retain(|value| {
                !seen.contains(value) && {
                    seen.push(value.clone());
                    true
                }
            });
            (name.to_owned(), values)
        })
    };
    let number = prop::option::of(prop_oneof![Just("512"), Just("514"), Just("-1")]);
    let boolean = prop::option::of(prop_oneof![Just("TRUE"), Just("FALSE")]);
    (
        (
            texts("mail", 2),
            texts("cn", 2),
            texts("displayName", 2),
            texts("proxyAddresses", 4),
            texts("description", 4),
        ),
        number,
        boolean,
    )
        .prop_map(|((mail, cn, display_name, proxies, description), number, boolean)| {
            let single = |name: &str, value: Option<&str>| {
                (name.to_owned(), value.map(str::to_owned).into_iter().collect())
            };
            vec![
                mail,
                cn,
                display_name,
                proxies,
                description,
                single("userAccountControl", number),
                single("msExchHideFromAddressLists", boolean),
            ]
        })
}

fn check(expression: &str, attributes: &[(String, Vec<String>)]) -> Result<(), TestCaseError> {
    // Too many that do not compile fail the test: it would compare nothing.
    prop_assume!(compile_expression(expression, "drawn").is_ok());
    let values: Vec<Vec<&str>> =
        attributes.iter().map(|(_, values)| values.iter().map(String::as_str).collect()).collect();
    let row: Vec<(&str, &[&str])> = attributes
        .iter()
        .zip(&values)
        .map(|((name, _), values)| (name.as_str(), values.as_slice()))
        .collect();
    let fast = run_row(&row, expression);
    // Errors are compared by their code.
    let fast = fast
        .split_once(": ")
        .filter(|(code, _)| code.starts_with("MDR-"))
        .map_or(fast.clone(), |(code, _)| code.into());
    prop_assert_eq!(fast, slow::run(expression, attributes), "{} with {:?}", expression, attributes);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_interpreters_agree(
        expression in prop_oneof![text(), expression(Kind::Number), expression(Kind::Boolean), expression(Kind::List)],
        attributes in attributes(),
    ) {
        check(&expression, &attributes)?;
    }

    #[test]
    fn foreign_text_never_panics(expression in "[\\[\\]%$&|()\",.a-zA-Z0-9 =<>+*-]{0,60}") {
        let _ = run_row(&[("mail", &["a@b.c"])], &expression);
    }

    #[test]
    fn words_of_the_language_never_panic(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "IIF(", "Left(", "Select($item,", "With($x,", "Where($item,", "Switch(", "Mid(", "PadLeft(", "Replace(",
                "Word(", "Split(", "Item(", "CDate(", "DateAdd(", "FormatDateTime(", "[mail]", "[proxyAddresses]", "[dn]", "$item", "$x", "\"a\"", "\"\\\\\"", "5", "-1", "9223372036854775807",
                ",", ")", "(", "&", "+", "*", "=", "<>", "&&", "||", "NULL", "True", "IgnoreThisFlow", "&HFF", "Now()", "Guid()", "CRLF", "%MailDomains%",
            ]),
            0..24,
        )
    ) {
        let _ = run_row(&[("mail", &["a@b.c"]), ("proxyAddresses", &["a", "b"])], &words.join(" "));
    }
}
