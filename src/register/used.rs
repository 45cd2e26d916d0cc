//! How much keys were used, beside how much their cryptoperiods allow.

use jiff::civil::Date;
use serde::Deserialize;
use serde::Serialize;

use crate::register::Rests;
use crate::register::due::day;
use crate::register::keys::Material;

/// How much a key was used since it was made, as somebody told it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Told {
    /// How often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u64>,
    /// How many bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The last day that is counted.
    pub until: String,
    /// Where that is told.
    pub rests_on: Rests,
}

/// What a cryptoperiod allows besides time, and how much of it was used.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Limit {
    /// `uses` or `bytes`.
    pub what: &'static str,
    /// How many are allowed.
    pub allowed: u64,
    /// How many there were; nobody told if absent.
    pub told: Option<u64>,
    /// The last day that is counted.
    pub until: Option<String>,
    /// The day on which all are used, at the pace until then; that day if they are.
    #[serde(serialize_with = "crate::register::age::as_text")]
    pub reached_on: Option<Date>,
    /// The line that it rests on.
    pub rests_on: Option<Rests>,
}

impl Limit {
    /// Whether everything that is allowed was used.
    pub fn is_over(&self) -> bool {
        self.told.is_some_and(|told| told >= self.allowed)
    }

    /// As people read it.
    pub fn words(&self) -> String {
        let Self { what, allowed, .. } = self;
        match (self.told, &self.until) {
            (Some(told), Some(until)) => {
                let ends = match self.reached_on {
                    Some(_) if self.is_over() => "; all are used".to_owned(),
                    Some(day) => format!("; at this pace all are used on {day}"),
                    None => String::new(),
                };
                format!("{told} of {allowed} {what} until {until}{ends}")
            }
            (Some(_), None) | (None, _) => {
                format!("nobody told how many of the {allowed} {what} there were")
            }
        }
    }
}

/// What the cryptoperiod of a key allows in uses and bytes. Each counts as it was told last.
pub fn limits(material: &Material) -> Vec<Limit> {
    let about = &material.about;
    let uses = about
        .uses
        .map(|allowed| limit(material, "uses", allowed, |told| told.uses));
    let bytes = about
        .bytes
        .map(|allowed| limit(material, "bytes", allowed, |told| told.bytes));
    uses.into_iter().chain(bytes).collect()
}

fn limit(
    material: &Material,
    what: &'static str,
    allowed: u64,
    of: impl Fn(&Told) -> Option<u64>,
) -> Limit {
    let mut counted = material.about.counted.iter().rev();
    let last = counted.find_map(|told| Some((of(told)?, told)));
    let reached_on = last.and_then(|(count, told)| reached(material, count, allowed, told));
    Limit {
        what,
        allowed,
        told: last.map(|(count, _)| count),
        until: last.map(|(_, told)| told.until.clone()),
        reached_on,
        rests_on: last.map(|(_, told)| told.rests_on.clone()),
    }
}

/// The day on which all that is allowed is used, if it goes on as it did since the key was made.
fn reached(material: &Material, count: u64, allowed: u64, told: &Told) -> Option<Date> {
    let until: Date = told.until.parse().ok()?;
    if count >= allowed {
        return Some(until);
    }
    let made = day(material.made.as_ref()?.at);
    let days = i64::from((until - made).get_days());
    if count == 0 || days < 1 {
        return None;
    }
    let all = i128::from(days) * i128::from(allowed) / i128::from(count);
    // What lies further away than anybody plans is no day.
    let all = i64::try_from(all).ok().filter(|all| *all < FAR)?;
    made.checked_add(jiff::Span::new().days(all)).ok()
}

/// A hundred years, in days.
const FAR: i64 = 36_525;

#[cfg(test)]
mod tests {
    use super::*;

    fn used(allowed: u64, told: &[(Option<u64>, &str)]) -> Limit {
        let mut material = Material::blank("payments", "00");
        material.made = Some(Rests::on("2026-01-01", 5));
        material.about.uses = Some(allowed);
        let counted = told.iter().map(|(uses, until)| Told {
            uses: *uses,
            bytes: None,
            until: (*until).to_owned(),
            rests_on: Rests::on(until, 7),
        });
        material.about.counted = counted.collect();
        limits(&material).remove(0)
    }

    #[test]
    fn uses_that_nobody_told_are_not_taken_for_none() {
        let limit = used(1000, &[(None, "2026-04-11")]);
        assert_eq!((limit.told, limit.reached_on), (None, None));
        assert_eq!(
            limit.words(),
            "nobody told how many of the 1000 uses there were"
        );
    }

    #[test]
    fn the_last_count_tells_when_all_is_used_at_the_pace_until_then() {
        // 100 days, a tenth of what is allowed.
        let limit = used(1000, &[(Some(1), "2026-02-01"), (Some(100), "2026-04-11")]);
        assert!(!limit.is_over());
        assert_eq!(limit.reached_on, Some("2028-09-27".parse().unwrap()));
        assert_eq!(limit.rests_on, Some(Rests::on("2026-04-11", 7)));
        for count in [1000, 1001] {
            let limit = used(1000, &[(Some(count), "2026-04-11")]);
            assert!(limit.is_over());
            assert_eq!(limit.reached_on, Some("2026-04-11".parse().unwrap()));
        }
    }

    #[test]
    fn a_pace_that_takes_a_century_names_no_day() {
        assert_eq!(used(u64::MAX, &[(Some(1), "2026-04-11")]).reached_on, None);
        assert_eq!(used(10, &[(Some(0), "2026-04-11")]).reached_on, None);
        assert_eq!(used(10, &[(Some(1), "2026-01-01")]).reached_on, None);
    }
}
