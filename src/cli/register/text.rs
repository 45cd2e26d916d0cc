//! Answers of the register as people read them.

mod lifecycle;

use std::path::Path;

use jiff::civil::Date;

use crate::domain::record::Mode;
use crate::domain::record::Moment;
use crate::domain::record::Outcome;
use crate::engine::desk::Say;
use crate::register::Register;
use crate::register::Rests;
use crate::register::custody::Held;
use crate::register::custody::Standing;
use crate::register::custody::State;
use crate::register::custody::Status;
use crate::register::due::Due;
use crate::register::keys::Material;
use crate::register::provider_keys::provider_keys;
use crate::register::shelf::Added;
use crate::register::things::Thing;
use crate::ui::printer::Printer;
use crate::ui::text::Tone;
use crate::ui::text::words;

pub(super) fn added(out: Printer, dir: &Path, added: &Added) {
    let follows = added.follows.as_ref().map_or_else(
        || match added.number {
            1 => "the first".to_owned(),
            _ => "not linked to what came before".to_owned(),
        },
        |follows| format!("follows record {}", follows.sequence),
    );
    out.line(
        Tone::Good,
        &format!("{}: record {}, {follows}", dir.display(), added.number),
    );
}

pub(super) fn list(out: Printer, register: &Register) {
    for one in &register.ceremonies {
        let ended = one.ended.map_or(String::new(), Moment::date);
        let outcome = match one.outcome {
            Some(Outcome::Complete) => "complete",
            Some(Outcome::Aborted) => "aborted",
            None => "unfinished",
        };
        let link = match &one.follows {
            Some(follows) => format!("follows {}", follows.sequence),
            None if one.number == 1 => "the first".to_owned(),
            None => "not linked".to_owned(),
        };
        out.line(
            Tone::Plain,
            &format!("{:>4}  {ended}  {}", one.number, one.ceremony),
        );
        let mut facts = format!(
            "{}, {}, {outcome}; {link}; signed by {}",
            one.kind,
            one.mode,
            one.signed.join(", ")
        );
        for (person, reason) in &one.dissents {
            facts += "; ";
            facts += person;
            facts += " does not agree: ";
            facts += reason;
        }
        behind(out, 18, &facts);
    }
    lifecycle::states(out, register);
    views(out, register);
    if let Some(head) = &register.head {
        out.line(Tone::Plain, "");
        out.say(&Say::Note(&format!(
            "Keep this outside of the register: it shows later that no record was dropped. Record {} {}",
            head.sequence, head.sha256
        )));
    }
}

pub(super) fn show(out: Printer, register: &Register, materials: &[&Material]) {
    for material in materials {
        let kind = material.r#type.as_deref().unwrap_or("unknown type");
        let owner = material.owner.as_deref().unwrap_or("nobody");
        let title = format!("{} ({kind}), {owner}{}", material.key, mode(material.mode));
        out.say(&Say::Title(&title));
        match &material.made {
            Some(rests) => fact(out, "made", "", rests),
            None if material.about.declared.is_some() => out.say(&Say::Fact {
                name: "made",
                value: "by its provider, in no ceremony",
            }),
            None => out.say(&Say::Fact {
                name: "made",
                value: "by a ceremony that is not in this register",
            }),
        }
        for (name, value) in &material.check_values {
            out.say(&Say::Fact { name, value });
        }
        lifecycle::life(out, material);
        for set in &material.sets {
            let words = format!(
                "{}, epoch {}, any {} of {}",
                set.id,
                set.epoch,
                set.threshold,
                set.shares.len()
            );
            fact(out, "share set", &words, &set.dealt);
            if let Some(rests) = &set.tested {
                fact(out, "rebuilt", "from its shares", rests);
            }
            if let Some(retired) = &set.retired {
                fact(out, "old shares", &retired.says, &retired.rests_on);
            }
        }
        for rests in &material.restored {
            fact(out, "brought back", "", rests);
        }
        for import in &material.imports {
            let place = import.key_id.as_deref().unwrap_or(&import.input);
            let words = format!("for {} ({place}, {})", import.provider, import.algorithm);
            fact(out, "wrapped", &words, &import.wrapped);
        }
        if let Some(rests) = &material.locked {
            fact(out, "locked", "in the HSM", rests);
        }
        for (method, rests) in &material.destroyed {
            // The key lives on where it was before, and at its providers.
            let mut back = material.restored.iter();
            if back.any(|at| at.ceremony == rests.ceremony) {
                let again = format!("destroyed again: {method}");
                fact(out, "brought back", &again, rests);
            } else {
                fact(out, "destroyed", method, rests);
            }
        }
        versions(out, material);
        if let Some((_, words)) = &material.cryptoperiod {
            out.say(&Say::Fact {
                name: "cryptoperiod",
                value: words,
            });
        }
        out.line(Tone::Plain, "");
    }
    if materials.is_empty() {
        nothing(out, register, "no key is named");
    }
}

/// Which version it is, and what still needs an older one.
fn versions(out: Printer, material: &Material) {
    let versions = &material.versions;
    if let Some(older) = &versions.supersedes {
        fact(out, "replaces", &older.key, &older.rests_on);
    }
    let Some(newer) = &versions.superseded else {
        return;
    };
    fact(out, "replaced by", &newer.key, &newer.rests_on);
    for dependent in &versions.dependents {
        match &dependent.signed_off {
            Some(it) => {
                let logs = crate::domain::record::LogsSeen::words(it.logs.as_ref());
                let words = format!("{}: {} ({}); {logs}", dependent.name, it.evidence, it.by);
                fact(out, "signed off", &words, &it.rests_on);
            }
            None => fact(
                out,
                "depends on it",
                &format!("{} ({})", dependent.name, dependent.method),
                &dependent.rests_on,
            ),
        }
    }
    for (place, of) in &versions.reconciled {
        let words = format!("{place}: {}", of.words());
        fact(out, "held against logs", &words, &of.rests_on);
    }
    if material.is_destroyed() {
        return;
    }
    let needed = versions.still_needed();
    let told = if needed.is_empty() {
        let looked = versions.nobody_looked(&material.at_providers());
        looked.map_or("yes".to_owned(), |without| format!("yes, but {without}"))
    } else {
        format!("no: {}", needed.join("; "))
    };
    out.say(&Say::Fact {
        name: "may be disabled",
        value: &told,
    });
}

/// Keys by what they are made of, and as providers have them.
fn views(out: Printer, register: &Register) {
    if !register.materials.is_empty() {
        out.line(Tone::Plain, "");
        out.line(Tone::Plain, "Material");
    }
    for material in &register.materials {
        let kind = material.r#type.as_deref().unwrap_or("unknown type");
        let told = material.made.as_ref().or(material.about.said.as_ref());
        let told = told.map_or(String::new(), |rests| format!(" ({})", rests.words()));
        let made = match &material.made {
            Some(made) => format!("made {}", made.at.date()),
            None if material.about.declared.is_some() => "made by its provider".to_owned(),
            None => "made elsewhere".to_owned(),
        };
        let title = format!(
            "  {} ({kind}){}: {made}{told}",
            material.key,
            mode(material.mode)
        );
        behind(out, 2, &title);
    }
    let provider_keys = provider_keys(register);
    if !provider_keys.is_empty() {
        out.line(Tone::Plain, "");
        out.line(Tone::Plain, "Keys at providers");
    }
    for key in provider_keys {
        behind(out, 2, &format!("{} {}", key.provider, key.key_id));
        for version in &key.versions {
            let how = if version.declared {
                "seen there"
            } else {
                "wrapped for it"
            };
            let origin = version.origin.get(..8).unwrap_or_default();
            let words = format!(
                "{}, of ceremony {origin}…, {how} {} ({})",
                version.key,
                version.rests_on.at.date(),
                version.rests_on.words()
            );
            behind(out, 6, &words);
        }
    }
}

pub(super) fn due(out: Printer, (today, until): (Date, Date), all: &[Due], not_looked_at: &[&str]) {
    for due in all {
        let tone = if due.overdue {
            Tone::Trouble
        } else {
            Tone::Plain
        };
        let over = if due.overdue { "OVERDUE" } else { "" };
        out.line(
            tone,
            format!("{}  {:<15} {over}", due.by, due.kind.name()).trim_end(),
        );
        behind(out, 12, &due.what);
        behind(out, 12, &places(&due.rests_on));
    }
    if all.is_empty() {
        out.line(
            Tone::Good,
            &format!("nothing is due from {today} to {until}"),
        );
    }
    out.line(Tone::Plain, "");
    out.say(&Say::Note(&format!(
        "Not looked at: {}.",
        not_looked_at.join("; ")
    )));
}

pub(super) fn custody(
    out: Printer,
    register: &Register,
    standings: &[Standing],
    things: &[&Thing],
) {
    for standing in standings {
        let later = if standing.superseded {
            ", replaced"
        } else {
            ""
        };
        out.say(&Say::Title(&format!(
            "{}, share set {}…, epoch {}{later}{}",
            standing.key,
            standing.set.get(..8).unwrap_or_default(),
            standing.epoch,
            mode(standing.mode)
        )));
        match standing.state {
            State::Well | State::Dead => out.say(&Say::Good(&standing.says)),
            State::Warning | State::Unproven | State::Lost | State::Live => {
                out.say(&Say::Trouble {
                    message: &standing.says,
                    hint: standing.hint.as_deref(),
                });
            }
        }
        for held in standing.shares.iter().filter(|_| standing.counts()) {
            out.say(&Say::Fact {
                name: &format!("share {}", held.index),
                value: &of_share(held),
            });
        }
        out.line(Tone::Plain, "");
    }
    if standings.is_empty() {
        nothing(out, register, "no key is in shares");
    }
    for thing in things {
        let bag = thing.bag.as_ref();
        let bag = bag.map_or_else(|| "no bag".to_owned(), |bag| format!("bag {bag}"));
        let place = thing.r#where.as_deref().unwrap_or("hand");
        let deputy = thing.deputy.as_ref().map_or(String::new(), |deputy| {
            format!(", for {} until {}", deputy.r#for, deputy.until)
        });
        let words = format!("with {}{deputy}, in {bag}, in {place}", thing.holder);
        fact(
            out,
            &format!("{} {}", thing.what, thing.serial),
            &words,
            &thing.rests_on,
        );
    }
    for gap in &register.things.gaps {
        out.say(&Say::Trouble {
            message: &format!("{} ({})", gap.what, places(&gap.rests_on)),
            hint: Some("find out what happened between the two, and record it in a ceremony of kind `custody`"),
        });
    }
}

fn of_share(held: &Held) -> String {
    let deputy = if held.holder == held.of {
        String::new()
    } else {
        format!(" for {}", held.of)
    };
    let by = match held.status {
        Status::Proven => format!(
            " by {}, again by {}",
            held.proof.as_deref().unwrap_or("drill"),
            held.due.date()
        ),
        Status::Delivered => format!(", to be proven by {}", held.due.date()),
        Status::Overdue => format!(" since {}", held.due.date()),
        Status::Absent | Status::Lost => held
            .why
            .as_ref()
            .map_or(String::new(), |why| format!(": {why}")),
    };
    let opened = held.opened.as_ref().map_or(String::new(), |rests| {
        format!("; its bag was not as it was sealed ({})", rests.words())
    });
    format!(
        "{}{deputy}: {}{by}{opened} ({})",
        held.holder,
        held.status.name(),
        places(&held.rests_on)
    )
}

pub(super) fn fact(out: Printer, name: &str, words: &str, rests: &Rests) {
    let words = if words.is_empty() {
        String::new()
    } else {
        format!("{words}, ")
    };
    let value = format!("{words}{} ({})", rests.at.date(), rests.words());
    out.say(&Say::Fact {
        name,
        value: &value,
    });
}

pub(super) fn places(rests: &[Rests]) -> String {
    let places: Vec<String> = rests.iter().map(Rests::words).collect();
    places.join(", ")
}

/// Text under what it belongs to, within eighty columns.
pub(super) fn behind(out: Printer, indent: usize, text: &str) {
    for line in words(text, 80 - indent) {
        out.line(Tone::Plain, &format!("{:indent$}{line}", ""));
    }
}

pub(super) fn mode(mode: Option<Mode>) -> &'static str {
    match mode {
        Some(Mode::Practice) => " (practice)",
        Some(Mode::Rehearsal) => " (rehearsal)",
        Some(Mode::Production) | None => "",
    }
}

pub(super) fn nothing(out: Printer, register: &Register, what: &str) {
    let count = register.records;
    out.line(
        Tone::Plain,
        &format!("{what} by the {count} records that hold"),
    );
}
