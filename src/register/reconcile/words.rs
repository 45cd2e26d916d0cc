//! How a finding is told, and what an auditor does with it.

use crate::domain::log_event::Action;

/// What somebody did with a key, before its name.
pub(super) const fn did(action: Action) -> &'static str {
    match action {
        Action::Create => "made a version of",
        Action::FetchParameters => "fetched import parameters for",
        Action::Import => "imported material into",
        Action::DeleteMaterial => "deleted the material of",
        Action::ExpireMaterial => "deleted the expired material of",
        Action::Rotate => "rotated",
        Action::SetRotation => "set a rule for the rotation of",
        Action::Disable => "disabled",
        Action::Enable => "enabled",
        Action::ScheduleDeletion => "scheduled the deletion of",
        Action::CancelDeletion => "called off the deletion of",
        Action::Delete => "deleted",
        Action::SetAccess => "changed who can get at",
        Action::Alias => "turned another name to or from",
        Action::Replicate => "copied to another region",
        Action::Backup => "made or used the provider's backup of",
        Action::Update => "changed something of",
        Action::Decrypt => "decrypted with",
        Action::Encrypt => "encrypted with",
        Action::Read => "read of",
        Action::Other => "did something with",
    }
}

/// What to do about a change that no ceremony explains.
pub(super) const fn next(action: Action) -> &'static str {
    match action {
        Action::Import => {
            "treat the key as one that somebody else may know: disable it, ask who imported, and import again in a ceremony"
        }
        Action::Create | Action::Rotate | Action::SetRotation => {
            "find out whose material protects data now; if it is not yours, turn back to the version of the ceremony and decide what is encrypted anew"
        }
        Action::DeleteMaterial | Action::ExpireMaterial => {
            "bring the material back with a ceremony of `reimport-from-shares`, or record with `destroy` that it is meant to be gone"
        }
        Action::Disable => {
            "ask who needed it stopped; record it with `suspend`, or enable it again with `resume`"
        }
        Action::Enable => {
            "ask who needed it, and disable it again: by the records it is to be out of use"
        }
        Action::ScheduleDeletion => {
            "call it off before its window ends unless somebody answers for it: `cancel-destroy`"
        }
        Action::CancelDeletion => "find out why a key is kept that is to be destroyed",
        Action::Delete => {
            "find out at once whether it can be brought back, and what was encrypted with it"
        }
        Action::SetAccess => {
            "fetch the policy as it is, read it with `register access import`, and take out whom nobody put there in a ceremony"
        }
        Action::Alias => "see where the name points now, and what is encrypted through it",
        Action::Replicate => {
            "record the copy as a place that holds the key, or delete it: it must be destroyed with the others"
        }
        Action::Backup => {
            "find out where the provider's backup lies and who can restore it: destruction does not reach it"
        }
        Action::Update => {
            "compare the key as it is now with the records: the log does not say what was changed"
        }
        Action::FetchParameters
        | Action::Decrypt
        | Action::Encrypt
        | Action::Read
        | Action::Other => "ask who did it, and what for",
    }
}
