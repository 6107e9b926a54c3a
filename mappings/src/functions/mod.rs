//! The functions of the language, one a file: what it is called with, what it does, and rows that are both its tests
//! and the examples of its page in the reference.

mod arguments;
mod signature;

pub(crate) use arguments::Arguments;
pub(crate) use signature::{
    Call, EachFn, FormFn, Function, Group, Kind, Parameter, Purity, Row, WholeFn, optional, parameter,
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
    address_in_domains,
    addresses_of_type,
    bit_and,
    bit_or,
    c_bin,
    c_bool,
    c_date,
    c_guid,
    c_num,
    c_ref,
    c_str,
    cert_extension_oids,
    cert_format,
    cert_friendly_name,
    cert_hash_string,
    cert_issuer,
    cert_issuer_dn,
    cert_issuer_oid,
    cert_key_algorithm,
    cert_key_algorithm_params,
    cert_name_info,
    cert_not_after,
    cert_not_before,
    cert_public_key_oid,
    cert_public_key_parameters_oid,
    cert_serial_number,
    cert_signature_algorithm_oid,
    cert_subject,
    cert_subject_name_dn,
    cert_subject_name_oid,
    cert_thumbprint,
    cert_version,
    coalesce,
    contact_display_type,
    contains,
    convert_from_base64,
    convert_from_utf8_hex,
    convert_to_base64,
    convert_to_utf8_hex,
    count,
    date_add,
    date_from_num,
    dn_component,
    dn_component_rev,
    dns_domain,
    error,
    escape_dn_component,
    format_date_time,
    guid,
    iif,
    imported_value,
    in_str,
    in_str_rev,
    insert_proxy_addresses,
    is_ascii,
    is_bit_set,
    is_cert,
    is_date,
    is_empty,
    is_guid,
    is_member_of,
    is_null,
    is_null_or_empty,
    is_numeric,
    is_present,
    is_string,
    is_within,
    item,
    item_or_null,
    join,
    l_case,
    l_trim,
    left,
    legacy_name,
    len,
    mail_nickname,
    mid,
    now,
    num_from_date,
    p_case,
    pad_left,
    pad_right,
    primary_smtp,
    r_trim,
    random_num,
    remove_duplicates,
    replace,
    replace_chars,
    right,
    select,
    sip_address,
    smtp_address,
    split,
    string_from_guid,
    string_from_sid,
    switch,
    thumbprint,
    trim,
    u_case,
    value_count,
    where_each,
    with,
    word,
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
