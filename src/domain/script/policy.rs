//! What an organisation demands beyond the rules of the program.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::script::Role;
use crate::domain::script::form::At;
use crate::domain::script::form::Country;
use crate::domain::script::form::Id;
use crate::domain::script::form::Line;
use crate::domain::script::form::Span;
use crate::domain::script::hours::OfficeHours;

/// What this organisation demands. Where script and organisation file both say something, the
/// stricter holds.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    /// Demands that have a name; `keyrite check --rules` lists them.
    #[serde(default)]
    pub presets: Vec<At<Id>>,
    /// Pairs of roles that nobody holds both of, besides those that are always kept apart.
    #[serde(default)]
    pub apart: Vec<(Role, Role)>,
    /// Rules that nobody may waive.
    #[serde(default)]
    pub never_waived: Vec<At<Id>>,
    /// Roles whose holders must have approved the script, besides the approvers.
    #[serde(default)]
    pub script_approved_by: Vec<Role>,
    /// Roles whose holders must sign the record, besides administrator, custodians, witness and
    /// approver.
    #[serde(default)]
    pub record_signed_by: Vec<Role>,
    /// Roles of which one holder signs each exception before the ceremony goes on.
    #[serde(default)]
    pub exceptions_signed_by: Vec<Role>,
    /// How many holders of a role have to sign the record; all of them where nothing is said.
    #[serde(default)]
    pub signatures: BTreeMap<Role, At<u8>>,
    /// To how many inputs one key may go; one where nothing is said.
    pub targets: Option<At<u8>>,
    /// Classes of data whose keys go to no provider, as a law or contract forbids the transfer.
    #[serde(default)]
    pub no_transfer: Vec<At<Line>>,
    /// Regions in which keys may lie at a provider, by its id; anywhere at one that is not named.
    #[serde(default)]
    pub regions: BTreeMap<Id, At<Vec<At<Line>>>>,
    /// Countries in which shares may be kept, by the sites of the organisation file; anywhere where
    /// nothing is said.
    pub custody_countries: Option<Vec<At<Country>>>,
    /// Roles whose holders may answer for a waiver; anybody where nothing is said.
    #[serde(default)]
    pub waivers_by: Vec<Role>,
    /// How long a custodian's proof that he has his share counts; a year where nothing is said.
    pub drill_every: Option<Span>,
    /// How long a restore test counts; a year where nothing is said.
    pub restore_test_every: Option<Span>,
    /// How long a review of who can get at a key at its provider counts; six months where nothing is said.
    pub access_review_every: Option<Span>,
    /// How long after a wrap it is recorded what the provider answered; 7 days where nothing is said.
    pub confirm_within: Option<Span>,
    /// How long nothing may have been decrypted with an older version, as the provider's logs show,
    /// before it is disabled.
    pub no_decrypt_for: Option<Span>,
    /// How long after its request nothing is destroyed; 7 days where nothing is said.
    pub cooling_off: Option<Span>,
    /// When people are at work: use of keys at other times is told apart. 06:00 to 20:00 UTC on every day where
    /// nothing is said; where both say something, what the organisation file says.
    pub office_hours: Option<OfficeHours>,
}

/// Demands under one name.
#[derive(Debug)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// Where the demands come from.
    pub source: &'static str,
    /// Pairs of roles that nobody holds both of.
    pub apart: &'static [(Role, Role)],
    /// Rules that nobody may waive.
    pub never_waived: &'static [&'static str],
    /// Roles whose holders sign the record, too.
    pub record_signed_by: &'static [Role],
}

/// Every preset that is built.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "dual-control",
        source: "PCI DSS 4.0.1 3.7.6; SP 800-53 AC-5",
        apart: &[],
        never_waived: &[
            "separation",
            "custodian-apart",
            "approver-apart",
            "alone",
            "same-manager",
            "approval",
        ],
        record_signed_by: &[],
    },
    Preset {
        name: "pki-root",
        source: "CA/B BR 6.1.1.1: a qualified auditor witnesses or is given the evidence",
        apart: &[
            (Role::Auditor, Role::Witness),
            (Role::Auditor, Role::Approver),
        ],
        never_waived: &[
            "separation",
            "custodian-apart",
            "witness-executes",
            "attendance",
            "alone",
            "environment-first",
            "no-backup",
        ],
        record_signed_by: &[Role::Auditor],
    },
];

/// Presets that this version refuses, and what it would have to do for them.
pub const LATER_PRESETS: &[(&str, &str)] = &[
    ("payment", "no check value longer than five bytes of CMAC"),
    ("phi", "retention of records"),
    ("public-sector", "levels of certified modules"),
    ("saas-tenant", "keys apart by tenant"),
    ("cnsa2", "post-quantum signatures"),
];

impl Policy {
    /// Adds what the presets stand for. A name that stands for nothing is a finding elsewhere.
    pub fn add_presets(&mut self) {
        for name in &self.presets {
            let Some(preset) = PRESETS.iter().find(|it| it.name == name.as_str()) else {
                continue;
            };
            let place = name.place;
            self.apart.extend(preset.apart);
            self.never_waived
                .extend(preset.never_waived.iter().map(|rule| At {
                    value: Id::known(rule),
                    place,
                }));
            self.record_signed_by.extend(preset.record_signed_by);
        }
    }

    /// Takes over what the other says where this one says nothing; where both do, the stricter holds.
    pub fn tighten(&mut self, other: &Self) {
        let Self {
            presets,
            apart,
            never_waived,
            script_approved_by,
            record_signed_by,
            exceptions_signed_by,
            signatures,
            targets,
            no_transfer,
            regions,
            custody_countries,
            waivers_by,
            drill_every,
            restore_test_every,
            access_review_every,
            confirm_within,
            no_decrypt_for,
            cooling_off,
            office_hours,
        } = other;
        self.presets.extend_from_slice(presets);
        self.apart.extend_from_slice(apart);
        self.never_waived.extend_from_slice(never_waived);
        self.script_approved_by
            .extend_from_slice(script_approved_by);
        self.record_signed_by.extend_from_slice(record_signed_by);
        self.exceptions_signed_by
            .extend_from_slice(exceptions_signed_by);
        self.no_transfer.extend_from_slice(no_transfer);
        for (provider, theirs) in regions {
            let own = self.regions.entry(provider.clone());
            let own = own.or_insert_with(|| theirs.clone());
            let both = |region: &At<Line>| theirs.value.iter().any(|it| it.value == region.value);
            own.value.retain(both);
        }
        self.custody_countries = match (self.custody_countries.take(), custody_countries) {
            (Some(mut own), Some(theirs)) => {
                own.retain(|country| theirs.iter().any(|it| it.value == country.value));
                Some(own)
            }
            (None, theirs) => theirs.clone(),
            (own, None) => own,
        };
        let mut both = self.waivers_by.clone();
        both.retain(|role| waivers_by.contains(role));
        if !both.is_empty() {
            self.waivers_by = both;
        } else if !waivers_by.is_empty() {
            self.waivers_by.clone_from(waivers_by);
        }
        for (role, wanted) in signatures {
            let own = self
                .signatures
                .entry(*role)
                .or_insert_with(|| wanted.clone());
            own.value = own.value.max(wanted.value);
        }
        self.targets = match (self.targets.take(), targets) {
            (Some(own), Some(other)) if own.value <= other.value => Some(own),
            (_, Some(other)) => Some(other.clone()),
            (own, None) => own,
        };
        self.drill_every = shorter(self.drill_every, *drill_every);
        self.restore_test_every = shorter(self.restore_test_every, *restore_test_every);
        self.access_review_every = shorter(self.access_review_every, *access_review_every);
        self.confirm_within = shorter(self.confirm_within, *confirm_within);
        self.no_decrypt_for = longer(self.no_decrypt_for, *no_decrypt_for);
        self.cooling_off = longer(self.cooling_off, *cooling_off);
        self.office_hours = office_hours.clone().or(self.office_hours.take());
    }
}

fn longer(one: Option<Span>, other: Option<Span>) -> Option<Span> {
    match (one, other) {
        (Some(one), Some(other)) if other.seconds > one.seconds => Some(other),
        (None, other) => other,
        (one, _) => one,
    }
}

fn shorter(one: Option<Span>, other: Option<Span>) -> Option<Span> {
    match (one, other) {
        (Some(one), Some(other)) if other.seconds < one.seconds => Some(other),
        (None, other) => other,
        (one, _) => one,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::rule;

    #[test]
    fn where_two_policies_allow_nothing_together_nothing_is_allowed() {
        let mut own =
            policy("{regions: {aws-kms: [eu-west-1, us-east-1]}, custody-countries: [PT, ES]}");
        own.tighten(&policy(
            "{regions: {aws-kms: [eu-west-1], google-kms: [europe-west4]}, custody-countries: [ES]}",
        ));
        let regions = |own: &Policy, provider: &str| -> Vec<String> {
            let regions = own.regions[provider].value.iter();
            regions.map(|it| it.value.to_string()).collect()
        };
        assert_eq!(regions(&own, "aws-kms"), ["eu-west-1"]);
        assert_eq!(regions(&own, "google-kms"), ["europe-west4"]);
        assert_eq!(own.custody_countries.as_ref().unwrap()[0].as_str(), "ES");
        own.tighten(&policy(
            "{regions: {aws-kms: [us-east-1]}, custody-countries: [FR]}",
        ));
        assert!(regions(&own, "aws-kms").is_empty());
        assert!(own.custody_countries.is_some_and(|all| all.is_empty()));
    }

    fn policy(text: &str) -> Policy {
        serde_saphyr::from_str(text).unwrap()
    }

    #[test]
    fn a_preset_names_only_rules_that_somebody_could_waive() {
        for preset in PRESETS {
            for id in preset.never_waived {
                assert!(rule(id).is_some_and(|rule| rule.waivable), "{id}");
            }
        }
    }

    #[test]
    fn a_preset_stands_for_what_it_names() {
        let mut own = policy("presets: [pki-root]");
        own.add_presets();
        assert_eq!(own.record_signed_by, [Role::Auditor]);
        assert!(own.apart.contains(&(Role::Auditor, Role::Approver)));
        assert!(own.never_waived.iter().any(|it| it.as_str() == "alone"));
    }

    #[test]
    fn of_two_policies_the_stricter_holds_and_what_one_leaves_out_the_other_says() {
        let mut own = policy(
            "{signatures: {custodians: 1, witness: 2}, targets: 3, drill-every: 2y, waivers-by: [approver, witness]}",
        );
        own.tighten(&policy(
            "{signatures: {custodians: 2, witness: 1}, targets: 2, drill-every: 180d, restore-test-every: 1y, waivers-by: [approver], no-transfer: [secret]}",
        ));
        let enough = |role| own.signatures[&role].value;
        assert_eq!((enough(Role::Custodians), enough(Role::Witness)), (2, 2));
        assert_eq!(own.targets.as_ref().unwrap().value, 2);
        assert_eq!(own.drill_every.unwrap().seconds, 180 * 86_400);
        assert!(own.restore_test_every.is_some());
        assert_eq!(own.waivers_by, [Role::Approver]);
        assert_eq!(own.no_transfer.len(), 1);
        own.tighten(&policy("waivers-by: [auditor]"));
        assert_eq!(
            own.waivers_by,
            [Role::Auditor],
            "what the two do not share is the other's"
        );
        own.tighten(&Policy::default());
        assert_eq!(own.targets.as_ref().unwrap().value, 2);
    }
}
