//! When imported material ends, as CloudTrail writes it.

use crate::domain::record::Moment;

/// When material ends, in each of the spellings that CloudTrail has for it; all are UTC.
///
/// `Jan 1, 2021 8:00:00 PM`, `May 21, 2025, 5:47:45 AM` (newer Java puts a narrow space before `AM`),
/// `Apr 12, 2021 18:58:30 PM`, RFC 3339, and seconds since 1970.
pub(super) fn valid_to(text: &str) -> Option<Moment> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(Moment::new(time));
    }
    if let Some(seconds) = text.split('.').next().and_then(|whole| whole.parse().ok()) {
        return jiff::Timestamp::from_second(seconds).ok().map(Moment::new);
    }
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .collect();
    let [month, day, year, time, half @ ..] = words.as_slice() else {
        return None;
    };
    let month = MONTHS.iter().position(|name| name == month)? + 1;
    let mut parts = time.split(':').map(|part| part.parse::<i8>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    // An hour of 24 with AM or PM behind it is what it is.
    let hour = match half {
        [] => hour,
        ["AM"] if hour == 12 => 0,
        ["PM"] if hour < 12 => hour + 12,
        ["AM" | "PM"] => hour,
        _ => return None,
    };
    let day: i8 = day.parse().ok()?;
    let date = jiff::civil::Date::new(year.parse().ok()?, i8::try_from(month).ok()?, day).ok()?;
    let time = jiff::civil::Time::new(hour, minute, second, 0).ok()?;
    let zoned = date
        .to_datetime(time)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()?;
    Some(Moment::new(zoned.timestamp()))
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_end_is_read() {
        for (text, wanted) in [
            ("Jan 1, 2021 8:00:00 PM", "2021-01-01T20:00:00Z"),
            ("May 21, 2025, 5:47:45 AM", "2025-05-21T05:47:45Z"),
            ("May 21, 2025, 12:47:45\u{202f}AM", "2025-05-21T00:47:45Z"),
            ("Apr 12, 2021 18:58:30 PM", "2021-04-12T18:58:30Z"),
            ("Apr 12, 2021 12:58:30 PM", "2021-04-12T12:58:30Z"),
            ("2026-12-27T11:00:00+01:00", "2026-12-27T10:00:00Z"),
            ("1798365600", "2026-12-27T10:00:00Z"),
            ("1798365600.0", "2026-12-27T10:00:00Z"),
        ] {
            assert_eq!(valid_to(text).unwrap().to_string(), wanted, "{text}");
        }
        for text in [
            "",
            "never",
            "Foo 1, 2021 8:00:00 PM",
            "Feb 30, 2021 8:00:00 PM",
            "Jan 1, 2021 25:00:00",
            "Jan 1, 2021",
        ] {
            assert_eq!(valid_to(text), None, "{text}");
        }
    }
}
