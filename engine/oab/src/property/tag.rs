//! Property tags: an identifier and a type in 32 bits.

use std::fmt;

use crate::OabError;

/// A MAPI property tag: identifier in the upper, type in the lower 16 bits (MS-OXCDATA 2.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PropertyTag(pub u32);

/// The types that a book may hold (MS-OXOAB 2.9.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PropertyType {
    /// 32-bit integer, 0x0003.
    Integer,
    /// True or false, 0x000B.
    Boolean,
    /// A table, 0x000D: never encoded, its tag may be listed as truncated.
    Object,
    /// Text of one byte a character, 0x001E.
    String8,
    /// Text in UTF-8, 0x001F.
    String,
    /// Bytes, 0x0102.
    Binary,
    /// Several integers, 0x1003.
    Integers,
    /// Several texts of one byte a character, 0x101E.
    Strings8,
    /// Several texts in UTF-8, 0x101F.
    Strings,
    /// Several byte strings, 0x1102.
    Binaries,
}

impl PropertyTag {
    /// PidTagEmailAddress: the legacyExchangeDN, first key of every record.
    pub const EMAIL_ADDRESS: Self = Self(0x3003_001E);
    /// PidTagSmtpAddress: the primary mail address, second key of every record.
    pub const SMTP_ADDRESS: Self = Self(0x39FE_001F);
    /// PidTagDisplayName.
    pub const DISPLAY_NAME: Self = Self(0x3001_001F);
    /// PidTagDisplayType: what icon a client shows.
    pub const DISPLAY_TYPE: Self = Self(0x3900_0003);
    /// PidTagDisplayTypeEx: the same with room, equipment, security group.
    pub const DISPLAY_TYPE_EX: Self = Self(0x3905_0003);
    /// PidTagObjectType: mail user, distribution list or folder.
    pub const OBJECT_TYPE: Self = Self(0x0FFE_0003);
    /// PidTagAddressBookProxyAddresses: every address, the `sip:` one among them.
    pub const PROXY_ADDRESSES: Self = Self(0x800F_101F);
    /// PidTagAddressBookTargetAddress: where mail for a contact goes.
    pub const TARGET_ADDRESS: Self = Self(0x8011_001F);
    /// PidTagOfflineAddressBookTruncatedProperties: tags whose value was cut or left out.
    pub const TRUNCATED_PROPERTIES: Self = Self(0x6805_1003);
    /// PidTagOfflineAddressBookName, in the header record.
    pub const BOOK_NAME: Self = Self(0x6800_001F);
    /// PidTagOfflineAddressBookDistinguishedName, in the header record.
    pub const BOOK_DN: Self = Self(0x6804_001E);
    /// PidTagOfflineAddressBookSequence, in the header record.
    pub const BOOK_SEQUENCE: Self = Self(0x6801_0003);
    /// PidTagOfflineAddressBookContainerGuid, in the header record.
    pub const BOOK_GUID: Self = Self(0x6802_001E);
    /// PidTagAddressBookHierarchicalRootDepartment, in the header record of a hierarchical book.
    pub const ROOT_DEPARTMENT: Self = Self(0x8C98_001E);

    /// The type in the tag's lower half.
    ///
    /// # Errors
    /// [`OabError::PropertyList`] for a type that a book cannot hold.
    pub fn property_type(self) -> Result<PropertyType, OabError> {
        Ok(match self.0 & 0xFFFF {
            0x0003 => PropertyType::Integer,
            0x000B => PropertyType::Boolean,
            0x000D => PropertyType::Object,
            0x001E => PropertyType::String8,
            0x001F => PropertyType::String,
            0x0102 => PropertyType::Binary,
            0x1003 => PropertyType::Integers,
            0x101E => PropertyType::Strings8,
            0x101F => PropertyType::Strings,
            0x1102 => PropertyType::Binaries,
            other => {
                let problem = format!("0x{other:04X} is not the type of a value in a book");
                return Err(OabError::PropertyList { entry: self.to_string(), problem });
            }
        })
    }

    /// The name that Exchange gives the property, or the tag in hexadecimal when it is not a usual one.
    pub fn name(self) -> String {
        match super::listed::usual_name(self) {
            Some(name) => name.to_owned(),
            None => self.to_string(),
        }
    }
}

impl fmt::Display for PropertyTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:08X}", self.0)
    }
}

impl serde::Serialize for PropertyTag {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
