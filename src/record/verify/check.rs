//! What is checked, one by one, and how each check can stand.

use serde::Serialize;

use crate::record::verify::Problem;

/// Something that is checked.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// script.yaml can be read, and the record begins at it.
    #[default]
    Script,
    /// Lines continue each other, to the seal.
    Chain,
    /// Every line is canonical JSON.
    Canonical,
    /// The first entry names what the script names.
    Opening,
    /// The organisation file, and who signed it.
    Organisation,
    /// The script breaks no rule.
    Rules,
    /// Separation of duties.
    Separation,
    /// Waivers had not run out.
    Waivers,
    /// The script was approved before the first entry.
    ScriptApproval,
    /// Steps in the script's order, with the script's content.
    Steps,
    /// Approvals in the room, and what they are for.
    Approvals,
    /// Exceptions, and who decided.
    Exceptions,
    /// Moments.
    Clock,
    /// Artifacts and approvals have the digests recorded.
    Files,
    /// Nothing else is in the folder.
    Folder,
    /// The records that this one builds on.
    Earlier,
    /// The programs and the module that made the record.
    Programs,
    /// Everybody signed who has to.
    Signatures,
    /// Whose keys they are.
    Keys,
    /// What people said.
    Word,
}

impl Check {
    /// Every check, in the order in which they are told.
    pub const ALL: [Self; 20] = [
        Self::Script,
        Self::Chain,
        Self::Canonical,
        Self::Opening,
        Self::Organisation,
        Self::Rules,
        Self::Separation,
        Self::Waivers,
        Self::ScriptApproval,
        Self::Steps,
        Self::Approvals,
        Self::Exceptions,
        Self::Clock,
        Self::Files,
        Self::Folder,
        Self::Earlier,
        Self::Programs,
        Self::Signatures,
        Self::Keys,
        Self::Word,
    ];

    /// Its name in JSON and JUnit.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Script => "script",
            Self::Chain => "chain",
            Self::Canonical => "canonical",
            Self::Opening => "opening",
            Self::Organisation => "organisation",
            Self::Rules => "rules",
            Self::Separation => "separation",
            Self::Waivers => "waivers",
            Self::ScriptApproval => "script-approval",
            Self::Steps => "steps",
            Self::Approvals => "approvals",
            Self::Exceptions => "exceptions",
            Self::Clock => "clock",
            Self::Files => "files",
            Self::Folder => "folder",
            Self::Earlier => "earlier",
            Self::Programs => "programs",
            Self::Signatures => "signatures",
            Self::Keys => "keys",
            Self::Word => "word",
        }
    }

    /// Whether a ceremony can be without it.
    const fn is_optional(self) -> bool {
        match self {
            Self::Organisation
            | Self::Approvals
            | Self::ScriptApproval
            | Self::Earlier
            | Self::Word => true,
            Self::Script
            | Self::Chain
            | Self::Canonical
            | Self::Opening
            | Self::Rules
            | Self::Separation
            | Self::Waivers
            | Self::Steps
            | Self::Exceptions
            | Self::Clock
            | Self::Files
            | Self::Folder
            | Self::Programs
            | Self::Signatures
            | Self::Keys => false,
        }
    }

    /// Whether it can be told of a folder whose record cannot be read.
    const fn stands_alone(self) -> bool {
        matches!(self, Self::Folder | Self::Keys)
    }
}

/// How a check stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It holds.
    Holds,
    /// It does not hold.
    Fails,
    /// Something is still to come: a signature.
    Missing,
    /// It cannot be known from what there is.
    Unknown,
    /// A person said so, and nobody can check it later.
    Asserted,
}

impl Standing {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::Missing => "missing",
            Self::Unknown => "cannot be known",
            Self::Asserted => "asserted by a person",
        }
    }
}

/// A check, and what came of it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Checked {
    /// What was checked.
    pub check: Check,
    /// How it stands.
    pub standing: Standing,
    /// One sentence about it.
    pub says: String,
    /// The first line of the record at which it fails.
    pub line: Option<u64>,
}

/// Every check of a ceremony with what was found out about it.
pub(super) fn all(
    mut found: std::collections::BTreeMap<Check, (Standing, String)>,
    problems: &[Problem],
    is_readable: bool,
) -> Vec<Checked> {
    let unknown = |says: &str| (Standing::Unknown, says.to_owned());
    Check::ALL
        .into_iter()
        .filter_map(|check| {
            let mut wrong = problems.iter().filter(|problem| problem.check == check);
            let (standing, says, line) = if let Some(first) = wrong.next() {
                let others = match wrong.count() {
                    0 => String::new(),
                    count => format!(" (and {count} more)"),
                };
                let says = format!("{}{others}", first.what);
                (Standing::Fails, says, first.place)
            } else {
                let told = found.remove(&check);
                let (standing, says) = if is_readable || check.stands_alone() {
                    told.or_else(|| {
                        (!check.is_optional())
                            .then(|| unknown("it depends on something that does not hold"))
                    })?
                } else {
                    unknown("the record cannot be read")
                };
                (standing, says, None)
            };
            Some(Checked {
                check,
                standing,
                says,
                line,
            })
        })
        .collect()
}
