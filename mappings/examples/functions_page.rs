//! Prints the reference page of the functions: `docs/reference/functions.md` is its output.

fn main() {
    print!("{}", madrigal_mappings::functions_page());
}
