//! What is due of people: duties that they take on, signing keys that end, and reviews of who can get
//! at keys.

use jiff::civil::Date;

use crate::domain::script::Role;
use crate::register::Register;
use crate::register::Rests;
use crate::register::due::Due;
use crate::register::due::Kind;
use crate::register::due::day;
use crate::register::people::AccessSeen;
use crate::register::people::Person;

/// How long a review counts where no policy says so: user accounts and what they may do are reviewed
/// every six months (PCI DSS 4.0.1, 7.2.4). In seconds.
const REVIEW_EVERY: i64 = 182 * 86_400;

/// What is due of people, at any time; whoever is gone has nothing to do.
pub(super) fn due(register: &Register, today: Date, all: &mut Vec<Due>) {
    let people = &register.people;
    for (id, person) in people.all.iter().filter(|(_, it)| !it.gone_on(today)) {
        if keeps_acknowledgements(register) {
            all.extend(acknowledgement(id, person));
        }
        all.extend(signing_key(id, person));
    }
    let every = people.review_every.map_or(REVIEW_EVERY, |(_, every)| every);
    let reviews = people.reviews.iter().filter(|seen| seen.closed.is_none());
    all.extend(reviews.filter_map(|seen| review(seen, every)));
}

/// What nobody keeps in this register, so that it is not among what is due.
pub(super) fn not_kept(register: &Register) -> Vec<&'static str> {
    let mut all = Vec::new();
    if !keeps_acknowledgements(register) {
        all.push("custodians' acknowledgements: no record has one");
    }
    if register.people.reviews.is_empty() {
        all.push("who can get at keys at providers: no record has a review");
    }
    all
}

/// An organisation whose records have no acknowledgement keeps them elsewhere.
fn keeps_acknowledgements(register: &Register) -> bool {
    let mut people = register.people.all.values();
    people.any(|person| !person.acknowledged.is_empty())
}

/// A custodian takes his duties on before he has anything, and again when that runs out.
fn acknowledgement(id: &str, person: &Person) -> Option<Due> {
    let name = &person.name;
    let (by, what, rests_on) = match person.last_acknowledgement() {
        Some(last) => match &last.refused {
            Some(_) => (
                day(last.rests_on.at),
                format!("{name} acknowledges the duties of a custodian, which he refused"),
                last.rests_on.clone(),
            ),
            None => (
                day(last.until),
                format!("{name} acknowledges the duties of a custodian again"),
                last.rests_on.clone(),
            ),
        },
        None => {
            let held = person.held.get(Role::Custodians.name());
            let since: &Rests = held
                .into_iter()
                .chain(&person.dealt)
                .min_by_key(|it| it.at)?;
            (
                day(since.at),
                format!("{name} acknowledges the duties of a custodian for the first time"),
                since.clone(),
            )
        }
    };
    Some(Due {
        by,
        kind: Kind::Acknowledgement,
        key: None,
        who: Some(id.to_owned()),
        what,
        overdue: false,
        rests_on: vec![rests_on],
    })
}

/// Whoever has no key that is valid can sign nothing.
fn signing_key(id: &str, person: &Person) -> Option<Due> {
    let listed = person.listed.as_ref()?;
    Some(Due {
        by: listed.key_ends?,
        kind: Kind::SigningKey,
        key: None,
        who: Some(id.to_owned()),
        what: format!(
            "the last signing key of {} ends, by version {} of the organisation file",
            person.name, listed.version
        ),
        overdue: false,
        rests_on: vec![listed.rests_on.clone()],
    })
}

fn review(seen: &AccessSeen, every: i64) -> Option<Due> {
    let review = &seen.review;
    // Record and script were verified: it is a day.
    let taken_on: Date = review.taken_on.parse().ok()?;
    let days = jiff::Span::new().days(every / 86_400);
    Some(Due {
        by: taken_on.checked_add(days).ok()?,
        kind: Kind::AccessReview,
        key: Some(review.key.clone()),
        who: None,
        what: format!(
            "who can get at key {} at {} ({}) is looked at again, last on {taken_on}",
            review.key, review.provider, review.key_id
        ),
        overdue: false,
        rests_on: vec![seen.rests_on.clone()],
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::record::Digest;
    use crate::domain::record::Mode;
    use crate::register::due::due as all_due;
    use crate::register::due::not_looked_at;
    use crate::register::listed::Listed;
    use crate::register::people::Acknowledgement;

    fn rests(day: &str) -> Rests {
        Rests::on(day, 4)
    }

    fn acknowledged(on: &str, refused: Option<&str>) -> Acknowledgement {
        Acknowledgement {
            version: "3".to_owned(),
            sha256: Digest::of(b"I keep my share"),
            until: rests(on).at.plus_seconds(365 * 86_400),
            refused: refused.map(str::to_owned),
            rests_on: rests(on),
        }
    }

    fn reviewed(taken_on: &str) -> AccessSeen {
        let review = json!({
            "key": "payments", "provider": "aws-kms", "key-id": "arn:1", "taken-on": taken_on,
            "files": [], "principals": [], "by": "ana", "seen-by": "eli",
        });
        AccessSeen {
            review: serde_json::from_value(review).unwrap(),
            rests_on: rests(taken_on),
            closed: None,
        }
    }

    /// Day, kind, person and whether it is over, on the first of June 2026.
    fn told(register: &Register) -> Vec<(String, Kind, Option<String>, bool)> {
        let today = "2026-06-01".parse().unwrap();
        let until = "2027-06-01".parse().unwrap();
        let all = all_due(register, today, until).into_iter();
        all.map(|it| (it.by.to_string(), it.kind, it.who, it.overdue))
            .collect()
    }

    fn person<'r>(register: &'r mut Register, id: &str) -> &'r mut Person {
        register.people.all.entry(id.to_owned()).or_default()
    }

    #[test]
    fn an_acknowledgement_is_due_when_it_runs_out_and_at_once_where_there_is_none() {
        let mut register = Register::default();
        let who = |id: &str| Some(id.to_owned());
        person(&mut register, "ben").dealt = Some(rests("2026-05-01"));
        assert_eq!(told(&register), [], "nobody keeps acknowledgements here");
        assert!(
            not_looked_at(&register)
                .iter()
                .any(|it| it.contains("acknowledgements"))
        );
        person(&mut register, "cho").acknowledged = vec![acknowledged("2026-03-01", None)];
        person(&mut register, "dee").acknowledged = vec![acknowledged("2026-04-01", Some("no"))];
        person(&mut register, "gil").acknowledged = vec![acknowledged("2025-03-01", None)];
        let kind = Kind::Acknowledgement;
        assert_eq!(
            told(&register),
            [
                ("2026-03-01".to_owned(), kind, who("gil"), true),
                ("2026-04-01".to_owned(), kind, who("dee"), true),
                ("2026-05-01".to_owned(), kind, who("ben"), true),
                ("2027-03-01".to_owned(), kind, who("cho"), false),
            ]
        );
        assert!(
            !not_looked_at(&register)
                .iter()
                .any(|it| it.contains("acknowledgements"))
        );
    }

    #[test]
    fn nothing_is_due_of_somebody_who_left() {
        let mut register = Register::default();
        let gil = person(&mut register, "gil");
        gil.acknowledged = vec![acknowledged("2025-03-01", None)];
        gil.left = Some(crate::register::people::Leaving {
            on: "2026-05-31".parse().unwrap(),
            because: String::new(),
            opens: Vec::new(),
            rests_on: rests("2026-05-20"),
        });
        assert_eq!(told(&register), []);
    }

    #[test]
    fn an_access_review_comes_again_after_half_a_year_or_as_the_policy_says_until_the_key_is_closed()
     {
        let mut register = Register::default();
        assert!(
            not_looked_at(&register)
                .iter()
                .any(|it| it.contains("review"))
        );
        register.people.reviews = vec![reviewed("2025-11-01")];
        let kind = Kind::AccessReview;
        assert_eq!(
            told(&register),
            [("2026-05-02".to_owned(), kind, None, true)]
        );
        register.people.review_every = Some((Mode::Practice, 365 * 86_400));
        assert_eq!(
            told(&register),
            [("2026-11-01".to_owned(), kind, None, false)]
        );
        register.people.reviews[0].closed = Some(rests("2026-01-01"));
        assert_eq!(told(&register), []);
    }

    #[test]
    fn a_signing_key_is_due_on_the_last_day_that_the_organisation_file_gives_it() {
        let mut register = Register::default();
        person(&mut register, "ana").listed = Some(Listed {
            version: 2,
            roles: Vec::new(),
            principals: Vec::new(),
            key_ends: Some("2026-12-31".parse().unwrap()),
            rests_on: rests("2026-01-01"),
        });
        let who = Some("ana".to_owned());
        assert_eq!(
            told(&register),
            [("2026-12-31".to_owned(), Kind::SigningKey, who, false)]
        );
    }
}
