//! The functions of the language, one a file: what it is called with, what it does, and rows that are both its tests
//! and the examples of its page in the reference.

mod arguments;
mod signature;

pub(crate) use arguments::Arguments;
pub(crate) use signature::{
    Call, EachFn, FormFn, Function, Group, Kind, Need, Parameter, Purity, Row, WholeFn, optional, parameter,
    repeated, row, row_with,
};

/// Declares the files and lists what they define.
macro_rules! functions {
    ($($module:ident,)*) => {
        $(mod $module;)*
        /// Every function, in the order of its file's name.
        pub(crate) static ALL: &[&Function] = &[$(&$module::FUNCTION,)*];
    };
}

functions! {
    coalesce,
    iif,
    is_present,
    left,
}

/// The function of this name, exactly.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    use std::collections::HashMap;
    use std::sync::LazyLock;
    static BY_NAME: LazyLock<HashMap<&'static str, &'static Function>> =
        LazyLock::new(|| ALL.iter().map(|function| (function.name, *function)).collect());
    BY_NAME.get(name).copied()
}

#[cfg(test)]
mod tests;
