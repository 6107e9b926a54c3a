//! Durations as people write them: `8h`, `480m`, `1h30m`, `2d`; a bare number is minutes.

/// A duration in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seconds(pub(crate) i64);

impl std::str::FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || format!("\"{text}\" is not a duration like 8h, 480m or 1h30m");
        let mut rest = text.trim();
        let mut sum: i64 = 0;
        if rest.is_empty() {
            return Err(refuse());
        }
        while !rest.is_empty() {
            let digits = rest.chars().take_while(char::is_ascii_digit).count();
            let (number, after) = rest.split_at_checked(digits).ok_or_else(refuse)?;
            let after = after.trim_start();
            let letters = after.chars().take_while(char::is_ascii_alphabetic).count();
            let (unit, after) = after.split_at_checked(letters).ok_or_else(refuse)?;
            let seconds = match unit {
                "s" => 1,
                "" | "m" | "min" => 60,
                "h" => 3_600,
                "d" => 86_400,
                _ => return Err(refuse()),
            };
            let number: i64 = number.parse().map_err(|_| refuse())?;
            let part = number.checked_mul(seconds).ok_or_else(refuse)?;
            sum = sum.checked_add(part).ok_or_else(refuse)?;
            rest = after.trim_start();
        }
        Ok(Self(sum))
    }
}

/// A time of day, `05:00`, in seconds after midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeOfDay(pub(crate) i64);

impl std::str::FromStr for TimeOfDay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || format!("\"{text}\" is not a time of day like 05:00");
        let mut parts = text.trim().split(':').map(|part| part.parse::<u32>().ok());
        let mut next = |below: u32| parts.next().map(|part| part.filter(|part| *part < below));
        let (hour, minute, second) = (next(24), next(60), next(60));
        match (hour.flatten(), minute.flatten(), second) {
            (Some(hour), Some(minute), None) => Ok(Self(i64::from(hour * 3_600 + minute * 60))),
            (Some(hour), Some(minute), Some(Some(second))) => {
                Ok(Self(i64::from(hour * 3_600 + minute * 60 + second)))
            }
            _ => Err(refuse()),
        }
    }
}

/// A delay, `15m` or between two bounds, `0-15m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Delay {
    pub(crate) least: i64,
    pub(crate) most: i64,
}

impl std::str::FromStr for Delay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (least, most) = text.split_once('-').unwrap_or((text, text));
        let (Seconds(least), Seconds(most)) = (least.parse()?, most.parse()?);
        if least > most {
            return Err(format!("\"{text}\": the longest delay comes last"));
        }
        Ok(Self { least, most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_times() {
        for (text, seconds) in [
            ("8h", 28_800),
            ("480m", 28_800),
            ("480", 28_800),
            ("480 min", 28_800),
            ("1h30m", 5_400),
            ("2d", 172_800),
            ("5s", 5),
        ] {
            assert_eq!(text.parse(), Ok(Seconds(seconds)), "{text}");
        }
        for text in ["", "h", "8x", "-8h", "99999999999999999999h", "9999999999999999h"] {
            assert!(text.parse::<Seconds>().is_err(), "{text}");
        }
        assert_eq!("05:30".parse(), Ok(TimeOfDay(19_800)));
        assert_eq!("05:30:01".parse(), Ok(TimeOfDay(19_801)));
        for text in ["5", "24:00", "05:60", "05:00:60", ""] {
            assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
        }
        assert_eq!("0-15m".parse(), Ok(Delay { least: 0, most: 900 }));
        assert_eq!("15m".parse(), Ok(Delay { least: 900, most: 900 }));
        assert!("15m-0".parse::<Delay>().is_err());
    }
}
