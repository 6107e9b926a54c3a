//! Faults on demand: at chosen calls, or by chance from a seed.

use std::collections::BTreeMap;

/// What goes wrong with one page of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ImportFault {
    /// The connection is lost before the page arrives: an error.
    PageLost,
    /// The page before it comes again.
    PageRepeated,
    /// At the first page of a full import: the whole walk comes in another order. Else: the page does.
    Reordered,
    /// Some objects of the page come twice.
    ObjectsRepeated,
    /// The watermark is refused.
    CookieRefused,
    /// Another server answers from now on: every older watermark is refused.
    ServerSwitched,
    /// The server cuts the page and the walk, and says so.
    SizeLimit,
    /// Nothing is shown, with success; the watermark moves on. Heals by a full import only.
    Emptied,
    /// 30 % of the page's objects lack most of their attributes. Heals by a full import only.
    AttributesVanish,
    /// The key of every third object of the page cannot be read: it is told by its name, with a problem. Heals by a full
    /// import only.
    KeysUnreadable,
    /// This and the next two pages come from a replica that takes no more changes meanwhile.
    Lagging,
}

/// What goes wrong with one operation of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ExportFault {
    /// The connection is lost before the operation is carried out; its outcome is unknown. The next ones go on.
    LostBefore,
    /// The connection is lost after the operation was carried out; its outcome is unknown. The next ones go on.
    LostAfter,
    /// The batch ends before this operation with an error: what came of the earlier ones is not told.
    BatchCut,
    /// The directory refuses the operation though nothing is wrong with it.
    Refused,
}

impl ImportFault {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::PageLost,
        Self::PageRepeated,
        Self::Reordered,
        Self::ObjectsRepeated,
        Self::CookieRefused,
        Self::ServerSwitched,
        Self::SizeLimit,
        Self::Emptied,
        Self::AttributesVanish,
        Self::KeysUnreadable,
        Self::Lagging,
    ];

    /// Whether what it did to the reader's view stays until a full import.
    #[must_use]
    pub fn needs_full_import(self) -> bool {
        matches!(self, Self::Emptied | Self::AttributesVanish | Self::KeysUnreadable)
    }

    /// The name that counters show.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PageLost => "fault: page lost",
            Self::PageRepeated => "fault: page repeated",
            Self::Reordered => "fault: reordered",
            Self::ObjectsRepeated => "fault: objects repeated",
            Self::CookieRefused => "fault: cookie refused",
            Self::ServerSwitched => "fault: server switched",
            Self::SizeLimit => "fault: size limit",
            Self::Emptied => "fault: emptied",
            Self::AttributesVanish => "fault: attributes vanish",
            Self::KeysUnreadable => "fault: keys unreadable",
            Self::Lagging => "fault: lagging replica",
        }
    }
}

impl ExportFault {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::LostBefore, Self::LostAfter, Self::BatchCut, Self::Refused];

    /// The name that counters show.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LostBefore => "fault: lost before",
            Self::LostAfter => "fault: lost after",
            Self::BatchCut => "fault: batch cut",
            Self::Refused => "fault: refused",
        }
    }
}

/// How often each fault strikes by chance, per thousand pages or operations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultRates {
    /// For each page.
    pub import: Vec<(ImportFault, u16)>,
    /// For each operation.
    pub export: Vec<(ExportFault, u16)>,
}

impl FaultRates {
    /// Each fault that heals by itself, equally often.
    #[must_use]
    pub fn healing(per_mille: u16) -> Self {
        let import = ImportFault::ALL.into_iter().filter(|fault| !fault.needs_full_import());
        Self {
            import: import.map(|fault| (fault, per_mille)).collect(),
            export: ExportFault::ALL.into_iter().map(|fault| (fault, per_mille)).collect(),
        }
    }

    /// Every fault, equally often.
    #[must_use]
    pub fn all(per_mille: u16) -> Self {
        Self {
            import: ImportFault::ALL.into_iter().map(|fault| (fault, per_mille)).collect(),
            export: ExportFault::ALL.into_iter().map(|fault| (fault, per_mille)).collect(),
        }
    }
}

/// Which faults strike, and when. Pages and operations are counted from 0, from the moment the plan is set.
#[derive(Clone, Debug, Default)]
pub struct FaultPlan {
    pages: BTreeMap<u64, ImportFault>,
    operations: BTreeMap<u64, ExportFault>,
    random: Option<(u64, FaultRates)>,
    pages_seen: u64,
    operations_seen: u64,
}

impl FaultPlan {
    /// No fault.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Faults by chance, the same for the same seed.
    #[must_use]
    pub fn random(seed: u64, rates: FaultRates) -> Self {
        Self { random: Some((seed, rates)), ..Self::default() }
    }

    /// This fault at the page with this number.
    #[must_use]
    pub fn at_page(mut self, page: u64, fault: ImportFault) -> Self {
        self.pages.insert(page, fault);
        self
    }

    /// This fault at the operation with this number.
    #[must_use]
    pub fn at_operation(mut self, operation: u64, fault: ExportFault) -> Self {
        self.operations.insert(operation, fault);
        self
    }

    pub(crate) fn next_page(&mut self) -> Option<ImportFault> {
        let page = self.pages_seen;
        self.pages_seen += 1;
        self.pages.remove(&page).or_else(|| {
            let (seed, rates) = self.random.as_ref()?;
            strike(mix(*seed, page), &rates.import)
        })
    }

    pub(crate) fn next_operation(&mut self) -> Option<ExportFault> {
        let operation = self.operations_seen;
        self.operations_seen += 1;
        self.operations.remove(&operation).or_else(|| {
            let (seed, rates) = self.random.as_ref()?;
            strike(mix(!*seed, operation), &rates.export)
        })
    }
}

fn strike<F: Copy>(number: u64, rates: &[(F, u16)]) -> Option<F> {
    let mut left = number % 1000;
    for (fault, per_mille) in rates {
        match left.checked_sub(u64::from(*per_mille)) {
            Some(rest) => left = rest,
            None => return Some(*fault),
        }
    }
    None
}

/// A number that looks drawn by chance and is the same for the same arguments (SplitMix64).
pub(crate) fn mix(seed: u64, at: u64) -> u64 {
    let mut z = seed.wrapping_add(at.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
