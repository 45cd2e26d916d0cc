//! Which requirement of which standard which entries of a record, and which answers of a register,
//! speak to.
//!
//! Sources: PCI DSS 4.0.1, NIST SP 800-57 part 1 rev. 6 (draft of 2025-12-05), SP 800-53 rev. 5,
//! CA/Browser Forum Baseline Requirements 2.2.6, ETSI EN 319 411-1, WebTrust for CAs. The words are ours and short; the
//! standard's own are what counts.

use crate::domain::record::Event;

/// A requirement, and what speaks to it.
#[derive(Debug)]
pub struct Requirement {
    /// The standard.
    pub standard: &'static str,
    /// Its number there.
    pub number: &'static str,
    /// What it wants, in short.
    pub wants: &'static str,
    /// Names of steps, or of other entries.
    pub entries: &'static [&'static str],
    /// Questions to the register.
    pub questions: &'static [&'static str],
}

const fn wants(
    standard: &'static str,
    number: &'static str,
    wants: &'static str,
    entries: &'static [&'static str],
    questions: &'static [&'static str],
) -> Requirement {
    Requirement {
        standard,
        number,
        wants,
        entries,
        questions,
    }
}

/// Standards by which evidence is asked for: the word on the command line, and their name.
pub const FRAMEWORKS: &[(&str, &str)] = &[
    ("pci-dss-4.0.1", "PCI DSS 4.0.1"),
    ("nist-800-57", "NIST SP 800-57-1 r6"),
    ("cabf-br", "CA/B Forum BR"),
];

/// Every requirement.
pub const REQUIREMENTS: &[Requirement] = &[
    wants(
        "PCI DSS 4.0.1",
        "3.6.1",
        "keys are protected against disclosure: few custodians, few places",
        &[],
        &["custody", "locations", "who"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.6.1.1",
        "the architecture is written down: algorithms, keys, strength, expiry, HSMs and where they are",
        &["declare"],
        &["inventory", "cryptoperiods", "decision"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.6.1.2",
        "secret keys encrypted, in a secure device, or in full-length shares",
        &["split", "reshare", "wrap", "lock"],
        &["locations"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.6.1.3",
        "few custodians have access to cleartext components",
        &["join", "leave", "withdraw"],
        &["custody", "who"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.6.1.4",
        "keys are stored in the fewest possible places",
        &["close"],
        &["locations"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.1",
        "strong keys are generated",
        &["generate", "batch"],
        &["prove import"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.2",
        "keys are distributed securely",
        &[
            "split",
            "reshare",
            "compare",
            "wrap",
            "batch",
            "receipt",
            "hand-over",
        ],
        &[],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.3",
        "keys are stored securely",
        &["split", "reshare", "lock", "destroy", "put-away", "inspect"],
        &["locations"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.4",
        "a cryptoperiod is defined for each type of key, and keys are changed at its end",
        &["re-encrypted"],
        &["cryptoperiods", "age", "due"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.5",
        "keys are retired, replaced or destroyed when due",
        &[
            "destroy",
            "move",
            "request-destroy",
            "cancel-destroy",
            "identify",
            "close",
            "retire",
            "re-encrypted",
        ],
        &["prove destroyed"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.6",
        "split knowledge and dual control of cleartext keys",
        &[
            "split",
            "reshare",
            "restore-test",
            "restore",
            "drill",
            "take-out",
            "hand-over",
        ],
        &["prove dual-control"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.7",
        "no unauthorised substitution of keys",
        &[
            "compare",
            "approve",
            "identify",
            "confirm",
            "reconcile",
            "explain",
        ],
        &["prove import"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.8",
        "custodians acknowledge their duties",
        &["statement", "acknowledge"],
        &["acknowledgements"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.9",
        "customers who share keys get guidance",
        &[],
        &[],
    ),
    wants(
        "PCI DSS 4.0.1",
        "7.2.4",
        "accounts and what they may do are reviewed every six months",
        &["access-review"],
        &["access show", "due"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "8.2.5",
        "access of whoever leaves ends at once",
        &["leave", "withdraw"],
        &["prove departed"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "10.4.1",
        "logs are reviewed, and what they show is followed up",
        &["reconcile", "explain"],
        &[],
    ),
    wants(
        "NIST SP 800-57-1 r6",
        "6",
        "transitions of a key's state are recorded",
        &[
            "generate",
            "restore",
            "batch",
            "lock",
            "destroy",
            "lost",
            "move",
            "cancel-destroy",
            "close",
            "retire",
        ],
        &[],
    ),
    wants(
        "NIST SP 800-57-1 r6",
        "4.4",
        "assurance before use: the key is what it is said to be",
        &["generate", "restore", "compare", "identify", "confirm"],
        &[],
    ),
    wants(
        "NIST SP 800-57-1 r6",
        "5.3",
        "a cryptoperiod is chosen for each key",
        &["re-encrypted"],
        &["cryptoperiods", "age"],
    ),
    wants(
        "NIST SP 800-57-1 r6",
        "7.2.2.1",
        "keys in use are backed up as long as they are",
        &[],
        &["backups"],
    ),
    wants(
        "NIST SP 800-57-1 r6",
        "8.2.1",
        "an inventory lists every key, its owner and what it is for",
        &["declare"],
        &["list", "decision", "locations"],
    ),
    wants(
        "NIST SP 800-57-1 r6",
        "8.4",
        "audits show that the plan is followed and access is removed in time",
        &["leave", "withdraw", "access-review", "reconcile", "explain"],
        &["deviations", "due", "access show", "prove departed"],
    ),
    wants(
        "NIST SP 800-57-1 r6",
        "8.5.2",
        "it is known how a key is recovered, from where and by whom",
        &[],
        &["backups", "custody"],
    ),
    wants(
        "NIST SP 800-53",
        "SC-12",
        "keys are established and managed as required",
        &[
            "generate", "split", "wrap", "destroy", "reshare", "move", "close",
        ],
        &[],
    ),
    wants(
        "NIST SP 800-53",
        "SC-12(1)",
        "availability if a key is lost",
        &["restore-test", "restore", "drill", "availability"],
        &["backups"],
    ),
    wants(
        "NIST SP 800-53",
        "AU-3",
        "records say what, when, where, who and with what outcome",
        &["open", "sealed"],
        &[],
    ),
    wants(
        "NIST SP 800-53",
        "AU-9(3)",
        "records are protected by cryptography",
        &["open", "sealed"],
        &[],
    ),
    wants(
        "NIST SP 800-53",
        "AU-10",
        "who acted cannot deny it",
        &["approve", "sealed"],
        &[],
    ),
    wants(
        "NIST SP 800-53",
        "AC-5",
        "duties are separated",
        &["open", "approve"],
        &["matrix"],
    ),
    wants(
        "NIST SP 800-53",
        "PS-4, PS-5",
        "access ends or changes when somebody leaves or moves",
        &["move-person", "leave", "withdraw"],
        &["prove departed"],
    ),
    wants(
        "NIST SP 800-53",
        "MP-6(1)",
        "destruction is approved, tracked and verified",
        &[
            "approve",
            "destroy",
            "request-destroy",
            "cancel-destroy",
            "identify",
            "close",
        ],
        &["prove destroyed"],
    ),
    wants(
        "CA/B Forum BR",
        "6.1.1.1",
        "a script is prepared and followed, witnessed, and logged",
        &["open", "sign-in", "generate", "exception", "sealed"],
        &["deviations"],
    ),
    wants(
        "CA/B Forum BR",
        "5.2.2",
        "backup and recovery under dual control",
        &["split", "restore-test", "restore"],
        &["backups"],
    ),
    wants(
        "CA/B Forum BR",
        "5.4.1",
        "the life of keys and devices is logged with date, time and who wrote it",
        &["move", "close", "take-out", "put-away"],
        &["list", "inventory"],
    ),
    wants(
        "CA/B Forum BR",
        "5.4.3",
        "logs are kept two years after the destruction of the key",
        &[],
        &[],
    ),
    wants(
        "CA/B Forum BR",
        "6.2.7",
        "keys are in a module of FIPS 140 level 3 or Common Criteria EAL4",
        &[],
        &["inventory"],
    ),
    wants(
        "ETSI EN 319 411-1",
        "GEN-6.5.1",
        "a procedure with roles, and a report that it was followed",
        &["open", "sign-in", "statement", "sealed"],
        &[],
    ),
    wants(
        "WebTrust for CAs",
        "4.1",
        "script with roles, approval, place, sign-off, notation of deviations",
        &["open", "approve", "environment", "exception", "sealed"],
        &[],
    ),
];

/// Steps that no requirement here asks for, each with the reason.
#[cfg(test)]
const UNASKED: &[(&str, &str)] = &[
    (
        "sign-out",
        "who is there is told by `sign-in`; leaving the room evidences nothing",
    ),
    ("break", "only people need it"),
];

/// A step's name, or that of another entry that requirements ask for.
pub fn name(event: &Event) -> &str {
    if let Event::Step(step) = event {
        step.did.name()
    } else if let Event::Open(_) = event {
        "open"
    } else if let Event::Sealed(_) = event {
        "sealed"
    } else if let Event::Exception(_) = event {
        "exception"
    } else if let Event::Lost(_) = event {
        "lost"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::script::Step;

    /// The words of the steps, as the schema of scripts has them.
    fn steps() -> BTreeSet<String> {
        let schema = schemars::schema_for!(Step).to_value();
        let variants = schema["oneOf"].as_array().unwrap().iter();
        variants
            .flat_map(|variant| match variant["properties"].as_object() {
                Some(fields) => fields.keys().cloned().collect(),
                None => vec![variant["const"].as_str().unwrap().to_owned()],
            })
            .collect()
    }

    #[test]
    fn every_step_speaks_to_a_requirement_or_is_excused() {
        let steps = steps();
        assert!(steps.len() > 30, "{steps:?}");
        for step in &steps {
            // The entry of the last step has a name of its own.
            let entry = if step == "seal" { "sealed" } else { step };
            let asked = REQUIREMENTS.iter().any(|it| it.entries.contains(&entry));
            let excused = UNASKED.iter().any(|(unasked, _)| unasked == step);
            assert!(asked != excused, "{step}");
        }
    }

    #[test]
    fn a_requirement_asks_for_entries_that_there_are() {
        let steps = steps();
        let others = ["open", "sealed", "exception", "lost"];
        for requirement in REQUIREMENTS {
            for entry in requirement.entries {
                assert!(steps.contains(*entry) || others.contains(entry), "{entry}");
            }
        }
    }
}
