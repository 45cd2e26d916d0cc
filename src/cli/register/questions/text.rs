//! Answers to what auditors ask, as people read them.

use jiff::civil::Date;

use crate::cli::register::text::behind;
use crate::cli::register::text::fact;
use crate::cli::register::text::mode;
use crate::cli::register::text::nothing;
use crate::cli::register::text::places;
use crate::engine::desk::Say;
use crate::register::Register;
use crate::register::Rests;
use crate::register::age::Age;
use crate::register::age::Basis;
use crate::register::age::Standing as Aged;
use crate::register::backups::Backup;
use crate::register::backups::Standing as Tested;
use crate::register::cryptoperiods::OfType;
use crate::register::decision::Answer;
use crate::register::deviations::Deviation;
use crate::register::inventory::Item;
use crate::register::inventory::Status;
use crate::register::locations::Location;
use crate::register::locations::Standing as Place;
use crate::register::proof::Proof;
use crate::register::proof::Standing as Shown;
use crate::register::things::Thing;
use crate::ui::printer::Printer;
use crate::ui::text::Tone;

pub(super) fn age(out: Printer, register: &Register, all: &[Age]) {
    for age in all {
        let kind = age.r#type.as_deref().unwrap_or("unknown type");
        let version = match age.version {
            (_, 1) => String::new(),
            (this, of) => format!(", {this} of {of}"),
        };
        title(
            out,
            &format!("{} ({kind}){version}{}", age.key, mode(age.mode)),
        );
        let days = age
            .days
            .map_or(String::new(), |days| format!(", {} ago", count(days)));
        let made = match (age.basis, age.made_on) {
            (Basis::Record, Some(day)) => format!("{day}{days}, by a ceremony"),
            (Basis::Provider, Some(day)) => format!("{day}{days}, as the provider says"),
            (Basis::Unknown, _) | (_, None) => "on a day that no record tells".to_owned(),
        };
        value(out, "made", &made);
        let period = match (&age.cryptoperiod, age.ends_on) {
            (Some(words), Some(end)) => format!("{words}, until {end}"),
            (Some(words), None) => words.clone(),
            (None, _) => "none in time is defined".to_owned(),
        };
        value(out, "cryptoperiod", &period);
        let state = age.state.as_deref();
        value(out, "state", state.unwrap_or("as its provider has it"));
        for limit in &age.limits {
            value(out, limit.what, &limit.words());
        }
        for rotations in &age.rotations {
            value(out, "rotations", &rotations.words());
        }
        let left = age.days_left.unwrap_or_default();
        match age.standing {
            Aged::Within => good(out, &format!("{} left", count(left))),
            Aged::Over => trouble(
                out,
                &if left < 0 {
                    format!("its cryptoperiod is over since {}", count(-left))
                } else {
                    "its cryptoperiod is over: it was used as much as it may be".to_owned()
                },
                "rotate it: make a new key, and let this one only decrypt",
            ),
            Aged::Replaced => good(
                out,
                &age.replaced_by.as_ref().map_or_else(
                    || "another key was made under its label since".to_owned(),
                    |newer| format!("{newer} took its place; it is to protect nothing new"),
                ),
            ),
            Aged::Deactivated => good(out, "it protects nothing new"),
            Aged::Compromised => trouble(
                out,
                "its age does not count: somebody may know it",
                "make another key in its place, protect anew what it protects, and destroy it",
            ),
            Aged::Gone => good(out, "gone from every place where it was"),
            Aged::Unknown => trouble(
                out,
                "nobody can say whether it is too old",
                if age.cryptoperiod.is_none() {
                    "give it a cryptoperiod in the script of the next ceremony that names it"
                } else {
                    "look up when it was made, and declare it again with `made-on`"
                },
            ),
        }
        rests(out, &age.rests_on);
    }
    none(out, register, all.is_empty(), "no key is named");
}

pub(super) fn cryptoperiods(out: Printer, register: &Register, all: &[OfType]) {
    for of in all {
        title(out, &of.r#type);
        for period in &of.keys {
            let words = period.words();
            match &period.rests_on {
                Some(rests) => fact(out, &period.key, &words, rests),
                None => value(out, &period.key, &words),
            }
        }
        out.line(Tone::Plain, "");
    }
    none(out, register, all.is_empty(), "no key is named");
}

pub(super) fn locations(out: Printer, register: &Register, all: &[Location]) {
    let mut key = "";
    for location in all {
        if key != location.key {
            title(out, &location.key);
            key = &location.key;
        }
        let tone = match location.standing {
            Place::Open => Tone::Plain,
            Place::Closed => Tone::Quiet,
            Place::Unknown => Tone::Trouble,
        };
        let head = format!(
            "  {:<9} {:<10}",
            location.kind.name(),
            location.standing.name()
        );
        out.line(tone, head.trim_end());
        behind(out, 12, &location.place);
        behind(
            out,
            12,
            &format!("{} ({})", location.says, places(&location.rests_on)),
        );
    }
    none(out, register, all.is_empty(), "no place is told of");
}

pub(super) fn backups(out: Printer, register: &Register, all: &[Backup]) {
    for backup in all {
        title(out, &backup.key);
        value(out, "backup", &backup.what);
        let days = backup.days_since_test.unwrap_or_default();
        match backup.standing {
            Tested::Tested => good(out, &format!("tested {} ago", count(days))),
            Tested::NotOurs => good(out, "none is wanted"),
            Tested::Destroyed => good(out, "none is wanted: the key is destroyed"),
            Tested::Overdue => trouble(
                out,
                &format!("the last test was {} ago", count(days)),
                "hold a ceremony of kind `restore-test`",
            ),
            Tested::Untested => trouble(
                out,
                "nobody has seen that it works",
                "hold a ceremony of kind `restore-test`",
            ),
            Tested::Missing => trouble(
                out,
                "there is no backup",
                "split it, or say why none is needed",
            ),
        }
        rests(out, &backup.rests_on);
    }
    none(out, register, all.is_empty(), "no backup is asked about");
}

pub(super) fn decision(out: Printer, register: &Register, all: &[Answer<'_>]) {
    for answer in all {
        let about = answer.about;
        title(out, &answer.key);
        let optional = |name: &str, text: Option<&str>| {
            if let Some(text) = text {
                value(out, name, text);
            }
        };
        if let Some(decision) = &about.decision {
            value(out, "model", &decision.choice);
            value(out, "because", &decision.because);
            let requirements = decision.requirements.join("; ");
            optional(
                "answers to",
                Some(&*requirements).filter(|text| !text.is_empty()),
            );
            optional("decided by", decision.decided_by.as_deref());
            value(out, "reviewed until", &decision.reviewed_until.to_string());
        }
        value(out, "means", answer.means);
        optional("owner", answer.owner.as_deref());
        optional("operated by", about.operational_owner.as_deref());
        optional("protects", about.data_class.as_deref());
        optional("tenant", about.tenant.as_deref());
        if let Some(regions) = &about.regions {
            value(out, "data in", &regions.data.join(", "));
            value(out, "key in", &regions.key.join(", "));
            optional("under", regions.legal_entity.as_deref());
        }
        optional("if it is lost", about.loss_plan.as_deref());
        for finding in &answer.findings {
            let what = format!("{} ({})", finding.what, places(&finding.rests_on));
            let hint = if finding.contradicts {
                "find out which of the two is right, and correct the other"
            } else {
                "decide, and say so in the script of the next ceremony that names the key"
            };
            trouble(out, &what, hint);
        }
        let decided = about.decision.as_ref().map(|decision| &decision.rests_on);
        let said: Vec<Rests> = decided.into_iter().chain(&about.said).cloned().collect();
        rests(out, &said);
    }
    none(out, register, all.is_empty(), "no key is named");
}

pub(super) fn deviations(out: Printer, register: &Register, all: &[Deviation]) {
    for deviation in all {
        let day = deviation.rests_on.at.date();
        out.line(Tone::Plain, &format!("{day}  {}", deviation.kind));
        behind(out, 12, &deviation.what);
        let file = deviation.file.as_ref();
        let place = file.map_or_else(
            || deviation.rests_on.words(),
            |file| format!("{}/{file}", deviation.rests_on.ceremony),
        );
        behind(out, 12, &place);
    }
    none(out, register, all.is_empty(), "no deviation is told of");
}

pub(super) fn inventory(out: Printer, register: &Register, hsms: &[Item<'_>], tokens: &[&Thing]) {
    for item in hsms {
        let facts = &item.device.facts;
        title(
            out,
            &format!(
                "{} {}, serial {}",
                facts.manufacturer, facts.model, facts.serial
            ),
        );
        value(out, "label", &facts.label);
        let versions = format!(
            "hardware {}, firmware {}",
            facts.hardware_version, facts.firmware_version
        );
        value(out, "versions", &versions);
        if let Some(certificate) = &item.device.certificate {
            let level = certificate
                .level
                .map_or(String::new(), |level| format!(", level {level}"));
            let standard = certificate
                .standard
                .map_or("standard not named", |it| it.name());
            value(
                out,
                "certificate",
                &format!("CMVP {}{level}, {standard}", certificate.number),
            );
        }
        let until = item
            .until
            .map_or(String::new(), |day: Date| format!(" (until {day})"));
        let words = format!("{}{until}", item.status.words());
        match item.status {
            Status::Active => good(out, &words),
            Status::Historical | Status::Unknown | Status::Missing => trouble(
                out,
                &words,
                "look the module up in NIST's list, and name `certificate: {number, level, standard, until}` in the next script",
            ),
        }
        fact(out, "seen last", "", &item.device.last_seen);
        if item.device.firmware.len() > 1 {
            for (version, since) in &item.device.firmware {
                fact(out, "firmware", version, since);
            }
        }
        out.line(Tone::Plain, "");
    }
    for thing in tokens {
        let place = thing.r#where.as_deref().unwrap_or("hand");
        let words = format!("with {}, in {place}", thing.holder);
        fact(
            out,
            &format!("token {}", thing.serial),
            &words,
            &thing.rests_on,
        );
    }
    let is_empty = hsms.is_empty() && tokens.is_empty();
    none(out, register, is_empty, "no HSM and no token is told of");
}

pub(super) fn proofs(out: Printer, register: &Register, all: &[Proof]) {
    for proof in all {
        title(out, &proof.claim);
        for point in &proof.points {
            let tone = match point.standing {
                Shown::Shown => Tone::Good,
                Shown::Unknown => Tone::Plain,
                Shown::Contradicted => Tone::Trouble,
            };
            out.line(tone, &format!("  {}", point.standing.name()));
            behind(out, 6, &point.what);
            if !point.rests_on.is_empty() {
                behind(out, 6, &format!("({})", places(&point.rests_on)));
            }
        }
        match proof.standing {
            Shown::Shown => good(out, "shown"),
            Shown::Unknown => trouble(
                out,
                "not proved: of something no record tells",
                "what is not known above is what is missing",
            ),
            Shown::Contradicted => trouble(
                out,
                "not so: records show the opposite",
                "what is contradicted above is what stands against it",
            ),
        }
        out.line(Tone::Plain, "");
    }
    none(out, register, all.is_empty(), "no key is named");
}

fn title(out: Printer, text: &str) {
    out.say(&Say::Title(text));
}

fn value(out: Printer, name: &str, value: &str) {
    out.say(&Say::Fact { name, value });
}

fn good(out: Printer, text: &str) {
    out.say(&Say::Good(text));
}

fn trouble(out: Printer, message: &str, hint: &str) {
    out.say(&Say::Trouble {
        message,
        hint: Some(hint),
    });
}

fn rests(out: Printer, all: &[Rests]) {
    if !all.is_empty() {
        let mut all = all.to_vec();
        all.dedup();
        value(out, "as told in", &places(&all));
    }
    out.line(Tone::Plain, "");
}

fn none(out: Printer, register: &Register, is_empty: bool, what: &str) {
    if is_empty {
        nothing(out, register, what);
    }
}

fn count(days: i64) -> String {
    if days == 1 {
        "1 day".to_owned()
    } else {
        format!("{days} days")
    }
}
