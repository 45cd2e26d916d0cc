//! Steps about shares that custodians have already.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::script::form::At;
use crate::domain::script::form::Id;
use crate::domain::script::form::Line;
use crate::domain::script::receives::Deliver;
use crate::domain::script::step::Among;

/// Custodians prove that they have their shares; nothing is rebuilt.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drill {
    /// Label of the key whose shares they are.
    pub key: At<Id>,
    /// Who is asked, one at a time. They need not sign in: whoever does not come is recorded as absent.
    pub with: Vec<At<Id>>,
}

/// Custodians rebuild a key of an earlier ceremony, and new shares of it are dealt and proved.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reshare {
    /// Label of the key, described under `given`.
    pub key: At<Id>,
    /// Whose old shares.
    pub with: Vec<At<Id>>,
    /// How many of the new shares rebuild it.
    pub threshold: At<u8>,
    /// Who receives a new share: a role, or a list of people.
    pub among: Among,
    /// How each new share reaches its custodian; `age-file` if absent.
    pub deliver: Option<At<Deliver>>,
}

impl Reshare {
    /// How each new share reaches its custodian.
    pub fn delivers(&self) -> Deliver {
        self.deliver
            .as_ref()
            .map_or(Deliver::AgeFile, |it| it.value)
    }
}

/// It is recorded what became of old shares that new ones replace.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Retire {
    /// Label of the key.
    pub key: At<Id>,
    /// Which epoch; the one that was replaced last if absent.
    pub epoch: Option<At<u32>>,
    /// Who sees shares being destroyed, and answers for what is told of the others.
    pub seen_by: At<Id>,
    /// Every copy of the old backup, where the old shares rebuild a backup key.
    #[serde(default)]
    pub copies: Vec<At<BackupCopy>>,
}

/// A copy of a backup artifact.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupCopy {
    /// Where it is.
    pub at: Line,
    /// Who destroys it.
    pub by: At<Id>,
}
