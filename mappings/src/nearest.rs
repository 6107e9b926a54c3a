//! "Did you mean": the known name nearest to one that was written.

/// The candidate nearest to the name: equal but for case, or with few slips for its length. None is near otherwise.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = name.to_lowercase();
    let length = name.chars().count();
    let most = (length / 3).clamp(1, 3);
    candidates
        .into_iter()
        // Names of other lengths are never near: so a name of any length is looked up in little time.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= most)
        .map(|candidate| (slips(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(slips, candidate)| *slips <= most && *slips < candidate.chars().count())
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, candidate)| candidate)
}

/// How many characters were left out, added, changed or swapped with their neighbour (optimal string alignment).
#[must_use]
pub fn slips(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    let at = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX / 2);
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let mut least =
                (at(&last, j + 1) + 1).min(at(&row, j) + 1).min(at(&last, j) + usize::from(a != b));
            let swapped = i > 0 && j > 0 && one.get(i - 1) == Some(b) && other.get(j - 1) == Some(a);
            if swapped {
                least = least.min(at(&before_last, j - 1) + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    at(&last, other.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name() {
        let names = ["IsPresent", "IIF", "Left", "Len", "LCase", "proxyAddresses"];
        for (written, expected) in [
            ("ispresent", Some("IsPresent")),
            ("IsPresnt", Some("IsPresent")),
            ("IsPersent", Some("IsPresent")),
            ("Iff", Some("IIF")),
            ("proxyAdresses", Some("proxyAddresses")),
            ("Frobnicate", None),
            ("x", None),
        ] {
            assert_eq!(nearest(written, names), expected, "{written}");
        }
    }
}
