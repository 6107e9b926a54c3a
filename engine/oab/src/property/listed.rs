//! The property list: which properties a book has, and from which directory attributes they come.

use super::{PropertyTag, PropertyType};
use crate::OabError;

/// What a property is in the book for (`ConfiguredAttributes` of an offline address book).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// In the book, and indexed for ambiguous name resolution.
    Anr,
    /// In the book.
    Value,
    /// Only the fact that there is a value; clients ask the server for it.
    Indicator,
}

/// A property of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedProperty {
    /// Exchange's name, as in `ConfiguredAttributes`.
    pub name: String,
    /// The property.
    pub tag: PropertyTag,
    /// The attribute of Active Directory that it comes from, in lower case; empty when it is derived.
    pub attribute: String,
    /// What it is in the book for.
    pub kind: Kind,
}

/// The properties of a book, in the order of its table. The two keys and the list of truncated
/// properties are implied and not part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropertyList {
    properties: Vec<ListedProperty>,
}

impl Default for PropertyList {
    /// The default list of Exchange Online: 9 indexed, 39 plain, 6 indicators.
    fn default() -> Self {
        let listed = |row: &(&str, u32, &str, Kind)| {
            let &(name, tag, attribute, kind) = row;
            ListedProperty {
                name: name.to_owned(),
                tag: PropertyTag(tag),
                attribute: attribute.to_ascii_lowercase(),
                kind,
            }
        };
        Self { properties: DEFAULT.iter().map(listed).collect() }
    }
}

impl PropertyList {
    /// A list of one's own.
    ///
    /// # Errors
    /// [`OabError::PropertyList`] for a type that a book cannot hold, a table that is not an
    /// indicator, a tag that occurs twice or is implied, or a list of over 1,000 properties.
    pub fn new(properties: Vec<ListedProperty>) -> Result<Self, OabError> {
        if properties.len() > 1_000 {
            let problem = "a book has at most 1,000 properties".to_owned();
            return Err(OabError::PropertyList { entry: properties.len().to_string(), problem });
        }
        for (index, property) in properties.iter().enumerate() {
            let refuse = |problem: &str| {
                Err(OabError::PropertyList { entry: property.name.clone(), problem: problem.to_owned() })
            };
            let table = property.tag.property_type()? == PropertyType::Object;
            if table && property.kind != Kind::Indicator {
                return refuse("a table can only be an indicator");
            }
            if IMPLIED.contains(&property.tag) {
                return refuse("the property is in every book already");
            }
            if properties.iter().take(index).any(|earlier| earlier.tag == property.tag) {
                return refuse("the tag occurs twice");
            }
        }
        Ok(Self { properties })
    }

    /// The properties in the order of the book's table.
    pub fn properties(&self) -> &[ListedProperty] {
        &self.properties
    }
}

const IMPLIED: [PropertyTag; 3] =
    [PropertyTag::EMAIL_ADDRESS, PropertyTag::SMTP_ADDRESS, PropertyTag::TRUNCATED_PROPERTIES];

/// Exchange's name of a property of the default list, of the implied ones or of the header record.
pub(super) fn usual_name(tag: PropertyTag) -> Option<&'static str> {
    let listed = DEFAULT.iter().find(|row| row.1 == tag.0).map(|row| row.0);
    listed.or_else(|| OTHERS.iter().find(|row| row.0 == tag).map(|row| row.1))
}

const OTHERS: [(PropertyTag, &str); 10] = [
    (PropertyTag::EMAIL_ADDRESS, "EmailAddress"),
    (PropertyTag::SMTP_ADDRESS, "SmtpAddress"),
    (PropertyTag::TRUNCATED_PROPERTIES, "TruncatedProperties"),
    (PropertyTag::BOOK_NAME, "OfflineAddressBookName"),
    (PropertyTag::BOOK_DN, "OfflineAddressBookDistinguishedName"),
    (PropertyTag::BOOK_SEQUENCE, "OfflineAddressBookSequence"),
    (PropertyTag::BOOK_GUID, "OfflineAddressBookContainerGuid"),
    (PropertyTag::ROOT_DEPARTMENT, "HierarchicalRootDepartment"),
    (PropertyTag(0x8009_101E), "Member"),
    (PropertyTag(0x8008_101E), "IsMemberOf"),
];

/// Exchange Online's default `ConfiguredAttributes` with the tags of MS-OXOAB 2.9.2.2 and the
/// attributes of Active Directory behind them.
#[rustfmt::skip]
const DEFAULT: &[(&str, u32, &str, Kind)] = &[
    ("DisplayName",                0x3001_001F, "displayName",                    Kind::Anr),
    ("PhoneticDisplayName",        0x8C92_001F, "msDS-PhoneticDisplayName",       Kind::Anr),
    ("Account",                    0x3A00_001F, "mailNickname",                   Kind::Anr),
    ("Surname",                    0x3A11_001F, "sn",                             Kind::Anr),
    ("PhoneticSurname",            0x8C8F_001F, "msDS-PhoneticLastName",          Kind::Anr),
    ("GivenName",                  0x3A06_001F, "givenName",                      Kind::Anr),
    ("PhoneticGivenName",          0x8C8E_001F, "msDS-PhoneticFirstName",         Kind::Anr),
    ("ProxyAddresses",             0x800F_101F, "proxyAddresses",                 Kind::Anr),
    ("OfficeLocation",             0x3A19_001F, "physicalDeliveryOfficeName",     Kind::Anr),
    ("DisplayType",                0x3900_0003, "",                               Kind::Value),
    ("ObjectType",                 0x0FFE_0003, "",                               Kind::Value),
    ("SendRichInfo",               0x3A40_000B, "mAPIRecipient",                  Kind::Value),
    ("BusinessTelephoneNumber",    0x3A08_001F, "telephoneNumber",                Kind::Value),
    ("Initials",                   0x3A0A_001F, "initials",                       Kind::Value),
    ("StreetAddress",              0x3A29_001F, "streetAddress",                  Kind::Value),
    ("Locality",                   0x3A27_001F, "l",                              Kind::Value),
    ("StateOrProvince",            0x3A28_001F, "st",                             Kind::Value),
    ("PostalCode",                 0x3A2A_001F, "postalCode",                     Kind::Value),
    ("Country",                    0x3A26_001F, "co",                             Kind::Value),
    ("Title",                      0x3A17_001F, "title",                          Kind::Value),
    ("CompanyName",                0x3A16_001F, "company",                        Kind::Value),
    ("PhoneticCompanyName",        0x8C91_001F, "msDS-PhoneticCompanyName",       Kind::Value),
    ("Assistant",                  0x3A30_001F, "msExchAssistantName",            Kind::Value),
    ("DepartmentName",             0x3A18_001F, "department",                     Kind::Value),
    ("PhoneticDepartmentName",     0x8C90_001F, "msDS-PhoneticDepartment",        Kind::Value),
    ("TargetAddress",              0x8011_001F, "targetAddress",                  Kind::Value),
    ("HomeTelephoneNumber",        0x3A09_001F, "homePhone",                      Kind::Value),
    ("Business2TelephoneNumberMv", 0x3A1B_101F, "otherTelephone",                 Kind::Value),
    ("Home2TelephoneNumberMv",     0x3A2F_101F, "otherHomePhone",                 Kind::Value),
    ("PrimaryFaxNumber",           0x3A23_001F, "facsimileTelephoneNumber",       Kind::Value),
    ("MobileTelephoneNumber",      0x3A1C_001F, "mobile",                         Kind::Value),
    ("AssistantTelephoneNumber",   0x3A2E_001F, "telephoneAssistant",             Kind::Value),
    ("PagerTelephoneNumber",       0x3A21_001F, "pager",                          Kind::Value),
    ("Comment",                    0x3004_001F, "info",                           Kind::Value),
    ("UserCertificate",            0x3A22_0102, "userCert",                       Kind::Value),
    ("UserSMimeCertificate",       0x3A70_1102, "userSMIMECertificate",           Kind::Value),
    ("Certificate",                0x8C6A_1102, "userCertificate",                Kind::Value),
    ("HomeMdbA",                   0x8006_001E, "homeMDB",                        Kind::Value),
    ("SimpleDisplayNameAnsi",      0x39FF_001E, "displayNamePrintable",           Kind::Value),
    ("ObjectGuid",                 0x8C6D_0102, "objectGUID",                     Kind::Value),
    ("DisplayTypeEx",              0x3905_0003, "msExchRecipientDisplayType",     Kind::Value),
    ("HabSeniorityIndex",          0x8CA0_0003, "msDS-HABSeniorityIndex",         Kind::Value),
    ("IsOrganizational",           0x8CDD_000B, "msOrg-IsOrganizational",         Kind::Value),
    ("DelivContLength",            0x806A_0003, "delivContLength",                Kind::Value),
    ("ModerationEnabled",          0x8CB5_000B, "msExchEnableModeration",         Kind::Value),
    ("MailTipTranslations",        0x8CAC_101F, "msExchSenderHintTranslations",   Kind::Value),
    ("TotalMemberCount",           0x8CE2_0003, "msExchGroupMemberCount",         Kind::Value),
    ("ExternalMemberCount",        0x8CE3_0003, "msExchGroupExternalMemberCount", Kind::Value),
    ("ThumbnailPhoto",             0x8C9E_0102, "thumbnailPhoto",                 Kind::Indicator),
    ("UmSpokenName",               0x8CC2_0102, "msExchUMSpokenName",             Kind::Indicator),
    ("AcceptMessagesOnlyFrom",     0x8CD8_000D, "authOrig",                       Kind::Indicator),
    ("AcceptMessagesOnlyFromDLMembers", 0x8073_000D, "dLMemSubmitPerms",          Kind::Indicator),
    ("RejectMessagesFrom",         0x8CD9_000D, "unauthOrig",                     Kind::Indicator),
    ("RejectMessagesFromDLMembers", 0x8CDA_000D, "dLMemRejectPerms",              Kind::Indicator),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_list_is_a_valid_list() {
        let list = PropertyList::default();
        assert!(PropertyList::new(list.properties().to_vec()).is_ok());
        for (kind, number) in [(Kind::Anr, 9), (Kind::Value, 39), (Kind::Indicator, 6)] {
            assert_eq!(list.properties().iter().filter(|property| property.kind == kind).count(), number);
        }
    }

    #[test]
    fn wrong_lists_are_refused() {
        let row = |tag, kind| ListedProperty {
            name: "Row".to_owned(),
            tag: PropertyTag(tag),
            attribute: "row".to_owned(),
            kind,
        };
        for rows in [
            vec![row(0x3001_0005, Kind::Value)],
            vec![row(0x3001_000D, Kind::Value)],
            vec![row(0x3003_001E, Kind::Value)],
            vec![row(0x3001_001F, Kind::Value), row(0x3001_001F, Kind::Anr)],
        ] {
            assert_eq!(PropertyList::new(rows.clone()).map_err(|e| e.code()), Err("MDR-O009"), "{rows:?}");
        }
    }
}
