//! Whether what was wrapped for providers arrived there, as their recorded answers tell.

use jiff::civil::Date;

use crate::domain::arrival::Verdict;
use crate::domain::lifecycle::State;
use crate::register::Rests;
use crate::register::about::Answered;
use crate::register::due::Due;
use crate::register::due::Kind;
use crate::register::due::day;
use crate::register::keys::ForImport;
use crate::register::keys::Material;
use crate::register::proof::Point;
use crate::register::proof::Standing;

/// What was answered of one import, the newest last. A challenge proves something the first time.
fn answers<'a>(material: &'a Material, import: &'a ForImport) -> Vec<(&'a Answered, Verdict)> {
    let mut known = false;
    let all = material.about.answers.iter().filter(|answered| {
        answered.r#for == import.input && *answered.wrapped_in == *import.wrapped.ceremony
    });
    all.map(|answered| match answered.verdict {
        Verdict::Arrived if answered.by_challenge && known => (answered, Verdict::NotProvable),
        Verdict::Arrived => {
            known |= answered.by_challenge;
            (answered, Verdict::Arrived)
        }
        Verdict::Consistent | Verdict::NotProvable | Verdict::Contradicted => {
            (answered, answered.verdict)
        }
    })
    .collect()
}

/// That the provider answered that this material arrived: as far as all answers together show it.
pub(super) fn point(material: &Material, import: &ForImport) -> Point {
    let provider = &import.provider;
    let answers = answers(material, import);
    let of = |verdict| -> Vec<Rests> {
        answers
            .iter()
            .filter(|(_, found)| *found == verdict)
            .map(|(answered, _)| answered.rests_on.clone())
            .collect()
    };
    let (contradicted, arrived) = (of(Verdict::Contradicted), of(Verdict::Arrived));
    // Only a later answer that proves it outweighs one that contradicts it.
    let mut last = answers.iter().map(|(_, verdict)| *verdict);
    let last = last.rfind(|it| matches!(it, Verdict::Arrived | Verdict::Contradicted));
    let (what, standing, rests_on) = match last {
        Some(Verdict::Contradicted) => (
            format!("{provider} answered something else than that this material arrived"),
            Standing::Contradicted,
            contradicted,
        ),
        Some(Verdict::Arrived) => (
            format!("{provider} answered that this material arrived"),
            Standing::Shown,
            arrived,
        ),
        Some(Verdict::Consistent | Verdict::NotProvable) | None => {
            let rests_on: Vec<Rests> = answers
                .iter()
                .map(|(answered, _)| answered.rests_on.clone())
                .collect();
            let what = if rests_on.is_empty() {
                format!("{provider} answered that this material arrived")
            } else {
                format!(
                    "{provider} answered; that this very material arrived cannot be proved by it"
                )
            };
            (what, Standing::Unknown, rests_on)
        }
    };
    Point {
        what,
        standing,
        rests_on,
    }
}

/// Imports of which nobody recorded what the provider answered, or whose answer contradicts the record.
/// Only the last one to each place counts: it replaced what was there.
pub(super) fn due(material: &Material, all: &mut Vec<Due>) {
    let within = material.confirm_within.unwrap_or(WITHIN);
    for (at, import) in material.imports.iter().enumerate() {
        let place = |import: &ForImport| {
            let key_id = import.key_id.clone();
            (import.provider.clone(), key_id, import.input.clone())
        };
        let mut later = material.imports.iter().skip(at + 1);
        let replaced = later.any(|later| place(later) == place(import));
        let there = material.life.at.get(&import.input);
        let gone = there.is_some_and(|there| there.standing.state == State::Destroyed);
        if replaced || gone {
            continue;
        }
        let answers = answers(material, import);
        let mut newest = answers.iter().rev();
        let last = newest
            .find(|(_, verdict)| *verdict != Verdict::NotProvable)
            .or_else(|| answers.last());
        let id = import.key_id.as_deref().unwrap_or(&import.input);
        let (by, what, rests_on) = match last {
            None => (
                day(import.wrapped.at.plus_seconds(within)),
                format!(
                    "{} is asked whether key {} arrived ({id}), and its answer recorded",
                    import.provider, material.key
                ),
                &import.wrapped,
            ),
            Some((answered, Verdict::Contradicted)) => (
                day(answered.rests_on.at),
                format!(
                    "it is found out why {} answered something else of key {} ({id}) than was recorded",
                    import.provider, material.key
                ),
                &answered.rests_on,
            ),
            Some(_) => continue,
        };
        all.push(due_by(by, material, what, rests_on));
    }
}

fn due_by(by: Date, material: &Material, what: String, rests_on: &Rests) -> Due {
    Due {
        by,
        kind: Kind::Confirmation,
        key: Some(material.key.clone()),
        who: None,
        what,
        overdue: false,
        rests_on: vec![rests_on.clone()],
    }
}

/// How long after a wrap, in seconds, where no script says so: a week.
const WITHIN: i64 = 7 * 24 * 60 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    fn material(answers: &[(&str, Verdict)]) -> Material {
        let mut material = Material::blank("payments", "aa");
        material.imports.push(ForImport {
            input: "aws".to_owned(),
            provider: "aws-kms".to_owned(),
            algorithm: "RSAES_OAEP_SHA_256".to_owned(),
            key_id: None,
            valid_for: None,
            challenge: None,
            wrapped: Rests::on("2024-01-15", 7),
        });
        for (day, verdict) in answers {
            let wrapped_in = material.imports[0].wrapped.ceremony.clone();
            material.about.answers.push(Answered {
                r#for: "aws".to_owned(),
                wrapped_in: wrapped_in.to_string(),
                verdict: *verdict,
                by_challenge: false,
                rests_on: Rests::on(day, 3),
            });
        }
        material
    }

    fn standing(answers: &[(&str, Verdict)]) -> Standing {
        let material = material(answers);
        point(&material, &material.imports[0]).standing
    }

    #[test]
    fn a_later_answer_outweighs_an_earlier_one_unless_it_proves_nothing() {
        let arrived = ("2024-01-16", Verdict::Arrived);
        let nothing = ("2024-01-17", Verdict::NotProvable);
        let other = ("2024-01-18", Verdict::Contradicted);
        let again = ("2024-01-19", Verdict::Arrived);
        assert_eq!(standing(&[]), Standing::Unknown);
        assert_eq!(standing(&[nothing]), Standing::Unknown);
        assert_eq!(standing(&[arrived, nothing]), Standing::Shown);
        assert_eq!(standing(&[arrived, nothing, other]), Standing::Contradicted);
        assert_eq!(standing(&[arrived, other, again]), Standing::Shown);
    }

    #[test]
    fn the_answer_to_a_challenge_proves_nothing_when_it_is_given_again() {
        let arrived = ("2024-01-16", Verdict::Arrived);
        let other = ("2024-01-18", Verdict::Contradicted);
        let again = ("2024-01-19", Verdict::Arrived);
        let mut material = material(&[arrived, other, again]);
        let found = |material: &Material| {
            let mut all = Vec::new();
            due(material, &mut all);
            (point(material, &material.imports[0]).standing, all.len())
        };
        assert_eq!(found(&material), (Standing::Shown, 0));
        for answered in &mut material.about.answers {
            answered.by_challenge = true;
        }
        // What contradicts it was said after everybody could know the answer.
        assert_eq!(found(&material), (Standing::Contradicted, 1));
        material.about.answers.remove(0);
        assert_eq!(found(&material), (Standing::Shown, 0));
    }

    #[test]
    fn an_answer_to_another_import_is_none_to_this_one() {
        let mut material = material(&[("2024-01-16", Verdict::Arrived)]);
        material.about.answers[0].wrapped_in = "elsewhere".to_owned();
        let found = point(&material, &material.imports[0]);
        assert_eq!(found.standing, Standing::Unknown);
        assert_eq!(found.rests_on.len(), 0);
    }

    #[test]
    fn an_import_is_confirmed_within_a_week_or_as_long_as_the_policy_says() {
        let by = |material: &Material| {
            let mut all = Vec::new();
            due(material, &mut all);
            all.iter().map(|due| due.by.to_string()).collect::<Vec<_>>()
        };
        let mut unconfirmed = material(&[]);
        assert_eq!(by(&unconfirmed), ["2024-01-22"]);
        unconfirmed.confirm_within = Some(24 * 60 * 60);
        assert_eq!(by(&unconfirmed), ["2024-01-16"]);
        for verdict in [Verdict::Arrived, Verdict::NotProvable] {
            assert!(by(&material(&[("2024-01-20", verdict)])).is_empty());
        }
        // A contradiction is due at once, and stays so until something else is proved.
        let other = ("2024-01-20", Verdict::Contradicted);
        assert_eq!(by(&material(&[other])), ["2024-01-20"]);
        let nothing = ("2024-01-21", Verdict::NotProvable);
        assert_eq!(by(&material(&[other, nothing])), ["2024-01-20"]);
    }
}
