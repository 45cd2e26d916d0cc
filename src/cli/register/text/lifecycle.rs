//! Lives of keys, as people read them.

use crate::cli::register::text::fact;
use crate::crypto::words::words;
use crate::domain::record::identifying;
use crate::domain::text::list;
use crate::engine::desk::Say;
use crate::register::Register;
use crate::register::keys::Material;
use crate::ui::printer::Printer;
use crate::ui::text::Tone;

/// Where a key stands, everywhere.
pub(super) fn life(out: Printer, material: &Material) {
    let life = &material.life;
    let declared = material.about.declared.is_some();
    let state = life.state(declared);
    let state = state.unwrap_or_else(|| FROM_PROVIDER.to_owned());
    match &life.rests_on {
        Some(rests) => fact(out, "state", &state, rests),
        None if declared => out.say(&Say::Fact {
            name: "state",
            value: &state,
        }),
        None => out.say(&Say::Fact {
            name: "state",
            value: &format!("{state}: no record tells that it was put to use"),
        }),
    }
    for (name, place) in &life.at {
        let id = place.key_id.as_deref().unwrap_or(name);
        let words = format!("{} {id}: {}", place.provider, place.standing.words());
        fact(out, &format!("at {name}"), &words, &place.rests_on);
        if let Some(deletion) = &place.deletion {
            let words = format!("by {} on {}", place.provider, deletion.ends.date());
            fact(out, "is deleted", &words, &deletion.rests_on);
        }
        if let Some(closed) = &place.closed {
            let words = format!("{}; answered: {}", closed.method, closed.told);
            fact(out, "deleted", &words, &closed.rests_on);
        }
    }
    if let Some(known) = &life.compromised {
        let since = known.since.as_deref().unwrap_or("a day that nobody knows");
        let told = match (&known.notice, known.notify.as_slice()) {
            (Some(path), told @ [_, ..]) => format!("{path} is for {}", list(told)),
            (Some(_) | None, _) => "no notice was written".to_owned(),
        };
        let words = format!("since {since}; {told}");
        fact(out, "compromised", &words, &known.rests_on);
    }
    if let Some(requested) = &life.request {
        let words = format!(
            "asked for by {}, not before {}",
            requested.request.by,
            requested.request.not_before.date()
        );
        fact(out, "destruction", &words, &requested.rests_on);
    }
    for off in &life.called_off {
        let words = format!("called off: {}", off.because);
        fact(out, "destruction", &words, &off.rests_on);
    }
    if let Some(destroyed) = &life.destroyed {
        let certificate = destroyed.certificate.as_deref().unwrap_or("none");
        let words = format!("certificate {certificate}");
        fact(out, "destruction", &words, &destroyed.rests_on);
    }
    if let Some((name, bytes)) = identifying(&material.check_values) {
        let all = words(&bytes);
        let first = all.get(..all.len().min(SPOKEN)).unwrap_or_default();
        out.say(&Say::Fact {
            name: "words",
            value: &format!("of {name}: {}", first.join(" ")),
        });
    }
}

/// The state of every key, a line each.
pub(super) fn states(out: Printer, register: &Register) {
    if register.materials.is_empty() {
        return;
    }
    out.line(Tone::Plain, "");
    for material in &register.materials {
        out.say(&Say::Fact {
            name: &material.key,
            value: material
                .life
                .state(material.about.declared.is_some())
                .as_deref()
                .unwrap_or(FROM_PROVIDER),
        });
    }
}

/// Where a key is in its life that a provider made, and that no ceremony moved.
const FROM_PROVIDER: &str = "as its provider has it: no ceremony moved it";

/// As many words as two people type before a destruction.
const SPOKEN: usize = 8;
