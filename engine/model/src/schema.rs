//! What Active Directory's schema says of the attributes that address lists are made of: syntax, number of
//! values, largest length. Other attributes are taken for multi-valued text compared without regard to case.
//!
//! Sources: the attribute pages of the Active Directory schema (MS-ADA1 to MS-ADA3) and of Exchange's schema
//! extension; `ProxyAddress` is our own name for the text syntax whose prefix has a rule of its own.

use crate::AttributeName;

/// An attribute's syntax, as far as comparing and importing depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// Text that is the same without regard to case.
    CaseIgnore,
    /// Text that is the same only when it is equal.
    CaseExact,
    /// A decimal number.
    Integer,
    /// `TRUE` or `FALSE`.
    Boolean,
    /// Octets.
    Octets,
    /// A DN.
    Reference,
    /// Generalized time.
    Time,
    /// An e-mail address behind its type: see [`crate::ProxyAddress`].
    ProxyAddress,
}

/// How two values of an attribute are told to be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchingRule {
    /// Without regard to case.
    CaseIgnore,
    /// Equal.
    Exact,
    /// By [`crate::ProxyAddress::same_address`]: case only matters between `SMTP` and `smtp`.
    ProxyAddress,
}

/// What the schema says of one attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttributeSchema {
    /// The attribute's name in its usual spelling.
    pub name: &'static str,
    /// Its syntax.
    pub syntax: Syntax,
    /// Whether it holds at most one value.
    pub single_valued: bool,
    /// The largest length of a value: characters for text, octets for octets; none where the schema names none.
    pub max_length: Option<u32>,
}

impl AttributeSchema {
    /// The schema of an attribute; unknown ones are multi-valued text without regard to case.
    #[must_use]
    pub fn of(attribute: AttributeName) -> Self {
        // The interner numbers the known names first and in this order.
        WELL_KNOWN.get(attribute.index()).copied().unwrap_or_else(|| Self {
            name: attribute.as_str(),
            syntax: Syntax::CaseIgnore,
            single_valued: false,
            max_length: None,
        })
    }

    /// Whether the schema is known here rather than assumed.
    #[must_use]
    pub fn is_known(attribute: AttributeName) -> bool {
        attribute.index() < WELL_KNOWN.len()
    }

    /// How two values of the attribute are compared.
    #[must_use]
    pub fn matching_rule(&self) -> MatchingRule {
        match self.syntax {
            Syntax::CaseIgnore | Syntax::Boolean | Syntax::Reference => MatchingRule::CaseIgnore,
            Syntax::CaseExact | Syntax::Integer | Syntax::Octets | Syntax::Time => MatchingRule::Exact,
            Syntax::ProxyAddress => MatchingRule::ProxyAddress,
        }
    }

    /// Every known name, for "did you mean".
    pub fn known_names() -> impl Iterator<Item = &'static str> {
        WELL_KNOWN.iter().map(|attribute| attribute.name)
    }
}

/// How an import takes the values of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// As text, by the schema.
    Text,
    /// As octets, by the schema.
    Octets,
    /// As the name of an object.
    Reference,
    /// As text where it is some, else as octets: the schema is not known.
    Either,
}

impl Taken {
    /// How values of this attribute are taken.
    #[must_use]
    pub fn of(name: AttributeName) -> Self {
        match AttributeSchema::of(name).syntax {
            _ if !AttributeSchema::is_known(name) => Self::Either,
            Syntax::Octets => Self::Octets,
            Syntax::Reference => Self::Reference,
            Syntax::CaseIgnore
            | Syntax::CaseExact
            | Syntax::Integer
            | Syntax::Boolean
            | Syntax::Time
            | Syntax::ProxyAddress => Self::Text,
        }
    }
}

const fn row(name: &'static str, syntax: Syntax, single_valued: bool, max_length: u32) -> AttributeSchema {
    let max_length = if max_length == 0 { None } else { Some(max_length) };
    AttributeSchema { name, syntax, single_valued, max_length }
}

/// The known attributes; a new one goes to the end.
pub(crate) const WELL_KNOWN: &[AttributeSchema] = &[
    row("objectGUID", Syntax::Octets, true, 16),
    row("objectSid", Syntax::Octets, true, 28),
    row("sIDHistory", Syntax::Octets, false, 28),
    row("objectClass", Syntax::CaseIgnore, false, 0),
    row("objectCategory", Syntax::Reference, true, 0),
    row("cn", Syntax::CaseIgnore, true, 64),
    row("name", Syntax::CaseIgnore, true, 255),
    row("distinguishedName", Syntax::Reference, true, 0),
    row("displayName", Syntax::CaseIgnore, true, 256),
    row("displayNamePrintable", Syntax::CaseIgnore, true, 256),
    row("givenName", Syntax::CaseIgnore, true, 64),
    row("sn", Syntax::CaseIgnore, true, 64),
    row("initials", Syntax::CaseIgnore, true, 6),
    row("middleName", Syntax::CaseIgnore, true, 64),
    row("personalTitle", Syntax::CaseIgnore, true, 64),
    row("generationQualifier", Syntax::CaseIgnore, true, 64),
    row("title", Syntax::CaseIgnore, true, 128),
    row("department", Syntax::CaseIgnore, true, 64),
    row("company", Syntax::CaseIgnore, true, 64),
    row("division", Syntax::CaseIgnore, true, 256),
    row("description", Syntax::CaseIgnore, false, 1024),
    row("info", Syntax::CaseIgnore, true, 1024),
    row("physicalDeliveryOfficeName", Syntax::CaseIgnore, true, 128),
    row("telephoneNumber", Syntax::CaseIgnore, true, 64),
    row("otherTelephone", Syntax::CaseIgnore, false, 64),
    row("mobile", Syntax::CaseIgnore, true, 64),
    row("otherMobile", Syntax::CaseIgnore, false, 64),
    row("facsimileTelephoneNumber", Syntax::CaseIgnore, true, 64),
    row("otherFacsimileTelephoneNumber", Syntax::CaseIgnore, false, 64),
    row("homePhone", Syntax::CaseIgnore, true, 64),
    row("otherHomePhone", Syntax::CaseIgnore, false, 64),
    row("pager", Syntax::CaseIgnore, true, 64),
    row("otherPager", Syntax::CaseIgnore, false, 64),
    row("ipPhone", Syntax::CaseIgnore, true, 64),
    row("otherIpPhone", Syntax::CaseIgnore, false, 64),
    row("telephoneAssistant", Syntax::CaseIgnore, true, 64),
    row("streetAddress", Syntax::CaseIgnore, true, 1024),
    row("postOfficeBox", Syntax::CaseIgnore, false, 40),
    row("postalAddress", Syntax::CaseIgnore, false, 4096),
    row("homePostalAddress", Syntax::CaseIgnore, true, 4096),
    row("l", Syntax::CaseIgnore, true, 128),
    row("st", Syntax::CaseIgnore, true, 128),
    row("postalCode", Syntax::CaseIgnore, true, 40),
    row("co", Syntax::CaseIgnore, true, 128),
    row("c", Syntax::CaseIgnore, true, 3),
    row("countryCode", Syntax::Integer, true, 0),
    row("wWWHomePage", Syntax::CaseIgnore, true, 2048),
    row("url", Syntax::CaseIgnore, false, 4096),
    row("mail", Syntax::CaseIgnore, true, 256),
    row("otherMailbox", Syntax::CaseIgnore, false, 0),
    row("userPrincipalName", Syntax::CaseIgnore, true, 1024),
    row("sAMAccountName", Syntax::CaseIgnore, true, 256),
    row("userAccountControl", Syntax::Integer, true, 0),
    row("employeeID", Syntax::CaseIgnore, true, 16),
    row("employeeNumber", Syntax::CaseIgnore, true, 512),
    row("employeeType", Syntax::CaseIgnore, true, 256),
    row("manager", Syntax::Reference, true, 0),
    row("directReports", Syntax::Reference, false, 0),
    row("member", Syntax::Reference, false, 0),
    row("memberOf", Syntax::Reference, false, 0),
    row("managedBy", Syntax::Reference, true, 0),
    row("assistant", Syntax::Reference, true, 0),
    row("secretary", Syntax::Reference, false, 0),
    row("authOrig", Syntax::Reference, false, 0),
    row("unauthOrig", Syntax::Reference, false, 0),
    row("dLMemSubmitPerms", Syntax::Reference, false, 0),
    row("dLMemRejectPerms", Syntax::Reference, false, 0),
    row("altRecipient", Syntax::Reference, true, 0),
    row("publicDelegates", Syntax::Reference, false, 0),
    row("groupType", Syntax::Integer, true, 0),
    row("sAMAccountType", Syntax::Integer, true, 0),
    row("isCriticalSystemObject", Syntax::Boolean, true, 0),
    row("thumbnailPhoto", Syntax::Octets, true, 102400),
    row("jpegPhoto", Syntax::Octets, false, 0),
    row("userCertificate", Syntax::Octets, false, 32768),
    row("userSMIMECertificate", Syntax::Octets, false, 32768),
    row("userCert", Syntax::Octets, true, 32767),
    row("proxyAddresses", Syntax::ProxyAddress, false, 1123),
    row("targetAddress", Syntax::CaseIgnore, true, 1123),
    row("mailNickname", Syntax::CaseIgnore, true, 64),
    row("legacyExchangeDN", Syntax::CaseIgnore, true, 0),
    row("textEncodedORAddress", Syntax::CaseIgnore, true, 1024),
    row("internetEncoding", Syntax::Integer, true, 0),
    row("mAPIRecipient", Syntax::Boolean, true, 0),
    row("showInAddressBook", Syntax::Reference, false, 0),
    row("homeMDB", Syntax::Reference, true, 0),
    row("homeMTA", Syntax::Reference, true, 0),
    row("msExchHomeServerName", Syntax::CaseIgnore, true, 0),
    row("msExchMailboxGuid", Syntax::Octets, true, 16),
    row("msExchArchiveGUID", Syntax::Octets, true, 16),
    row("msExchHideFromAddressLists", Syntax::Boolean, true, 0),
    row("msExchRecipientDisplayType", Syntax::Integer, true, 0),
    row("msExchRecipientTypeDetails", Syntax::Integer, true, 0),
    row("msExchRemoteRecipientType", Syntax::Integer, true, 0),
    row("msExchMasterAccountSid", Syntax::Octets, true, 28),
    row("msExchMasterAccountHistory", Syntax::Octets, false, 28),
    row("msExchOriginatingForest", Syntax::CaseIgnore, false, 0),
    row("msExchRequireAuthToSendTo", Syntax::Boolean, true, 0),
    row("msExchVersion", Syntax::Integer, true, 0),
    row("msExchPoliciesExcluded", Syntax::CaseIgnore, false, 0),
    row("msExchPoliciesIncluded", Syntax::CaseIgnore, false, 0),
    row("msExchAssistantName", Syntax::CaseIgnore, true, 256),
    row("msExchResourceMetaData", Syntax::CaseIgnore, false, 0),
    row("msExchResourceSearchProperties", Syntax::CaseIgnore, false, 0),
    row("msExchResourceCapacity", Syntax::Integer, true, 0),
    row("msRTCSIP-PrimaryUserAddress", Syntax::CaseIgnore, true, 256),
    row("msRTCSIP-UserEnabled", Syntax::Boolean, true, 0),
    row("msRTCSIP-OriginatorSid", Syntax::Octets, true, 28),
    row("msRTCSIP-OptionFlags", Syntax::Integer, true, 0),
    row("msRTCSIP-Line", Syntax::CaseIgnore, true, 0),
    row("msRTCSIP-DeploymentLocator", Syntax::CaseIgnore, true, 0),
    row("mS-DS-ConsistencyGuid", Syntax::Octets, true, 16),
    row("msDS-PhoneticDisplayName", Syntax::CaseIgnore, true, 256),
    row("msDS-PhoneticFirstName", Syntax::CaseIgnore, true, 64),
    row("msDS-PhoneticLastName", Syntax::CaseIgnore, true, 64),
    row("msDS-HABSeniorityIndex", Syntax::Integer, true, 0),
    row("msDS-SourceObjectDN", Syntax::CaseIgnore, true, 10240),
    row("adminDescription", Syntax::CaseIgnore, true, 1024),
    row("onPremisesImmutableId", Syntax::CaseExact, true, 0),
    row("whenCreated", Syntax::Time, true, 0),
    row("whenChanged", Syntax::Time, true, 0),
    row("accountExpires", Syntax::Integer, true, 0),
    row("uSNChanged", Syntax::Integer, true, 0),
    row("entryUUID", Syntax::CaseIgnore, true, 0),
    row("uid", Syntax::CaseIgnore, false, 256),
    row("ou", Syntax::CaseIgnore, false, 64),
    row("dc", Syntax::CaseIgnore, true, 0),
    row("o", Syntax::CaseIgnore, false, 64),
    row("extensionAttribute1", Syntax::CaseIgnore, true, 1024),
    row("extensionAttribute2", Syntax::CaseIgnore, true, 1024),
    row("extensionAttribute3", Syntax::CaseIgnore, true, 1024),
    row("extensionAttribute4", Syntax::CaseIgnore, true, 1024),
    row("extensionAttribute5", Syntax::CaseIgnore, true, 1024),
    row("extensionAttribute6", Syntax::CaseIgnore, true, 1024),
    row("extensionAttribute7", Syntax::CaseIgnore, true, 1024),
    row("extensionAttribute8", Syntax::CaseIgnore, true, 1024),
    row("extensionAttribute9", Syntax::CaseIgnore, true, 1024),
    row("extensionAttribute10", Syntax::CaseIgnore, true, 1024),
    row("extensionAttribute11", Syntax::CaseIgnore, true, 2048),
    row("extensionAttribute12", Syntax::CaseIgnore, true, 2048),
    row("extensionAttribute13", Syntax::CaseIgnore, true, 2048),
    row("extensionAttribute14", Syntax::CaseIgnore, true, 2048),
    row("extensionAttribute15", Syntax::CaseIgnore, true, 2048),
    row("msExchExtensionCustomAttribute1", Syntax::CaseIgnore, false, 2048),
    row("msExchExtensionCustomAttribute2", Syntax::CaseIgnore, false, 2048),
    row("msExchExtensionCustomAttribute3", Syntax::CaseIgnore, false, 2048),
    row("msExchExtensionCustomAttribute4", Syntax::CaseIgnore, false, 2048),
    row("msExchExtensionCustomAttribute5", Syntax::CaseIgnore, false, 2048),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_interners_order() {
        for (at, attribute) in WELL_KNOWN.iter().enumerate() {
            let name = AttributeName::intern(attribute.name).unwrap();
            assert_eq!((name.index(), name.as_str()), (at, attribute.name));
        }
    }
}
