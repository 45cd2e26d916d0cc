//! Every HSM and every other device that records tell of, with what is known of its certificate.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::civil::date;
use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Hsm;
use crate::domain::record::ModuleCertificate;
use crate::domain::record::Standard;
use crate::domain::token_facts::TokenFacts;
use crate::register::Register;
use crate::register::Rests;
use crate::register::things::Thing;

/// The day from which every FIPS 140-2 certificate is historical: fit for what uses the module already,
/// and not for anything new. Source: NIST CMVP, FIPS 140-3 transition effort, read in November 2026.
pub const FIPS_140_2_HISTORICAL: Date = date(2026, 9, 21);

/// HSMs that ceremonies worked on, by maker and serial number.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Hsms(BTreeMap<String, Device>);

/// An HSM.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Device {
    /// What it said of itself last.
    pub facts: TokenFacts,
    /// Its certificate, as the newest script that names one has it.
    pub certificate: Option<ModuleCertificate>,
    /// Where that script is told of.
    pub certificate_rests_on: Option<Rests>,
    /// Firmware versions that it had before, and where each was seen first.
    pub firmware: Vec<(String, Rests)>,
    /// Where it was seen first.
    pub first_seen: Rests,
    /// Where it was seen last.
    pub last_seen: Rests,
}

impl Hsms {
    /// Every HSM.
    pub fn all(&self) -> impl Iterator<Item = &Device> {
        self.0.values()
    }

    pub(super) fn seen(&mut self, hsm: &Hsm, rests: &Rests) {
        let facts = &hsm.facts;
        let name = format!("{} {}", facts.manufacturer, facts.serial);
        let device = self.0.entry(name).or_insert_with(|| Device {
            facts: facts.clone(),
            certificate: None,
            certificate_rests_on: None,
            firmware: Vec::new(),
            first_seen: rests.clone(),
            last_seen: rests.clone(),
        });
        let version = &facts.firmware_version;
        if device
            .firmware
            .last()
            .is_none_or(|(last, _)| last != version)
        {
            device.firmware.push((version.clone(), rests.clone()));
        }
        device.facts = facts.clone();
        device.last_seen = rests.clone();
        if let Some(certificate) = &hsm.certificate {
            device.certificate = Some(certificate.clone());
            device.certificate_rests_on = Some(rests.clone());
        }
    }
}

/// Whether a certificate counts on a day.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// By what is known.
    Active,
    /// For what uses the module already, and not for anything new.
    Historical,
    /// Nobody said by which standard, or until when.
    Unknown,
    /// No script names one.
    Missing,
}

impl Status {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Active => "active, as far as the script says",
            Self::Historical => "historical: not for anything new",
            Self::Unknown => "unknown: the script names neither standard nor end",
            Self::Missing => "no script names a certificate",
        }
    }
}

/// An HSM on one day.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Item<'r> {
    /// The HSM.
    #[serde(flatten)]
    pub device: &'r Device,
    /// Whether its certificate counts.
    pub status: Status,
    /// The day on which it stops or stopped to count, where that is known.
    #[serde(serialize_with = "as_text")]
    pub until: Option<Date>,
}

/// Every device: HSMs, and tokens that custodians keep.
pub fn inventory(register: &Register, today: Date) -> (Vec<Item<'_>>, Vec<&Thing>) {
    let hsms = register.hsms.all().map(|device| item(device, today));
    let tokens = register.things.all().filter(|thing| thing.what == "token");
    (hsms.collect(), tokens.collect())
}

/// How a certificate stands on a day.
pub fn item(device: &Device, today: Date) -> Item<'_> {
    let until = device.certificate.as_ref().and_then(end);
    let status = match (&device.certificate, until) {
        (None, _) => Status::Missing,
        (Some(_), None) => Status::Unknown,
        (Some(_), Some(until)) if until <= today => Status::Historical,
        (Some(_), Some(_)) => Status::Active,
    };
    Item {
        device,
        status,
        until,
    }
}

/// The first day on which a certificate counts no more.
fn end(certificate: &ModuleCertificate) -> Option<Date> {
    let said = certificate.until.as_ref().and_then(|day| day.parse().ok());
    match (certificate.standard, said) {
        (Some(Standard::Fips1402), None) => Some(FIPS_140_2_HISTORICAL),
        (Some(Standard::Fips1402), Some(said)) => Some(FIPS_140_2_HISTORICAL.min(said)),
        (Some(Standard::Fips1403) | None, said) => said,
    }
}

#[expect(clippy::ref_option, reason = "the form that serde asks for")]
fn as_text<S: serde::Serializer>(day: &Option<Date>, to: S) -> Result<S::Ok, S::Error> {
    match day {
        Some(day) => to.collect_str(day),
        None => to.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(standard: Option<Standard>, until: Option<&str>) -> ModuleCertificate {
        ModuleCertificate {
            number: 4703,
            level: Some(3),
            standard,
            until: until.map(str::to_owned),
        }
    }

    #[test]
    fn a_certificate_of_fips_140_2_ends_with_its_standard() {
        let of = |until| end(&certificate(Some(Standard::Fips1402), until));
        assert_eq!(of(None), Some(date(2026, 9, 21)));
        assert_eq!(of(Some("2029-01-31")), Some(date(2026, 9, 21)));
        assert_eq!(of(Some("2025-01-31")), Some(date(2025, 1, 31)));
    }

    #[test]
    fn a_certificate_ends_when_the_script_says_and_is_unknown_if_nobody_does() {
        let three = Some(Standard::Fips1403);
        assert_eq!(
            end(&certificate(three, Some("2029-01-31"))),
            Some(date(2029, 1, 31))
        );
        assert_eq!(end(&certificate(three, None)), None);
        assert_eq!(end(&certificate(None, None)), None);
    }

    fn hsm(firmware: &str, certificate: Option<ModuleCertificate>) -> Hsm {
        let facts = serde_json::json!({
            "module": "/usr/lib/module.so", "module-sha256": "00".repeat(32), "library": "l",
            "library-version": "1", "cryptoki-version": "2.40", "slot": "s", "label": "vault-room",
            "serial": "42", "manufacturer": "Maker", "model": "M", "hardware-version": "1",
            "firmware-version": firmware,
        });
        Hsm {
            facts: serde_json::from_value(facts).unwrap(),
            certificate,
        }
    }

    #[test]
    fn an_hsm_is_listed_once_with_every_firmware_and_the_certificate_that_was_named_last() {
        let mut register = Register::default();
        let three = certificate(Some(Standard::Fips1403), Some("2029-01-31"));
        let hsms = &mut register.hsms;
        hsms.seen(
            &hsm("7.0", Some(certificate(None, None))),
            &Rests::on("2024-01-15", 1),
        );
        hsms.seen(&hsm("7.1", Some(three)), &Rests::on("2025-01-15", 1));
        hsms.seen(&hsm("7.1", None), &Rests::on("2026-01-15", 1));
        let (items, _) = inventory(&register, date(2026, 2, 1));
        assert_eq!(items.len(), 1);
        let firmware: Vec<&str> = items[0]
            .device
            .firmware
            .iter()
            .map(|it| it.0.as_str())
            .collect();
        assert_eq!(firmware, ["7.0", "7.1"]);
        assert_eq!(items[0].device.last_seen, Rests::on("2026-01-15", 1));
        assert_eq!(items[0].status, Status::Active);
        assert_eq!(
            inventory(&register, date(2029, 1, 31)).0[0].status,
            Status::Historical
        );
    }

    #[test]
    fn what_nobody_certified_is_told() {
        let mut register = Register::default();
        register
            .hsms
            .seen(&hsm("7.0", None), &Rests::on("2024-01-15", 1));
        assert_eq!(
            inventory(&register, date(2024, 2, 1)).0[0].status,
            Status::Missing
        );
    }

    #[test]
    fn a_certificate_is_due_on_the_day_on_which_it_ends() {
        let mut register = Register::default();
        let two = certificate(Some(Standard::Fips1402), None);
        register
            .hsms
            .seen(&hsm("7.0", Some(two)), &Rests::on("2024-01-15", 1));
        let due = |day: Date| crate::register::due::due(&register, day, day);
        assert!(due(date(2026, 9, 20)).is_empty());
        let all = due(date(2026, 9, 21));
        assert_eq!(all[0].kind, crate::register::due::Kind::Certificate);
        assert!(!all[0].overdue);
        assert!(due(date(2026, 9, 22))[0].overdue);
    }
}
