//! Everybody whom a script names.

use crate::domain::script::Among;
use crate::domain::script::At;
use crate::domain::script::Id;
use crate::domain::script::Place;
use crate::domain::script::Role;
use crate::domain::script::Script;
use crate::domain::script::Step;

/// A name, and where it stands.
type Named<'a> = (&'a str, Place);

fn named(id: &At<Id>) -> Named<'_> {
    (id.as_str(), id.place)
}

impl Script {
    /// Everybody who has a role, keeps something or is named by a step; in the order of the script,
    /// and as often as it names them. Custodians of earlier ceremonies who take no part are not
    /// among them.
    pub fn named(&self) -> Vec<Named<'_>> {
        let roles = Role::ALL.into_iter();
        let mut people: Vec<_> = roles.flat_map(|role| self.roles.holders(role)).collect();
        people.extend(self.token.pin_holders());
        for fetched in self.inputs.values().filter_map(|it| it.fetched.as_ref()) {
            people.extend([&fetched.by, &fetched.seen_by]);
        }
        for item in self.items.values() {
            people.push(&item.held_by);
            people.extend(item.share.as_ref().map(|share| &share.of));
        }
        let mut people: Vec<Named<'_>> = people.into_iter().map(named).collect();
        people.extend(self.steps.iter().flat_map(|step| step.people()));
        people
    }
}

impl Step {
    /// Everybody whom the step names; a role that it names is not spelt out.
    pub fn people(&self) -> Vec<Named<'_>> {
        match self {
            Self::SignIn(people) | Self::SignOut(people) => several(people),
            Self::Environment(environment) => environment
                .clock
                .iter()
                .map(|clock| (clock.person(), clock.place))
                .collect(),
            Self::Statement(statement) => several(&statement.by),
            Self::Split(split) => among(&split.among),
            Self::RestoreTest(test) => several(&test.with),
            Self::Restore(restore) => several(&restore.with),
            Self::Drill(drill) => several(&drill.with),
            Self::Reshare(reshare) => [several(&reshare.with), among(&reshare.among)].concat(),
            Self::Retire(retire) => std::iter::once(&retire.seen_by)
                .chain(retire.copies.iter().map(|copy| &copy.by))
                .map(named)
                .collect(),
            Self::Compare(compare) => compare
                .by
                .iter()
                .chain(&compare.seen_by)
                .map(named)
                .collect(),
            Self::Approve(approve) => vec![named(&approve.by)],
            Self::Availability(exercise) => std::iter::once(&exercise.by)
                .chain(&exercise.seen_by)
                .map(named)
                .collect(),
            Self::Declare(step) => vec![named(&step.by), named(&step.seen_by)],
            Self::Join(step) => vec![named(&step.person), named(&step.seen_by)],
            Self::Acknowledge(step) => several(&step.by),
            Self::MovePerson(step) => vec![named(&step.person), named(&step.seen_by)],
            Self::Leave(step) => vec![named(&step.person), named(&step.seen_by)],
            Self::Withdraw(step) => {
                vec![named(&step.person), named(&step.by), named(&step.seen_by)]
            }
            Self::AccessReview(step) => vec![named(&step.by), named(&step.seen_by)],
            Self::Reconcile(step) => vec![named(&step.by), named(&step.seen_by)],
            Self::Explain(step) => vec![named(&step.by), named(&step.seen_by)],
            Self::Confirm(step) => vec![named(&step.by), named(&step.seen_by)],
            Self::Move(step) => {
                vec![
                    named(&step.requested_by),
                    named(&step.by),
                    named(&step.seen_by),
                ]
            }
            Self::RequestDestroy(step) => {
                vec![
                    named(&step.requested_by),
                    named(&step.by),
                    named(&step.seen_by),
                ]
            }
            Self::CancelDestroy(step) => {
                vec![
                    named(&step.requested_by),
                    named(&step.by),
                    named(&step.seen_by),
                ]
            }
            Self::Identify(step) => several(&step.by),
            Self::ReEncrypted(step) => vec![named(&step.by)],
            Self::Close(step) => vec![named(&step.by), named(&step.seen_by)],
            Self::TakeOut(step) => vec![named(&step.by), named(&step.seen_by)],
            Self::Inspect(step) => vec![named(&step.by), named(&step.seen_by)],
            Self::HandOver(step) => {
                vec![named(&step.from), named(&step.to), named(&step.seen_by)]
            }
            Self::PutAway(step) => vec![named(&step.by), named(&step.seen_by)],
            Self::Receipt(step) => several(&step.to),
            Self::Exception(asked) => vec![named(&asked.by)],
            Self::Generate(_)
            | Self::Wrap(_)
            | Self::Batch(_)
            | Self::Lock(_)
            | Self::Destroy(_)
            | Self::Break(_)
            | Self::Seal => Vec::new(),
        }
    }
}

fn several(people: &[At<Id>]) -> Vec<Named<'_>> {
    people.iter().map(named).collect()
}

fn among(among: &Among) -> Vec<Named<'_>> {
    match among {
        Among::Role(_) => Vec::new(),
        Among::People(people) => several(people),
    }
}
