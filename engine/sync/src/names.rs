//! The attribute names that the engine itself asks for, interned once.

use std::sync::LazyLock;

use madrigal_model::AttributeName;

macro_rules! names {
    ($($constant:ident = $name:literal;)*) => {
        $(
            #[doc = concat!("`", $name, "`.")]
            pub(crate) static $constant: LazyLock<AttributeName> = LazyLock::new(|| known($name));
        )*
    };
}

/// These are among the first names that a process interns, so there is always room for them.
fn known(name: &str) -> AttributeName {
    AttributeName::intern(name)
        .unwrap_or_else(|_| AttributeName::intern("cn").unwrap_or_else(|_| unreachable!()))
}

names! {
    CN = "cn";
    DISPLAY_NAME = "displayName";
    HIDE = "msExchHideFromAddressLists";
    LEGACY_DN = "legacyExchangeDN";
    MAIL = "mail";
    MAIL_NICKNAME = "mailNickname";
    MEMBER = "member";
    OBJECT_CLASS = "objectClass";
    PROXY_ADDRESSES = "proxyAddresses";
    TARGET_ADDRESS = "targetAddress";
    HAS_MAILBOX = "hasMailbox";
    SIP = "sip";
    PRIMARY_SIP = "msRTCSIP-PrimaryUserAddress";
    ROUTING_ADDRESS = "routingAddress";
    KNOWN_LEGACY_DNS = "knownLegacyDNs";
    NEUTRAL_LEGACY_DN = "legacyDN";
    SYNCHRONIZED = "synchronizedFromOnPremises";
}

/// What no contact can be without: never cleared and never left out.
pub(crate) static INDISPENSABLE: LazyLock<[AttributeName; 3]> =
    LazyLock::new(|| [*TARGET_ADDRESS, *MAIL_NICKNAME, *DISPLAY_NAME]);
