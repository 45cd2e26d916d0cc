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
        &["custody", "locations"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.6.1.1",
        "the architecture is written down: algorithms, keys, strength, expiry, HSMs and where they are",
        &[],
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
        &[],
        &["custody"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.6.1.4",
        "keys are stored in the fewest possible places",
        &[],
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
        &["split", "reshare", "compare", "wrap", "batch"],
        &[],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.3",
        "keys are stored securely",
        &["split", "reshare", "lock", "destroy"],
        &["locations"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.4",
        "a cryptoperiod is defined for each type of key, and keys are changed at its end",
        &[],
        &["cryptoperiods", "age"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.5",
        "keys are retired, replaced or destroyed when due",
        &["destroy"],
        &["prove destroyed"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.6",
        "split knowledge and dual control of cleartext keys",
        &["split", "reshare", "restore-test", "restore", "drill"],
        &[],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.7",
        "no unauthorised substitution of keys",
        &["compare", "approve"],
        &["prove import"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.8",
        "custodians acknowledge their duties",
        &["statement"],
        &[],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.9",
        "customers who share keys get guidance",
        &[],
        &[],
    ),
    wants(
        "NIST SP 800-57-1 r6",
        "6",
        "transitions of a key's state are recorded",
        &["generate", "restore", "batch", "lock", "destroy", "lost"],
        &[],
    ),
    wants(
        "NIST SP 800-57-1 r6",
        "4.4",
        "assurance before use: the key is what it is said to be",
        &["generate", "restore", "compare"],
        &[],
    ),
    wants(
        "NIST SP 800-57-1 r6",
        "5.3",
        "a cryptoperiod is chosen for each key",
        &[],
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
        &[],
        &["list", "decision", "locations"],
    ),
    wants(
        "NIST SP 800-57-1 r6",
        "8.4",
        "audits show that the plan is followed and access is removed in time",
        &[],
        &["deviations", "due"],
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
        &["generate", "split", "wrap", "destroy"],
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
        &[],
    ),
    wants(
        "NIST SP 800-53",
        "MP-6(1)",
        "destruction is approved, tracked and verified",
        &["approve", "destroy"],
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
        &[],
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
