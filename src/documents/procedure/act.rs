//! Acts: steps that belong together, one page each.

use std::fmt::Write as _;

use crate::crypto::check_value;
use crate::documents::html::escape;
use crate::documents::procedure::Paper;
use crate::documents::procedure::boxes;
use crate::documents::procedure::read_back;
use crate::documents::procedure::tick;
use crate::documents::procedure::time;
use crate::domain::algorithm::KeyType;
use crate::domain::estimate::due;
use crate::domain::estimate::plan;
use crate::domain::progress::number;
use crate::domain::say::say;
use crate::domain::say::thing;
use crate::domain::script::At;
use crate::domain::script::Id;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::domain::script::What;

/// Steps that belong together.
pub(super) struct Act<'a> {
    title: &'static str,
    steps: Vec<(u32, &'a Step)>,
}

/// The acts of a script. A new one begins where the matter changes.
pub(super) fn acts(script: &Script) -> Vec<Act<'_>> {
    let mut acts: Vec<Act<'_>> = Vec::new();
    for (index, step) in script.steps.iter().enumerate() {
        let step = (number(index), &step.value);
        match (title(step.1), acts.last_mut()) {
            (None, Some(act)) => act.steps.push(step),
            (Some(title), Some(act)) if act.title == title => act.steps.push(step),
            (title, _) => acts.push(Act {
                title: title.unwrap_or("Beginning"),
                steps: vec![step],
            }),
        }
    }
    acts
}

/// The matter of a step; none for what belongs to the steps around it.
fn title(step: &Step) -> Option<&'static str> {
    if step.is_of_a_life() || matches!(step, Step::Approve(it) if it.what != What::Import) {
        return Some("The life of the key");
    }
    Some(match step.name() {
        "sign-in" | "statement" | "environment" => "Arrival",
        "generate" | "restore" | "split" | "restore-test" | "reshare" | "retire" | "drill" => {
            "The key and its shares"
        }
        "compare" | "approve" | "wrap" | "batch" => "To the provider",
        "take-out" | "inspect" => "Taking out",
        "lock" | "availability" | "re-encrypted" | "destroy" | "hand-over" | "put-away"
        | "receipt" => "Putting away",
        "exception" | "sign-out" | "seal" => "Closing",
        _ => return None,
    })
}

impl Paper<'_> {
    pub(super) fn act(&self, out: &mut String, count: u32, act: &Act<'_>) {
        let _ = writeln!(
            out,
            "<section class=\"act\" aria-labelledby=\"act-{count}\">\n<h2 id=\"act-{count}\">Act {count} · {title}</h2>\n\
             <table class=\"steps\"><caption class=\"quiet\">Act {count} · {title}</caption>\n<thead><tr><th scope=\"col\" class=\"step\">Step</th><th scope=\"col\">Activity</th><th scope=\"col\" class=\"initial\">Initial</th><th scope=\"col\" class=\"time\">Time</th></tr></thead>\n<tbody>",
            title = act.title
        );
        let plan = plan(self.script);
        let planned = |number: u32| {
            let index = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
            let planned = index.and_then(|index| plan.get(index));
            planned.map_or(String::new(), |planned| due(self.script, planned))
        };
        for (number, step) in &act.steps {
            let mine = people(self.script, step)
                .iter()
                .any(|id| self.is_readers(id));
            let (class, mark) = if mine {
                (" class=\"mine\"", "<p class=\"yours\">▶ your part</p>")
            } else {
                ("", "")
            };
            let _ = writeln!(
                out,
                "<tr{class}><th scope=\"row\">{number}</th><td>{mark}<p>{}</p>{}</td><td></td><td>{}<p class=\"quiet\">planned {}</p></td></tr>",
                escape(&say(self.script, step)),
                self.room_of(*number, step),
                time(),
                planned(*number),
            );
        }
        out.push_str("</tbody></table>\n</section>\n");
    }

    /// What is ticked and filled in at a step.
    fn room_of(&self, number: u32, step: &Step) -> String {
        let script = self.script;
        let ticks = |people: &[At<Id>], words: &str| -> String {
            let ticks: Vec<String> = people
                .iter()
                .map(|id| tick(&format!("{}{words}", script.name_of(id.as_str()))))
                .collect();
            format!("<p class=\"ticks\">{}</p>", ticks.concat())
        };
        match step {
            Step::SignIn(people) => ticks(people, " is here"),
            Step::SignOut(people) => ticks(people, " left with everything that is theirs"),
            Step::Environment(environment) => {
                let mut looks = Vec::new();
                looks.extend(environment.network.map(|_| tick("network: off")));
                looks.extend(environment.swap.map(|_| tick("swap: off")));
                looks.extend(environment.core_dumps.map(|_| tick("core dumps: off")));
                looks.extend(environment.remote.map(|_| tick("remote terminal: off")));
                looks.extend(environment.recorder.map(|_| tick("recorder: off")));
                let clock = environment.clock.as_ref().map_or(String::new(), |_| {
                    format!("<p>Own clock {} · machine {} (UTC)</p>", time(), time())
                });
                format!("<p class=\"ticks\">{}</p>{clock}", looks.concat())
            }
            Step::Statement(statement) => {
                let lines: Vec<String> = statement.text.as_str().lines().map(escape).collect();
                format!(
                    "<blockquote>{}</blockquote>{}",
                    lines.join("<br>"),
                    ticks(&statement.by, " agrees")
                )
            }
            Step::Generate(key) => check_values(script, key.as_str()),
            Step::Restore(restore) => {
                format!(
                    "{}{}",
                    ticks(&restore.with, ": share read"),
                    check_values(script, restore.key.as_str())
                )
            }
            Step::RestoreTest(test) => format!(
                "{}<p class=\"ticks\">{}</p>",
                ticks(&test.with, ": share read"),
                tick("the check values are the same")
            ),
            Step::Split(split) => shares(script, script.among(split)),
            Step::Drill(drill) => ticks(&drill.with, ": share proven"),
            Step::Reshare(reshare) => format!(
                "{}{}",
                ticks(&reshare.with, ": old share read"),
                shares(script, script.receivers(&reshare.among))
            ),
            Step::Retire(retire) => {
                let copies: Vec<String> = retire
                    .copies
                    .iter()
                    .map(|copy| tick(&format!("copy at {}: destroyed", copy.at)))
                    .collect();
                format!(
                    "<p>Old shares destroyed {} · still there {}</p><p class=\"ticks\">{}</p>",
                    boxes(2, 2),
                    boxes(2, 2),
                    copies.concat()
                )
            }
            Step::Compare(compare) => {
                let known = self.fingerprints.get(compare.wrapping_key.as_str());
                let name = format!("Fingerprint of wrapping key {}", compare.wrapping_key.value);
                let note = if known.is_some() {
                    "Digits and words of the file that lies beside the script; what is heard over the other channel must be the same."
                } else {
                    "Write what is heard over the other channel; the machine compares it."
                };
                format!("<p>{note}</p>{}", read_back(known.copied(), &name))
            }
            Step::Approve(_) => format!(
                "<p>SHA-256 of the request, first 8 digits {}</p>",
                boxes(8, 4)
            ),
            Step::Wrap(_) => format!(
                "<p>SHA-256 of the wrapped key, first 8 digits {}</p>",
                boxes(8, 4)
            ),
            Step::Batch(_) => format!(
                "<p>Keys made {} · SHA-256 of the archive, first 8 digits {}</p>",
                boxes(6, 3),
                boxes(8, 4)
            ),
            Step::Availability(_) => {
                "<p>Tried:</p><p class=\"write\"></p><p>Happened:</p><p class=\"write\"></p>"
                    .to_owned()
            }
            Step::ReEncrypted(_) => "<p>Evidence seen:</p><p class=\"write\"></p>".to_owned(),
            Step::Declare(step) => ticks(&[step.by.clone(), step.seen_by.clone()], " saw it there"),
            Step::TakeOut(_) => format!("<p>Bag number {}</p>", boxes(12, 4)),
            Step::Inspect(_) => format!(
                "<p>Number read on the bag {}</p><p class=\"ticks\">{}{}</p>",
                boxes(12, 4),
                tick("whole"),
                tick("not whole: exception sheet")
            ),
            Step::HandOver(hand_over) => ticks(std::slice::from_ref(&hand_over.to), " has it"),
            Step::PutAway(_) => format!("<p>Number of the new bag {}</p>", boxes(12, 4)),
            Step::Receipt(receipt) => ticks(&receipt.to, " has a receipt"),
            Step::Join(step) => ticks(std::slice::from_ref(&step.seen_by), " answers for it"),
            Step::MovePerson(step) => ticks(std::slice::from_ref(&step.seen_by), " answers for it"),
            Step::Acknowledge(step) => {
                let lines: Vec<String> = step.text.as_str().lines().map(escape).collect();
                format!(
                    "<blockquote>{}</blockquote>{}",
                    lines.join("<br>"),
                    ticks(&step.by, " acknowledges it")
                )
            }
            Step::Leave(step) => {
                let opens = step.opens.iter();
                let opens: Vec<String> = opens
                    .map(|it| tick(&thing(it.what, it.of.as_str())))
                    .collect();
                format!(
                    "<p class=\"ticks\">{}</p>{}",
                    opens.concat(),
                    ticks(std::slice::from_ref(&step.seen_by), " answers for it")
                )
            }
            Step::Withdraw(step) => ticks(std::slice::from_ref(&step.seen_by), " saw it"),
            Step::AccessReview(step) => format!(
                "<p class=\"ticks\">{}</p>",
                tick(&format!(
                    "every principal of {} was looked at",
                    step.provider
                ))
            ),
            Step::Reconcile(_) => {
                "<p>Findings read aloud, by their first 4 digits:</p><p class=\"write\"></p>"
                    .to_owned()
            }
            Step::Explain(step) => {
                ticks(&[step.by.clone(), step.seen_by.clone()], " answers for it")
            }
            Step::Confirm(_) => format!(
                "<p class=\"ticks\">{}{}{}</p>",
                tick("arrived"),
                tick("not provable"),
                tick("contradicted")
            ),
            Step::Lock(_) => format!(
                "<p class=\"ticks\">{}</p>",
                tick("every attempt to take it out was refused")
            ),
            Step::Destroy(_) => format!(
                "<p class=\"ticks\">{}</p>",
                tick("destroyed; nothing is found any more")
            ),
            Step::Move(_)
            | Step::RequestDestroy(_)
            | Step::CancelDestroy(_)
            | Step::Identify(_)
            | Step::Close(_) => self.of_a_life(number, step),
            Step::Exception(_) => format!(
                "<p class=\"ticks\">{}{}</p>",
                tick("nothing went otherwise"),
                tick("see the exception sheets")
            ),
            Step::Break(_) => format!("<p>Two people stay. Out {} · back {}</p>", time(), time()),
            Step::Seal => {
                "<p>The SHA-256 of the record is read aloud and written on the last page.</p>"
                    .to_owned()
            }
        }
    }
}

/// Who does something at a step.
fn people<'a>(script: &'a Script, step: &'a Step) -> Vec<&'a str> {
    let all = |ids: &'a [At<Id>]| -> Vec<&'a str> { ids.iter().map(|id| id.as_str()).collect() };
    let administrator = || all(&script.roles.administrator);
    match step {
        Step::SignIn(people) | Step::SignOut(people) => all(people),
        Step::Environment(environment) => environment
            .clock
            .iter()
            .map(|clock| clock.person())
            .chain(administrator())
            .collect(),
        Step::Statement(statement) => all(&statement.by),
        Step::Split(split) => [administrator(), all(script.among(split))].concat(),
        Step::RestoreTest(test) => [administrator(), all(&test.with)].concat(),
        Step::Restore(restore) => [administrator(), all(&restore.with)].concat(),
        Step::Drill(drill) => [administrator(), all(&drill.with)].concat(),
        Step::Reshare(reshare) => {
            let receivers = all(script.receivers(&reshare.among));
            [administrator(), all(&reshare.with), receivers].concat()
        }
        Step::Retire(retire) => retire
            .copies
            .iter()
            .map(|copy| copy.by.as_str())
            .chain([retire.seen_by.as_str()])
            .collect(),
        Step::Compare(compare) => [
            all(&compare.by),
            compare.seen_by.iter().map(|id| id.as_str()).collect(),
        ]
        .concat(),
        Step::Approve(approve) => vec![approve.by.as_str()],
        Step::Availability(exercise) => std::iter::once(exercise.by.as_str())
            .chain(exercise.seen_by.iter().map(|id| id.as_str()))
            .collect(),
        Step::ReEncrypted(step) => vec![step.by.as_str()],
        Step::Declare(step) => vec![step.by.as_str(), step.seen_by.as_str()],
        Step::Exception(asked) => vec![asked.by.as_str()],
        Step::Move(_)
        | Step::RequestDestroy(_)
        | Step::CancelDestroy(_)
        | Step::Identify(_)
        | Step::Close(_) => step.people_of_a_life(),
        Step::TakeOut(take_out) => vec![take_out.by.as_str(), take_out.seen_by.as_str()],
        Step::Inspect(inspect) => vec![inspect.by.as_str(), inspect.seen_by.as_str()],
        Step::HandOver(hand_over) => vec![
            hand_over.from.as_str(),
            hand_over.to.as_str(),
            hand_over.seen_by.as_str(),
        ],
        Step::PutAway(put_away) => vec![put_away.by.as_str(), put_away.seen_by.as_str()],
        Step::Receipt(receipt) => [administrator(), all(&receipt.to)].concat(),
        Step::Join(step) => vec![step.seen_by.as_str()],
        Step::MovePerson(step) => vec![step.seen_by.as_str()],
        Step::Leave(step) => vec![step.seen_by.as_str()],
        Step::Acknowledge(step) => all(&step.by),
        Step::Withdraw(step) => vec![step.by.as_str(), step.seen_by.as_str()],
        Step::AccessReview(step) => vec![step.by.as_str(), step.seen_by.as_str()],
        Step::Reconcile(step) => vec![step.by.as_str(), step.seen_by.as_str()],
        Step::Explain(step) => vec![step.by.as_str(), step.seen_by.as_str()],
        Step::Confirm(step) => vec![step.by.as_str(), step.seen_by.as_str()],
        Step::Generate(_) | Step::Wrap(_) | Step::Batch(_) | Step::Lock(_) | Step::Destroy(_) => {
            administrator()
        }
        Step::Break(_) => script.people.keys().map(Id::as_str).collect(),
        Step::Seal => script
            .people
            .keys()
            .map(Id::as_str)
            .filter(|id| script.record_signers().iter().any(|signer| signer == id))
            .collect(),
    }
}

/// Room for the check values of a key, one digit a box.
fn check_values(script: &Script, label: &str) -> String {
    let kind = script.keys.get(label).map(|key| key.r#type.value);
    let rows: Vec<String> = names(kind)
        .iter()
        .map(|(name, digits)| format!("<p>{name} {}</p>", boxes(*digits, 4)))
        .collect();
    rows.concat()
}

/// The check values that people write down, with how many digits. The long ones are compared by the
/// machine.
fn names(kind: Option<KeyType>) -> &'static [(&'static str, usize)] {
    const BLOCK: &[(&str, usize)] = &[(check_value::CMAC5, 10), (check_value::ECB3, 6)];
    const RAW: &[(&str, usize)] = &[(check_value::MAC5, 10)];
    const PAIR: &[(&str, usize)] = &[("spki.sha256, first 16 digits", 16)];
    match kind {
        None => &[],
        Some(kind) if kind.is_pair() => PAIR,
        Some(kind) if kind.name().starts_with("aes") => BLOCK,
        Some(_) => RAW,
    }
}

/// One row a custodian: bag and confirmation.
fn shares(script: &Script, people: &[At<Id>]) -> String {
    let mut out = String::from(
        "<table class=\"shares\"><caption class=\"quiet\">Shares</caption>\n<thead><tr><th scope=\"col\">Share</th><th scope=\"col\">Custodian</th><th scope=\"col\">Bag number</th><th scope=\"col\">Taken</th></tr></thead>\n<tbody>\n",
    );
    for (index, id) in (1..).zip(people) {
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\">{index} of {}</th><td>{}</td><td>{}</td><td><span class=\"box\" aria-hidden=\"true\"></span></td></tr>",
            people.len(),
            escape(script.name_of(id.as_str())),
            boxes(10, 5)
        );
    }
    out.push_str("</tbody></table>\n");
    let _ = write!(out, "<p>Share set, first 8 digits {}</p>", boxes(8, 4));
    out
}
