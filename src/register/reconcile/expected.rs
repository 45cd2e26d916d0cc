//! Changes that no line of a record tells by itself, and that follow from what it tells.

use crate::domain::log_event::Action;
use crate::domain::log_event::LogEvent;
use crate::domain::log_event::LogOutcome;
use crate::domain::record::Digest;
use crate::domain::record::Moment;
use crate::register::reconcile::claims::Act;
use crate::register::reconcile::claims::Claim;
use crate::register::reconcile::known::same;
use crate::register::reconcile::matching::is_same_key;
use crate::register::reconcile::matching::within;
use crate::register::reconcile::outcome::Deciding;
use crate::register::reconcile::state::Policy;

impl Deciding<'_> {
    /// What a provider does by itself because of what records or the log tell before.
    pub(super) fn expected_of_the_service(&self, event: &LogEvent) -> bool {
        let name = event.key.as_deref().unwrap_or_default();
        let before = |action: Action| {
            self.events.iter().any(|other| {
                other.action == action
                    && !other.by_service
                    && other.outcome == LogOutcome::Done
                    && other.at <= event.at
                    && other.key.as_deref().is_some_and(|key| same(key, name))
            })
        };
        let claimed = |fits: &dyn Fn(&Claim) -> bool| {
            self.claims
                .iter()
                .any(|told| is_same_key(told.claim, event) && fits(told.claim))
        };
        let skew = self.settings.skew;
        match event.action {
            Action::ExpireMaterial => claimed(&|claim| {
                let ends = claim.import.as_ref().and_then(|import| import.valid_to);
                ends.is_some_and(|ends| event.at.seconds_since(ends) >= -skew)
            }),
            // A deletion that nobody explains was told when it was scheduled.
            Action::Delete => {
                before(Action::ScheduleDeletion)
                    || before(Action::Delete)
                    || claimed(&|claim| {
                        matches!(claim.act, Act::ScheduleDeletion | Act::Delete | Act::Gone)
                            && claim.from <= event.at
                    })
            }
            Action::Rotate => before(Action::Rotate) || before(Action::SetRotation),
            // Some providers tell of a change of access once more when it has taken effect.
            Action::SetAccess => self.events.iter().any(|other| {
                other.action == Action::SetAccess
                    && !other.by_service
                    && other.at.seconds_since(event.at).abs() <= skew
                    && other
                        .key
                        .as_deref()
                        .is_none_or(|key| same(key, name) || name.is_empty())
            }),
            Action::Create
            | Action::FetchParameters
            | Action::Import
            | Action::DeleteMaterial
            | Action::SetRotation
            | Action::Disable
            | Action::Enable
            | Action::ScheduleDeletion
            | Action::CancelDeletion
            | Action::Alias
            | Action::Replicate
            | Action::Backup
            | Action::Update
            | Action::Decrypt
            | Action::Encrypt
            | Action::Read
            | Action::Other => false,
        }
    }

    /// A policy that was put as it was reviewed: in the last review before, or in the next one. One that was reviewed
    /// long ago, and put back, is another matter.
    pub(super) fn reviewed(&self, event: &LogEvent) -> bool {
        let digest = event.says.get("policy-sha256");
        let digest = digest.and_then(|digest| digest.parse::<Digest>().ok());
        let (Some(digest), Some(key)) = (digest, event.key.as_deref()) else {
            return false;
        };
        let policies = &self.register.logs.policies;
        let of_key = policies.iter().filter(|policy| same(key, &policy.key_id));
        stands_in(&of_key.collect::<Vec<&Policy>>(), event.at, digest)
    }

    /// Vault deletes a key only after its deletion was allowed: both belong to the one line that tells of it.
    pub(super) fn allows_the_deletion(&self, event: &LogEvent) -> bool {
        let allows = event.says.get("deletion-allowed");
        event.action == Action::Update
            && allows.is_some_and(|it| it == "true")
            && self.claims.iter().any(|told| {
                matches!(told.claim.act, Act::Delete | Act::Gone)
                    && is_same_key(told.claim, event)
                    && within(told.claim, event.at, self.settings.skew)
            })
    }

    /// Whether it made the empty key that a ceremony filled later.
    pub(super) fn makes_the_key(&self, event: &LogEvent) -> bool {
        let name = event.key.as_deref().unwrap_or_default();
        let filled = self.claims.iter().filter(|told| {
            told.claim.act == Act::Import
                && told
                    .claim
                    .key_id
                    .as_deref()
                    .is_some_and(|id| same(id, name))
        });
        let first = filled.map(|told| told.claim.until).min();
        event.action == Action::Create
            && event.version.is_none()
            && first.is_none_or(|first| event.at <= first)
    }
}

/// Whether a file is one of the last review before a moment, or of the next one.
fn stands_in(reviews: &[&Policy], at: Moment, file: Digest) -> bool {
    let before = reviews.iter().filter(|review| review.rests_on.at <= at);
    let after = reviews.iter().filter(|review| review.rests_on.at > at);
    let last = before.max_by_key(|review| review.rests_on.at);
    let next = after.min_by_key(|review| review.rests_on.at);
    let mut both = last.into_iter().chain(next);
    both.any(|review| review.files.contains(&file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::Rests;

    #[test]
    fn a_policy_of_an_older_review_that_is_put_back_is_not_explained_by_it() {
        let reviews = ["2026-01-05", "2026-03-05", "2026-05-05"].map(|day| Policy {
            key_id: "key/1".to_owned(),
            files: vec![Digest::of(day.as_bytes())],
            rests_on: Rests::on(day, 5),
        });
        let reviews: Vec<&Policy> = reviews.iter().collect();
        let at = |day: &str| Moment::new(format!("{day}T12:00:00Z").parse().unwrap());
        for (day, file, explained) in [
            ("2026-01-01", "2026-01-05", true),
            ("2026-02-01", "2026-01-05", true),
            ("2026-02-01", "2026-03-05", true),
            ("2026-04-01", "2026-01-05", false),
            ("2026-04-01", "2026-05-05", true),
            ("2026-06-01", "2026-03-05", false),
        ] {
            let file = Digest::of(file.as_bytes());
            assert_eq!(stands_in(&reviews, at(day), file), explained, "{day}");
        }
    }
}
