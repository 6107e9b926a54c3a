//! Work on many things at once, by as many threads as there are cores.

/// How many things are too few for a second thread.
const FEW: usize = 64;

/// What a function gives for each part of a list, in the list's order. The parts are worked on at the same time.
///
/// # Panics
/// Where the function does.
pub fn in_parts<T: Send, R: Send>(mut list: Vec<T>, each: impl Fn(Vec<T>) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(list.len() / FEW);
    if threads < 2 {
        return vec![each(list)];
    }
    let share = list.len().div_ceil(threads);
    let mut parts = Vec::with_capacity(threads);
    while list.len() > share {
        parts.push(list.split_off(list.len() - share));
    }
    let (first, each) = (list, &each);
    std::thread::scope(|scope| {
        let others: Vec<_> = parts.into_iter().map(|part| scope.spawn(move || each(part))).collect();
        let mut given = vec![each(first)];
        // The parts were cut off from the end.
        for other in others.into_iter().rev() {
            match other.join() {
                Ok(part) => given.push(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        given
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_comes_back_in_order() {
        for length in [0, 1, FEW, 2 * FEW, 1000, 1001] {
            let list: Vec<usize> = (0..length).collect();
            assert_eq!(in_parts(list.clone(), |part| part).concat(), list, "{length}");
        }
    }
}
