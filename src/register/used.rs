//! How much keys were used, beside how much their cryptoperiods allow.

use jiff::civil::Date;
use serde::Deserialize;
use serde::Serialize;

use crate::register::Rests;
use crate::register::due::day;
use crate::register::keys::Material;
use crate::register::reconcile::quiet::Uses;

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
    /// Who told: somebody, or a provider's logs, which show no fewer.
    pub by: Option<By>,
    /// The last day that is counted.
    pub until: Option<String>,
    /// The day on which all are used, at the pace until then; that day if they are.
    #[serde(serialize_with = "crate::register::age::as_text")]
    pub reached_on: Option<Date>,
    /// The line that it rests on.
    pub rests_on: Option<Rests>,
}

/// Who tells how much a key was used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// Somebody said so in a ceremony.
    Statement,
    /// Logs of a provider that were held against the register.
    Log,
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
                match self.by {
                    Some(By::Log) => format!(
                        "at least {told} of {allowed} {what} until {until}, as the provider's logs count{ends}"
                    ),
                    Some(By::Statement) | None => {
                        format!("{told} of {allowed} {what} until {until}{ends}")
                    }
                }
            }
            (Some(_), None) | (None, _) => {
                format!("nobody told how many of the {allowed} {what} there were")
            }
        }
    }
}

/// What the cryptoperiod of a key allows in uses and bytes. Each counts as it was told last; where a provider's
/// logs show more uses than that, as they show. The two are never added: both count the same uses.
pub fn limits(material: &Material) -> Vec<Limit> {
    let about = &material.about;
    let uses = about
        .uses
        .map(|allowed| by_logs(material, limit(material, "uses", allowed, |told| told.uses)));
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
    let reached_on = last.and_then(|(count, told)| reached(material, count, allowed, &told.until));
    Limit {
        what,
        allowed,
        told: last.map(|(count, _)| count),
        by: last.map(|_| By::Statement),
        until: last.map(|(_, told)| told.until.clone()),
        reached_on,
        rests_on: last.map(|(_, told)| told.rests_on.clone()),
    }
}

/// The same, as the logs of all its places have it, if they show more.
fn by_logs(material: &Material, limit: Limit) -> Limit {
    let places = material.versions.reconciled.values();
    let all: Vec<&Uses> = places.filter_map(|of| of.uses.as_ref()).collect();
    // Each place counts its own uses.
    let count = all
        .iter()
        .fold(0_u64, |sum, uses| sum.saturating_add(uses.count));
    let Some(last) = all.iter().max_by_key(|uses| uses.to) else {
        return limit;
    };
    if count == 0 || limit.told.is_some_and(|told| told >= count) {
        return limit;
    }
    let until = last.to.date();
    Limit {
        told: Some(count),
        by: Some(By::Log),
        reached_on: reached(material, count, limit.allowed, &until),
        until: Some(until),
        rests_on: Some(last.rests_on.clone()),
        ..limit
    }
}

/// The day on which all that is allowed is used, if it goes on as it did since the key was made.
fn reached(material: &Material, count: u64, allowed: u64, until: &str) -> Option<Date> {
    let until: Date = until.parse().ok()?;
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
    fn logs_that_show_more_uses_than_somebody_told_count_and_are_not_added() {
        let of = |told: Option<u64>, logged: &[u64]| {
            let mut material = Material::blank("payments", "00");
            material.made = Some(Rests::on("2026-01-01", 5));
            material.about.uses = Some(1000);
            material.about.counted = told
                .map(|uses| Told {
                    uses: Some(uses),
                    bytes: None,
                    until: "2026-04-11".to_owned(),
                    rests_on: Rests::on("2026-04-11", 7),
                })
                .into_iter()
                .collect();
            for (at, count) in logged.iter().enumerate() {
                let moment = |text: &str| crate::domain::record::Moment::new(text.parse().unwrap());
                let rests_on = Rests::on("2026-05-01", 9);
                let uses = Uses {
                    count: *count,
                    from: moment("2026-02-01T00:00:00Z"),
                    to: moment("2026-04-30T00:00:00Z"),
                    rests_on: rests_on.clone(),
                };
                let of = crate::register::reconcile::quiet::OfLogs {
                    record: crate::domain::record::Digest::of(b"log"),
                    from: uses.from,
                    to: uses.to,
                    last_decrypt: None,
                    uses: Some(uses),
                    rests_on,
                };
                material.versions.reconciled.insert(at.to_string(), of);
            }
            let limit = limits(&material).remove(0);
            (limit.told, limit.by)
        };
        assert_eq!(of(Some(100), &[]), (Some(100), Some(By::Statement)));
        assert_eq!(of(Some(100), &[60]), (Some(100), Some(By::Statement)));
        assert_eq!(of(Some(100), &[60, 70]), (Some(130), Some(By::Log)));
        assert_eq!(of(None, &[60]), (Some(60), Some(By::Log)));
        assert_eq!(of(None, &[0]), (None, None));
        assert_eq!(of(None, &[1001]), (Some(1001), Some(By::Log)));
    }

    #[test]
    fn a_pace_that_takes_a_century_names_no_day() {
        assert_eq!(used(u64::MAX, &[(Some(1), "2026-04-11")]).reached_on, None);
        assert_eq!(used(10, &[(Some(0), "2026-04-11")]).reached_on, None);
        assert_eq!(used(10, &[(Some(1), "2026-01-01")]).reached_on, None);
    }
}
