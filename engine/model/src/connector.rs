//! The small number that stands for a configured connector.

use serde::{Deserialize, Serialize};

/// A configured connector, as the store numbers it: the number stays with the name for the store's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ConnectorId(pub u16);
