//! How a reconciliation looks at a terminal.

use std::path::Path;

use crate::cli::register::reconcile::Change;
use crate::cli::register::reconcile::minute;
use crate::cli::register::text::behind;
use crate::domain::record::LogFinding;
use crate::domain::record::RecordLine;
use crate::domain::script::OfficeHours;
use crate::engine::desk::Say;
use crate::providers::unseen::Unseen;
use crate::register::Register;
use crate::register::reconcile::Reconciled;
use crate::register::reconcile::known::person_of;
use crate::register::reconcile::uses::UsedBy;
use crate::ui::printer::Printer;
use crate::ui::text::Tone;

pub(super) fn told(out: Printer, register: &Register, done: &Reconciled, damage: &[String]) {
    let findings = &done.findings;
    let counts = &findings.counts;
    out.say(&Say::Title(&format!(
        "Log of {}, {}",
        findings.provider,
        findings.period()
    )));
    for (count, what) in [
        (counts.events, "entries about keys"),
        (counts.uses, "of them use a key of the records"),
        (counts.unheld, "of those may have been delivered before"),
        (counts.reads, "change nothing"),
        (counts.elsewhere, "of other accounts, regions or vaults"),
        (counts.repeated, "delivered more than once"),
        (counts.outside, "before or after the time asked for"),
        (counts.explained, "changes that records explain"),
        (
            counts.by_service,
            "by the provider itself, as records let expect",
        ),
        (counts.retried, "failed attempts at what records tell"),
        (counts.damaged, "places that could not be read"),
    ] {
        if count > 0 || what == "entries about keys" {
            out.line(Tone::Plain, &format!("{count:>9}  {what}"));
        }
    }
    for text in damage {
        out.say(&Say::Trouble {
            message: text,
            hint: None,
        });
    }
    out.line(Tone::Plain, "");
    if !findings.seen.is_empty() {
        out.line(Tone::Plain, "shown by the log");
    }
    for seen in &findings.seen {
        let line = line(register, seen.line);
        out.line(
            Tone::Good,
            &format!("  {}  {} of {}", minute(seen.at), seen.what, seen.key),
        );
        let who = seen.principal.as_deref().unwrap_or("somebody");
        behind(out, 6, &format!("{line}, by {}; {who}", seen.by.words()));
    }
    if !done.not_covered.is_empty() {
        out.line(Tone::Plain, "not covered by this log");
    }
    for (key, claim) in &done.not_covered {
        let text = format!(
            "{} of {key}, {} to {} ({})",
            claim.act.words(),
            minute(claim.from),
            minute(claim.until),
            claim.rests_on.words()
        );
        behind(out, 2, &text);
    }
    if findings.findings.is_empty() {
        match findings.without_findings() {
            Ok(text) => out.say(&Say::Good(text)),
            Err(message) => out.say(&Say::Trouble {
                message,
                hint: Some("give the whole log of the account and region where the keys are, as the provider delivers it"),
            }),
        }
    } else {
        let count = match findings.findings.len() {
            1 => "1 finding".to_owned(),
            count => format!("{count} findings"),
        };
        out.line(Tone::Plain, &count);
    }
    for finding in &findings.findings {
        self::finding(out, register, finding);
    }
    out.line(Tone::Plain, "");
}

fn finding(out: Printer, register: &Register, finding: &LogFinding) {
    let explained = register.logs.findings.get(&finding.id);
    let explained = explained.and_then(|known| known.explained.as_ref());
    let tone = if explained.is_some() {
        Tone::Plain
    } else {
        Tone::Trouble
    };
    let mark = if finding.kind.contradicts() {
        "  CONTRADICTS"
    } else {
        ""
    };
    out.line(
        tone,
        &format!("  {}  {}{mark}", finding.id, finding.kind.name()),
    );
    behind(out, 6, &finding.what);
    if let Some(id) = finding
        .key_id
        .as_ref()
        .filter(|id| !finding.what.contains(*id))
    {
        // The whole name of a key is nearly a line long.
        behind(out, 4, id);
    }
    if let Some(at) = finding.line {
        behind(out, 6, &format!("record: {}", line(register, at)));
    }
    match explained {
        Some(explained) => behind(
            out,
            6,
            &format!(
                "explained by {}: {} ({})",
                explained.by,
                explained.because,
                explained.rests_on.words()
            ),
        ),
        None => behind(out, 6, &format!("next: {}", finding.next)),
    }
}

fn line(register: &Register, at: RecordLine) -> String {
    let mut ceremonies = register.ceremonies.iter();
    let folder = ceremonies.find(|it| it.record == at.record);
    folder.map_or_else(
        || format!("{}:{}", at.record.short(), at.line),
        |it| format!("{}:{}", it.folder, at.line),
    )
}

pub(super) fn used(
    out: Printer,
    register: &Register,
    provider: &str,
    (key, used): (&str, &[&UsedBy]),
    hours: &OfficeHours,
) {
    out.say(&Say::Title(&format!("Use of {key}")));
    if used.is_empty() {
        out.line(Tone::Plain, "no use in this log");
    }
    for row in used {
        let person = person_of(register, provider, &row.principal);
        let whose = person.map_or_else(String::new, |person| format!(" ({person})"));
        let left = person.and_then(|id| register.people.all.get(id));
        let left = left.is_some_and(|it| it.gone_on(crate::register::due::day(row.last)));
        let tone = if left { Tone::Trouble } else { Tone::Plain };
        let mark = if left { " LEFT" } else { "" };
        out.line(tone, &format!("  {}{whose}{mark}", row.principal));
        let version = row.version.as_ref();
        let version = version.map_or_else(String::new, |it| format!(", version {it}"));
        behind(
            out,
            6,
            &format!(
                "{} decryptions, {} encryptions{version}; {} to {}; {} off hours",
                row.decrypts,
                row.encrypts,
                minute(row.first),
                minute(row.last),
                row.off_hours
            ),
        );
        let mut from: Vec<String> = row
            .from
            .iter()
            .map(|(ip, count)| format!("{ip} ({count})"))
            .collect();
        if row.from_elsewhere > 0 {
            from.push(format!("other addresses ({})", row.from_elsewhere));
        }
        if !from.is_empty() {
            behind(out, 6, &format!("from {}", from.join(", ")));
        }
    }
    out.say(&Say::Note(&format!(
        "Off hours: {}. Uses that were delivered again count once.",
        hours.off()
    )));
}

pub(super) fn access(out: Printer, change: &Change) {
    out.say(&Say::Title(
        "Who can get at the key, between the two snapshots",
    ));
    for (title, all, tone) in [
        ("added", &change.added, Tone::Trouble),
        ("removed", &change.removed, Tone::Plain),
        ("changed", &change.changed, Tone::Trouble),
    ] {
        for one in all {
            out.line(tone, title);
            behind(out, 6, one);
        }
    }
    if change.added.is_empty() && change.removed.is_empty() && change.changed.is_empty() {
        out.line(Tone::Plain, "nobody came, nobody went");
    }
}

pub(super) fn limits(out: Printer, all: &[Unseen]) {
    out.line(Tone::Plain, "What this log cannot show:");
    for one in all {
        behind(out, 2, &format!("- {}", one.what));
    }
}

pub(super) fn next(out: Printer, dir: Option<&Path>) {
    let text = match dir {
        Some(dir) => format!(
            "Written: {}. Explain in it what you can; nothing is recorded until that ceremony is held and taken in.",
            dir.join("script.yaml").display()
        ),
        None => "Nothing is recorded: with `--out DIR` the ceremony is prepared that does it."
            .to_owned(),
    };
    out.say(&Say::Note(&text));
}
