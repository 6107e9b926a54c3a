//! The stable codes of this crate's errors and warnings. Each has a page in the reference.

/// The expression's text leaves the grammar.
pub const SYNTAX: &str = "MDR-R001";
/// No function of this name.
pub const UNKNOWN_FUNCTION: &str = "MDR-R002";
/// Too few or too many arguments.
pub const WRONG_NUMBER_OF_ARGUMENTS: &str = "MDR-R003";
/// A value of one type where another is needed.
pub const WRONG_TYPE: &str = "MDR-R004";
/// No attribute of this name.
pub const UNKNOWN_ATTRIBUTE: &str = "MDR-R005";
/// No parameter of this name.
pub const UNKNOWN_PARAMETER: &str = "MDR-R006";
/// A variable that is not there, or a name where a variable belongs.
pub const UNKNOWN_VARIABLE: &str = "MDR-R007";
/// A literal that says what becomes of the flow, where a value is needed.
pub const LITERAL_OUT_OF_PLACE: &str = "MDR-R008";
/// `&&` mixed with `||` without parentheses.
pub const MIXED_LOGIC: &str = "MDR-R009";
/// The expression is longer or nested deeper than the limits allow.
pub const LIMIT: &str = "MDR-R010";
/// A function whose value changes from run to run, in a flow that is enforced.
pub const IMPURE: &str = "MDR-R011";
/// A list flows to an attribute that holds one value.
pub const MANY_INTO_ONE: &str = "MDR-R012";
/// The rule file is no TOML.
pub const TOML: &str = "MDR-R013";
/// A key that rules do not have.
pub const UNKNOWN_KEY: &str = "MDR-R014";
/// A key that is missing, or whose value is of the wrong kind.
pub const WRONG_VALUE: &str = "MDR-R015";
/// Two rules of one name in one file.
pub const DUPLICATE_RULE: &str = "MDR-R016";
/// A direction, object type, link type or kind of connector that is none.
pub const UNKNOWN_WORD: &str = "MDR-R017";
/// Flows to one attribute in different modes.
pub const MODES_DISAGREE: &str = "MDR-R018";
/// A flow that another always outranks.
pub const NEVER_WINS: &str = "MDR-R019";
/// An attribute that every contact needs and nobody writes.
pub const REQUIRED_ATTRIBUTE: &str = "MDR-R020";
/// A value that feeds itself.
pub const CYCLE: &str = "MDR-R021";
/// A rule whose scope can never hold.
pub const UNREACHABLE: &str = "MDR-R022";
/// `extends` names no built-in rule set.
pub const UNKNOWN_RULE_SET: &str = "MDR-R023";
/// A scope clause that does not hold together.
pub const WRONG_CLAUSE: &str = "MDR-R024";
/// A comparison with `NULL` is never true.
pub const COMPARED_WITH_NULL: &str = "MDR-R025";
/// `*` behind `+`, `-` or `&` is not done first.
pub const ARITHMETIC_ORDER: &str = "MDR-R026";
/// An attribute's name in another case.
pub const ATTRIBUTE_CASE: &str = "MDR-R027";
/// An option that the function does not have.
pub const UNKNOWN_OPTION: &str = "MDR-R028";
/// The target's schema lacks the attribute.
pub const TARGET_LACKS_ATTRIBUTE: &str = "MDR-R029";
/// A membership of groups, asked where nobody knows it.
pub const MEMBERSHIP_UNKNOWN: &str = "MDR-R030";

/// `Error(…)` was reached.
pub const ERROR_FUNCTION: &str = "MDR-R101";
/// A place outside a list.
pub const OUT_OF_BOUNDS: &str = "MDR-R102";
/// A value turned out to be of the wrong type.
pub const VALUE_OF_WRONG_TYPE: &str = "MDR-R103";
/// A limit was met while an expression ran.
pub const LIMIT_AT_RUN_TIME: &str = "MDR-R104";
/// Lists of different lengths, value by value.
pub const UNEQUAL_LISTS: &str = "MDR-R105";
/// A value that cannot be turned into what is asked for.
pub const NOT_CONVERTIBLE: &str = "MDR-R106";
/// A number outside 64 bits.
pub const OVERFLOW: &str = "MDR-R107";
/// Octets that are kept outside the entry cannot be looked into.
pub const KEPT_ELSEWHERE: &str = "MDR-R108";
