//! How long a ceremony takes: an estimate for each step, when each begins, and where people rest.

use crate::domain::finding::Finding;
use crate::domain::finding::PAUSE;
use crate::domain::finding::TIMETABLE;
use crate::domain::progress::number;
use crate::domain::record::Moment;
use crate::domain::script::Deliver;
use crate::domain::script::Script;
use crate::domain::script::Step;

/// How long people work without a break before the script must say that they may: three hours.
pub const WITHOUT_BREAK: u32 = 3 * 3600;

/// What a step takes, in seconds: so much whatever it is about, and so much for each person, or for
/// each thing, that it is about.
struct Takes {
    step: u32,
    each: u32,
}

const fn takes(step: u32, each: u32) -> Takes {
    Takes { step, each }
}

/// Reading a sentence aloud, doing it and writing initials takes people half a minute; what they
/// do one after the other is counted by head. They are estimates: a script's `timetable` corrects
/// them, and the report has what it really took.
const fn table(step: &Step) -> Takes {
    match step {
        // Each shows a document and signs the attendance sheet.
        Step::SignIn(_) => takes(60, 60),
        Step::SignOut(_) => takes(30, 20),
        // Interfaces, swap and memory are looked at by the program; the clock is read aloud.
        Step::Environment(_) => takes(180, 0),
        // A text of some lines is read aloud, and each answers.
        Step::Statement(_) => takes(60, 20),
        // A key is made in seconds, an RSA key in an HSM in minutes; its check value is read aloud.
        Step::Generate(_) => takes(120, 0),
        // Each custodian brings a medium or copies a card, and confirms.
        Step::Split(_) => takes(60, 180),
        // Each custodian comes to the machine and opens a share.
        Step::RestoreTest(_) | Step::Restore(_) | Step::Drill(_) => takes(60, 120),
        // Old shares are opened, new ones handed out and brought back.
        Step::Reshare(_) => takes(120, 240),
        // Of each old share it is told what became of it.
        Step::Retire(_) => takes(60, 120),
        // A call, and words read aloud and typed by each.
        Step::Compare(_) => takes(240, 60),
        // The request is read, and signed with a key that is brought.
        Step::Approve(_) => takes(180, 0),
        Step::Wrap(_) => takes(120, 0),
        // A list is made by the machine while people watch.
        Step::Batch(_) => takes(600, 0),
        Step::Lock(_) => takes(60, 0),
        // The provider is cut off, looked at and brought back.
        Step::Availability(_) => takes(900, 0),
        // A way to a safe and back.
        Step::TakeOut(_) | Step::PutAway(_) => takes(300, 0),
        Step::Inspect(_) | Step::HandOver(_) => takes(120, 0),
        // A sentence is read aloud; nothing is done with a key.
        Step::Declare(_) | Step::Join(_) | Step::MovePerson(_) | Step::Leave(_) => takes(30, 0),
        // A text of some lines is read aloud, and each answers.
        Step::Acknowledge(_) => takes(120, 20),
        // What was done at a provider or a safe is told, and who saw it.
        Step::Withdraw(_) | Step::ReEncrypted(_) => takes(120, 0),
        // Findings are read aloud and answered.
        Step::AccessReview(_) | Step::Reconcile(_) => takes(600, 0),
        Step::Explain(_) => takes(120, 0),
        Step::Confirm(_) => takes(300, 0),
        // Somebody does it at the provider while another watches, and tells what it answered.
        Step::Move(_) | Step::RequestDestroy(_) | Step::CancelDestroy(_) | Step::Close(_) => {
            takes(300, 0)
        }
        // Words read aloud and typed by each.
        Step::Identify(_) => takes(60, 60),
        Step::Receipt(_) => takes(30, 30),
        Step::Destroy(_) => takes(60, 0),
        Step::Exception(_) => takes(30, 0),
        // As long as the script says.
        Step::Break(_) => takes(0, 0),
        // Each signs.
        Step::Seal => takes(60, 60),
    }
}

/// A card of some fifteen lines is copied by hand and typed back.
const CARD: u32 = 600;

/// One step of the plan.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Planned {
    /// When it begins, in seconds from the beginning.
    pub from: u32,
    /// How long it takes, in seconds.
    pub takes: u32,
    /// Whether it is a break.
    pub rest: bool,
}

impl Planned {
    /// When it is done, in seconds from the beginning.
    pub const fn to(&self) -> u32 {
        self.from.saturating_add(self.takes)
    }
}

/// When each step of a script begins, and how long it takes.
pub fn plan(script: &Script) -> Vec<Planned> {
    let own = script.timetable.as_ref().map(|table| &table.takes);
    let mut from = 0_u32;
    let mut plan = Vec::with_capacity(script.steps.len());
    for (index, step) in script.steps.iter().enumerate() {
        let mut said = own.into_iter().flatten();
        let takes = said.find(|it| it.step == number(index)).map_or_else(
            || estimate(script, &step.value),
            |it| u32::try_from(it.r#for.seconds).unwrap_or(u32::MAX),
        );
        let rest = matches!(step.value, Step::Break(_));
        plan.push(Planned { from, takes, rest });
        from = from.saturating_add(takes);
    }
    plan
}

/// How long the whole takes, in seconds.
pub fn total(plan: &[Planned]) -> u32 {
    plan.last().map_or(0, Planned::to)
}

/// When the ceremony begins, by its timetable.
pub fn begins(script: &Script) -> Option<Moment> {
    let at = script.timetable.as_ref()?.starts_at.as_ref()?;
    Some(at.value.0)
}

/// When a step should be done: by the clock where the timetable says when the ceremony begins, else
/// in hours and minutes from its beginning.
pub fn due(script: &Script, planned: &Planned) -> String {
    let Some(begins) = begins(script) else {
        return told_as(planned.to());
    };
    let at = begins.plus_seconds(i64::from(planned.to())).to_string();
    at.get(11..16).unwrap_or_default().to_owned()
}

/// The whole in one sentence, with its breaks.
pub fn summary(script: &Script) -> String {
    let plan = plan(script);
    let breaks: Vec<&Planned> = plan.iter().filter(|step| step.rest).collect();
    let rest = breaks.iter().map(|step| step.takes);
    let rest = rest.fold(0, u32::saturating_add);
    let breaks = match breaks.len() {
        0 => "no break".to_owned(),
        1 => format!("a break of {}", told_as(rest)),
        n => format!("{n} breaks of {} together", told_as(rest)),
    };
    let whole = told_as(total(&plan));
    let end = plan.last().filter(|_| begins(script).is_some());
    let end = end.map_or(String::new(), |last| {
        format!(", until {}", due(script, last))
    });
    format!("Planned: {whole} hours{end}, with {breaks}.")
}

fn estimate(script: &Script, step: &Step) -> u32 {
    if let Step::Break(pause) = step {
        return u32::try_from(pause.r#for.seconds).unwrap_or(u32::MAX);
    }
    let Takes {
        step: whole,
        mut each,
    } = table(step);
    let dealt = script.dealt_to(step).len();
    let heads = match step {
        Step::Split(split) => {
            if split.delivers() == Deliver::Card {
                each = CARD;
            }
            dealt
        }
        Step::Reshare(reshare) => dealt.max(reshare.with.len()),
        Step::Retire(retire) => retire.copies.len().max(1),
        Step::Seal => script.record_signers().len(),
        Step::SignIn(_)
        | Step::SignOut(_)
        | Step::Environment(_)
        | Step::Statement(_)
        | Step::Generate(_)
        | Step::RestoreTest(_)
        | Step::Restore(_)
        | Step::Drill(_)
        | Step::Compare(_)
        | Step::Approve(_)
        | Step::Wrap(_)
        | Step::Batch(_)
        | Step::Lock(_)
        | Step::Availability(_)
        | Step::TakeOut(_)
        | Step::Inspect(_)
        | Step::HandOver(_)
        | Step::PutAway(_)
        | Step::Receipt(_)
        | Step::Declare(_)
        | Step::ReEncrypted(_)
        | Step::Join(_)
        | Step::Acknowledge(_)
        | Step::MovePerson(_)
        | Step::Leave(_)
        | Step::Withdraw(_)
        | Step::AccessReview(_)
        | Step::Reconcile(_)
        | Step::Explain(_)
        | Step::Confirm(_)
        | Step::Move(_)
        | Step::RequestDestroy(_)
        | Step::CancelDestroy(_)
        | Step::Identify(_)
        | Step::Close(_)
        | Step::Destroy(_)
        | Step::Exception(_)
        | Step::Break(_) => step.people().len(),
    };
    let heads = u32::try_from(heads).unwrap_or(u32::MAX);
    whole.saturating_add(each.saturating_mul(heads))
}

/// What is wrong with a timetable, and where people work too long.
pub fn findings(script: &Script) -> Vec<Finding> {
    let mut all = Vec::new();
    let steps = script.steps.len();
    for takes in script.timetable.iter().flat_map(|table| &table.takes) {
        let step = takes.step;
        if usize::try_from(step).is_ok_and(|step| !(1..=steps).contains(&step)) {
            all.push(
                Finding::new(
                    &TIMETABLE,
                    takes.place,
                    format!("there is no step {step}: the script has {steps}"),
                )
                .hint("steps count from 1, in the order of the script"),
            );
        }
    }
    let mut since = 0;
    let mut told = false;
    for ((index, step), planned) in script.steps.iter().enumerate().zip(plan(script)) {
        if planned.rest {
            since = planned.to();
            told = false;
        } else if !told && planned.to().saturating_sub(since) > WITHOUT_BREAK {
            told = true;
            all.push(
                Finding::new(
                    &PAUSE,
                    step.place,
                    format!(
                        "by the end of this step people have worked for {} without a break",
                        told_as(planned.to().saturating_sub(since))
                    ),
                )
                .step(number(index))
                .hint(
                    "put `- break: {for: 15m}` before it, or correct the estimate in `timetable`",
                ),
            );
        }
    }
    all
}

/// Seconds as hours and minutes, rounded up: `0:05`, `1:40`.
pub fn told_as(seconds: u32) -> String {
    let minutes = seconds.div_ceil(60);
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parse::parse;

    fn script(more: &str) -> Script {
        let text = format!(
            "schema: keyrite/v1\nceremony: timed\ntitle: A timed ceremony\nkind: generate\nmode: practice\n\
             people:\n  ana: {{name: Ana}}\n  ben: {{name: Ben}}\n  cho: {{name: Cho}}\n\
             roles: {{administrator: [ana], custodians: [ben, cho]}}\ntoken: {{core: software}}\n{more}"
        );
        parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn breaks_of_centuries_add_up_to_no_more_than_can_be_told() {
        let script =
            script("steps:\n  - break: {for: 99999d}\n  - break: {for: 99999d}\n  - seal\n");
        let summary = summary(&script);
        assert!(summary.contains("2 breaks of "), "{summary}");
        assert_eq!(total(&plan(&script)), u32::MAX);
    }

    #[test]
    fn a_step_begins_when_the_one_before_is_done() {
        let script = script(
            "steps:\n  - sign-in: [ana, ben]\n  - split: {key: k, threshold: 2, among: custodians}\n  - break: {for: 15m}\n  - seal\n",
        );
        let plan = plan(&script);
        let told: Vec<(u32, u32, bool)> =
            plan.iter().map(|it| (it.from, it.takes, it.rest)).collect();
        // Two people sign in, two get a share, three sign.
        assert_eq!(
            told,
            [
                (0, 180, false),
                (180, 420, false),
                (600, 900, true),
                (1500, 240, false)
            ]
        );
        assert_eq!(total(&plan), 1740);
        assert_eq!(told_as(1740), "0:29");
        assert_eq!(told_as(3541), "1:00");
    }

    #[test]
    fn a_timetable_goes_before_the_estimate() {
        let script = script(
            "timetable: {starts-at: \"2026-11-22T09:00:00Z\", takes: [{step: 1, for: 10m}]}\nsteps:\n  - sign-in: [ana, ben]\n  - seal\n",
        );
        assert_eq!(plan(&script)[0].takes, 600);
        assert_eq!(plan(&script)[1].from, 600);
        assert_eq!(begins(&script).unwrap().to_string(), "2026-11-22T09:00:00Z");
        assert!(findings(&script).is_empty());
        assert_eq!(due(&script, &plan(&script)[0]), "09:10");
        assert_eq!(
            summary(&script),
            "Planned: 0:14 hours, until 09:14, with no break."
        );
    }

    #[test]
    fn a_timetable_of_a_step_that_is_not_there_is_a_finding() {
        for step in [0, 3] {
            let script = script(&format!(
                "timetable: {{takes: [{{step: {step}, for: 10m}}]}}\nsteps:\n  - sign-in: [ana, ben]\n  - seal\n"
            ));
            let found = findings(&script);
            assert_eq!(found[0].rule.id, "timetable");
        }
    }

    #[test]
    fn more_than_three_hours_without_a_break_is_a_finding_and_a_break_ends_them() {
        let long = |between: &str| {
            let script = script(&format!(
                "timetable: {{takes: [{{step: 1, for: 2h}}]}}\nsteps:\n  - sign-in: [ana, ben]\n{between}  - statement: {{text: a, by: [ana]}}\n  - seal\n"
            ));
            findings(&script)
        };
        assert!(long("").is_empty());
        let more = "  - availability: {key: k, by: ana}\n".repeat(4);
        let found = long(&more);
        assert_eq!(found.len(), 1, "told once, where it is too much");
        assert_eq!((found[0].rule.id, found[0].step), ("pause", Some(6)));
        assert!(long(&format!("  - break: {{for: 5m}}\n{more}")).is_empty());
    }
}
