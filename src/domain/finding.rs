//! What is wrong with a script, and the table of rules it can break.

use crate::domain::script::Place;

/// A rule that scripts are held to.
#[derive(Debug)]
pub struct Rule {
    /// Its name, used in waivers and reports.
    pub id: &'static str,
    /// What it is about.
    pub group: Group,
    /// What it demands.
    pub demands: &'static str,
    /// Where that comes from.
    pub source: &'static str,
    /// Whether somebody may answer for breaking it.
    pub waivable: bool,
    /// The first rule set that has it. A record is held to the rules of its day, never to later ones.
    pub since: u32,
}

/// The number of the rule set of this program: it goes up with a release that adds a rule, or that
/// lets one demand more of a script that could be written before.
pub const RULE_SET: u32 = 2;
/// The rule set of records that name none.
pub const FIRST_RULE_SET: u32 = 1;

/// What a rule is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Group {
    /// How a script is written.
    Form,
    /// Who does what, and with whom.
    People,
    /// Shares and those who hold them.
    Shares,
    /// What is done with keys, and why.
    Keys,
    /// How a key could be lost.
    Loss,
    /// How a key goes to a provider.
    Import,
    /// How a key goes from state to state, and ends.
    Lifecycle,
    /// What the token can do and lets out.
    Token,
    /// Things that custodians keep.
    Custody,
    /// The organisation file, and what earlier ceremonies did.
    Organisation,
    /// How long people work.
    Time,
    /// Findings that somebody answers for.
    Waivers,
}

impl Group {
    /// The heading over its rules.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Form => "The script",
            Self::People => "People",
            Self::Shares => "Shares",
            Self::Keys => "Keys",
            Self::Loss => "Loss",
            Self::Import => "Import",
            Self::Lifecycle => "Life of a key",
            Self::Token => "Token",
            Self::Custody => "Custody of things",
            Self::Organisation => "Organisation",
            Self::Time => "Time",
            Self::Waivers => "Waivers",
        }
    }
}

/// How much a broken rule weighs. Either way the script is refused as long as it stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Severity {
    /// Nobody can answer for it: the script must be mended.
    Error,
    /// Somebody may answer for it.
    Waivable,
}

impl Severity {
    /// The word in what `check` prints.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Waivable => "waivable",
        }
    }
}

impl Rule {
    /// How much it weighs to break it.
    pub const fn severity(&self) -> Severity {
        if self.waivable {
            Severity::Waivable
        } else {
            Severity::Error
        }
    }
}

/// Something wrong, and where.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule broken.
    pub rule: &'static Rule,
    /// Where.
    pub place: Place,
    /// The step, from 1, where it is about a step.
    pub step: Option<u32>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// Who answers for it, why and until when, if somebody does.
    pub waived: Option<Waived>,
}

/// A waiver as the report shows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Waived {
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Until when.
    pub until: String,
}

macro_rules! since {
    () => {
        FIRST_RULE_SET
    };
    ($since:literal) => {
        $since
    };
}

macro_rules! rules {
    ($($group:ident {
        $($name:ident = $id:literal, $waivable:literal, $source:literal $(, since $since:literal)?: $demands:literal;)*
    })*) => {
        $($(
            #[doc = $demands]
            pub static $name: Rule = Rule {
                id: $id,
                group: Group::$group,
                demands: $demands,
                source: $source,
                waivable: $waivable,
                since: since!($($since)?),
            };
        )*)*

        /// Every rule, in the order of the table.
        pub static RULES: &[&Rule] = &[$($(&$name),*),*];
    };
}

rules! {
  Form {
    TEXT = "text", false, "format":
        "a script is one UTF-8 YAML document of at most 1 MiB without anchors, tags, repeated keys, control or bidirectional characters";
    SHAPE = "shape", false, "format":
        "a script has the fields of the schema, each of its type, and no others";
    NOT_BUILT = "not-built", false, "this version":
        "a script asks only for what this version can do";
    UNKNOWN_NAME = "unknown-name", false, "format":
        "every person, key and input that is named is described";
    KEY_TEXT = "key-text", false, "format":
        "signing keys and age recipients in a script can be read";
    SEAL_LAST = "seal-last", false, "design":
        "the last step, and only the last, is the seal";
    KIND = "kind", false, "design":
        "a drill, a restore test and a reshare do what their name says, and nothing more with a key";
  }
  People {
    ABSENT = "absent", false, "CA/B BR 6.1.1.1; PCI DSS 3.7.6":
        "whoever acts in a step is in the room";
    ATTENDANCE = "attendance", true, "requirements of m of n; minimum attendance of CA key ceremonies":
        "in production an administrator, a witness and as many custodians as the threshold are in the room when a key is made, split or rebuilt";
    SEPARATION = "separation", true, "PCI PIN 25; SP 800-53 AC-5":
        "administrator, custodians, witness and approver are different people";
    CUSTODIAN_APART = "custodian-apart", true, "PCI DSS 3.7.6; PCI PIN 25":
        "a custodian is neither administrator nor operator, and witnesses nothing of their own share";
    APPROVER_APART = "approver-apart", true, "SP 800-53 AC-5; PCI PIN 25":
        "whoever approves neither asked for the ceremony nor carries it out";
    WITNESS_EXECUTES = "witness-executes", true, "SP 800-53 AC-5; WebTrust for CAs, key generation":
        "witness and auditor watch, and carry out nothing";
    IMPORTER_APART = "importer-apart", true, "PCI DSS 3.7.6; SP 800-53 AC-5":
        "whoever fetches import parameters or uploads a key is none of its custodians";
    SIGNERS = "signers", false, "SP 800-53 AC-5; CA/B BR 6.1.1.1":
        "in production somebody other than the administrator approves the script, and somebody witnesses; a role whose signature the policy wants has a holder; somebody signs the exception under which a version is stopped that is still needed";
    SIGNING_KEY = "signing-key", false, "design":
        "in production everybody who must sign has a signing key, and custodians have a recipient";
    ALONE = "alone", true, "dual occupancy; PCI DSS 3.7.6":
        "while a key is in the machine at least two people are in the room";
  }
  Shares {
    SHARES = "shares", false, "PCI DSS 3.7.6; requirements of m of n":
        "a split has 2 to 255 shares, a threshold of at least 2 and at most their number, and one share a person";
    ONE_SHARE = "one-share", false, "PCI DSS 3.7.6; PCI PIN 21-3":
        "nobody has two shares of one set in hand, nor so many one after the other that they rebuild the key";
    BELOW_THRESHOLD = "below-threshold", true, "split knowledge: PCI DSS 3.7.6; PCI PIN 21-1":
        "after the seal no fewer people have a key, nor had it in a machine that nobody else watched, than its shares need";
    ALL_SHARES_NEEDED = "all-shares-needed", true, "loss of one share loses the key (IACR, November 2025)":
        "a split can lose a share: the threshold is below the number of shares";
    SAME_MANAGER = "same-manager", true, "PCI PIN 25":
        "custodians enough to rebuild a key do not all report to one manager";
    SAME_SITE = "same-site", true, "PCI PIN 21":
        "shares enough to rebuild a key are not all kept at one site";
    CUSTODY_COUNTRY = "custody-country", true, "GDPR chapter V; contracts on where keys lie", since 2:
        "shares are kept at sites in the countries that the policy names";
    OLD_EPOCH = "old-epoch", false, "Shamir: old shares of the same secret still rebuild it":
        "what became of replaced shares, and of every copy of the backup that they open, is asked for";
    GIVEN = "given", false, "design":
        "a key of an earlier ceremony is described whole under `given`, and brought back instead of made";
  }
  Keys {
    ORDER = "order", false, "design":
        "a key is made before it is used, once, and not used after it is destroyed";
    ROTATION = "rotation", false, "SP 800-57 part 1 §5.3; design":
        "a rotation names the version that each new one replaces, and what depends on it, once";
    REMOVED = "removed", false, "design":
        "no step needs what an earlier one took away";
    ONE_NAME = "one-name", false, "PCI DSS 3.6.1.1; a record names a key by its label":
        "no two production keys have one name, here or at a provider";
    MIXED = "mixed", false, "PCI DSS 6.5.3 and 3.6.1.1":
        "keys, shares and provider keys of practice and of production are never mixed";
    DECLARED = "declared", false, "SP 800-57 part 1 r6 §8.2.1: inventory":
        "a key that is declared says by which model it is managed";
    ARRIVAL = "arrival", false, "requirements §3.5: proof of import", since 2:
        "what is confirmed was wrapped by an earlier ceremony, as its record tells";
    USAGE = "usage", false, "SP 800-57 part 1 §5.2":
        "a key is used for what its type can do";
    DECISION = "decision", true, "SP 800-57 part 2; PCI DSS 3.6.1":
        "in production every key that is made has a data class, and a model with its reason";
    CRYPTOPERIOD = "cryptoperiod", true, "SP 800-57 part 1 §5.3; PCI DSS 3.7.4":
        "in production every key has a cryptoperiod";
    REVIEW_DUE = "review-due", true, "SP 800-57 part 1":
        "the choice of model is not past its review date";
    ENVIRONMENT_FIRST = "environment-first", true, "requirements for offline machines":
        "in production the machine is looked at before the first key is made";
  }
  Loss {
    RESTORE_FIRST = "restore-before-destroy", false, "loss of the only copy":
        "a key that is kept in shares is destroyed only after a restore test";
    RESTORE_BEFORE_WRAP = "restore-before-wrap", true, "PCI DSS 3.7; loss at expiry of imported material":
        "a key is wrapped for import only after its shares passed a restore test";
    NO_COPY = "no-copy", true, "SP 800-57 part 1, backup":
        "at the seal every key is in shares or at a provider";
    NO_BACKUP = "no-backup", true, "SP 800-57 part 1, backup":
        "at the seal every key in an HSM is in shares too, unless it never leaves the HSM for a provider that calls it";
    BACKUP_BESIDE_DATA = "backup-beside-data", true, "HHS guidance on unsecured PHI; PCI DSS 3.6.1":
        "neither a backup nor shares enough to rebuild a key lie where its data lies";
  }
  Import {
    PROFILE = "profile", false, "the provider's documentation":
        "the provider's algorithm can carry the key";
    COMPARE_BEFORE_WRAP = "compare-before-wrap", true, "PCI DSS 3.7.7":
        "the wrapping key is compared over another channel before a key is wrapped under it";
    FETCHED = "fetched", true, "PCI DSS 3.7; a swapped wrapping key reads the key":
        "in production an input names who fetched it, on which machine, and somebody else who saw it";
    LAST_ROTATION = "last-rotation", false, "AWS KMS: RotateKeyOnDemand, 25 times per key at most", since 2:
        "a provider key that was rotated as often as the provider does it gets no new material";
    TARGETS = "targets", false, "every copy is one more place to lose the key":
        "a key goes to one input, or to as many as the policy allows";
    TRANSFER = "transfer", false, "GDPR chapter V; the organisation’s policy":
        "a key of a data class that must not be transferred is wrapped for no provider";
    REGION = "region", true, "GDPR chapter V; contracts on where data and keys lie":
        "a key and its data lie where script and policy allow, and the key at the provider is in the region that the script names";
    TENANT = "tenant", false, "isolation of tenants":
        "a key of one tenant goes to no other tenant, and no two tenants have the same material or share set";
    APPROVAL = "approval", true, "SP 800-53 AC-5; PCI DSS 3.7":
        "in production an import, a move and a destruction are approved in the room before";
  }
  Lifecycle {
    LIFECYCLE = "lifecycle", false, "SP 800-57 part 1 rev. 5 §7":
        "a key that is moved is described under `lifecycle`, and goes only where the table of states leads";
    DESTRUCTION = "destruction-gate", false, "SP 800-57 part 1 rev. 5 §8.3.4; MP-6(1)":
        "nothing is destroyed before an earlier ceremony asked for it, and before two people typed which key it is";
    COOLING_OFF = "cooling-off", true, "deleted keys do not come back":
        "nothing is destroyed before the time is over that the policy sets after the request";
    STILL_OPEN = "still-open", false, "SP 800-57 part 1 rev. 5 §7.6: all copies":
        "a key is called destroyed only when every provider key, HSM and share set that holds it was closed";
    STILL_NEEDED = "still-needed", true, "SP 800-57 part 1 rev. 5 §5.3.4 and §7.3: what a key protected is processed with it", since 2:
        "an older version is stopped only when every dependent signed off that it needs it no more, and the provider's logs, where they were read, were quiet for as long as the policy says";
    ONE_PROVIDER_KEY = "one-provider-key", false, "AWS KMS: deleting any material of a key changes its state to PendingImport", since 2:
        "a provider key that holds the newer version, too, is not stopped for the sake of the older one";
    REVOCATION = "revocation-notice", true, "SP 800-57 part 1 rev. 5 §8.3.5; PCI DSS 3.7.5", since 2:
        "whoever relies on a key is told when it is compromised";
  }
  Token {
    TOKEN_CANNOT = "token-cannot", false, "the token's profile, found by trial":
        "the token of the profile can make every key, and wrap, back up and lock it as the steps ask";
    HSM_ONLY = "hsm-only", false, "design":
        "what only an HSM can do is asked of an HSM";
    LOCKED = "locked", false, "PKCS#11: CKA_EXTRACTABLE cannot be switched on again":
        "a key is locked once, and not taken out of the HSM afterwards";
    UNLOCKED = "unlocked", true, "PCI DSS 3.6.1; PKCS#11: CKA_EXTRACTABLE":
        "at the seal no key can be taken out of the HSM any more; of one that a provider calls from outside this is proved";
    TOKEN_LIES = "token-lies", true, "PKCS#11: attributes are claims; NSS 3.87 does not honour CKA_EXTRACTABLE":
        "in production the HSM honours what it was asked for, and says so truly; shows when it is run";
    EXTERNAL = "external", false, "AWS KMS external key stores; Google Cloud EKM; Azure Managed HSM external keys":
        "a key that a provider reaches from outside is described under `external`, and is neither wrapped nor split";
    AVAILABILITY = "availability", true, "requirements of external key stores":
        "what happens when a provider cannot reach a key was tried";
  }
  Custody {
    LEDGER = "ledger", false, "PCI PIN 26":
        "a thing is taken out, looked at, handed on and put away by whoever has it, and its bag is looked at before it is put into another";
    LEFT_OUT = "left-out", true, "PCI PIN 26":
        "at the seal everything that was taken out is put away";
    SAFES_APART = "safes-apart", true, "PCI PIN 21; ICANN DNSSEC practice statement":
        "an HSM is kept neither with a part of its PIN nor with a share";
  }
  Organisation {
    ORGANISATION = "organisation", false, "design":
        "the organisation file that a script names is there, can be read, and is not contradicted";
    KEY_VALIDITY = "key-validity", false, "SP 800-57 part 1 §5.3; PCI DSS 3.7.5":
        "whoever signs has a signing key that the organisation file has as valid on the day";
    STANDING_ROLE = "standing-role", true, "PCI DSS 3.7.8; SP 800-53 AC-5":
        "everybody in a role is in the organisation file, and may hold the role";
    HELD_BEFORE = "held-before", false, "PCI DSS 3.7.6; PCI PIN 21-3: history counts":
        "over all ceremonies of the register, nobody comes to have had two shares of one set";
    OLD_SHARE = "old-share", true, "Shamir: old shares of the same secret still rebuild it":
        "whoever gets a share of a key has no older one of it left, by the register";
  }
  Time {
    TIMETABLE = "timetable", false, "format":
        "a timetable names steps that there are";
    PAUSE = "pause", true, "people who are tired misread fingerprints":
        "nobody works for more than three hours without a break";
  }
  Waivers {
    WAIVER = "waiver", false, "design":
        "a waiver names a rule that can be waived, answers a finding, and has not run out";
  }
}

/// The rule of that name.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

impl Finding {
    /// Makes a finding without hint, step or waiver.
    pub fn new(rule: &'static Rule, place: Place, message: impl Into<String>) -> Self {
        Self {
            rule,
            place,
            step: None,
            message: message.into(),
            hint: None,
            waived: None,
        }
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says which step it is about.
    #[must_use]
    pub fn step(mut self, step: u32) -> Self {
        self.step = Some(step);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rules of the first set. Records without a number are held to these and no others: nothing
    /// is added here, and nothing taken away.
    const FIRST: &[&str] = &[
        "text",
        "shape",
        "not-built",
        "unknown-name",
        "key-text",
        "seal-last",
        "kind",
        "absent",
        "attendance",
        "separation",
        "custodian-apart",
        "approver-apart",
        "witness-executes",
        "importer-apart",
        "signers",
        "signing-key",
        "alone",
        "shares",
        "one-share",
        "below-threshold",
        "all-shares-needed",
        "same-manager",
        "same-site",
        "old-epoch",
        "given",
        "order",
        "rotation",
        "removed",
        "one-name",
        "mixed",
        "declared",
        "usage",
        "decision",
        "cryptoperiod",
        "review-due",
        "environment-first",
        "restore-before-destroy",
        "restore-before-wrap",
        "no-copy",
        "no-backup",
        "backup-beside-data",
        "profile",
        "compare-before-wrap",
        "fetched",
        "targets",
        "transfer",
        "region",
        "tenant",
        "approval",
        "lifecycle",
        "destruction-gate",
        "cooling-off",
        "still-open",
        "token-cannot",
        "hsm-only",
        "locked",
        "unlocked",
        "token-lies",
        "external",
        "availability",
        "ledger",
        "left-out",
        "safes-apart",
        "organisation",
        "key-validity",
        "standing-role",
        "held-before",
        "old-share",
        "timetable",
        "pause",
        "waiver",
    ];

    #[test]
    fn a_rule_that_came_after_the_first_records_says_since_when_it_is_there() {
        for rule in RULES {
            let is_first = FIRST.contains(&rule.id);
            assert_eq!(
                rule.since == FIRST_RULE_SET,
                is_first,
                "{}: write `since {RULE_SET}` behind its source",
                rule.id
            );
            assert!(rule.since <= RULE_SET, "{}", rule.id);
        }
    }

    #[test]
    fn the_first_rules_stay() {
        for id in FIRST {
            assert!(rule(id).is_some(), "{id}");
        }
    }
}
