//! Shares and who keeps them; backups and the tests that they can be restored.

mod ledger;

use std::collections::BTreeMap;

use crate::documents::auditor::Seen;
use crate::documents::auditor::digits;
use crate::documents::auditor::values;
use crate::documents::auditor::word;
use crate::documents::document::Cell;
use crate::documents::document::Section;
use crate::documents::document::Table;
use crate::documents::document::Tone;
use crate::domain::record::Did;
use crate::domain::record::Event;
use crate::domain::record::Possession;
use crate::domain::record::Purpose;
use crate::domain::record::Subject;

/// The map of custody.
pub(super) fn section(seen: &Seen<'_>) -> Section {
    let mut section = Section::new("custody", "Shares and custody");
    section
        .text("No secret stands here. A commitment binds a share without telling anything of it.");
    let mut sets = Table::new(
        "share-sets",
        "Share sets",
        &[
            ("set", "Set"),
            ("key", "Key"),
            ("epoch", "Epoch"),
            ("rebuilds", "Rebuilds"),
            ("threshold", "Shares needed"),
            ("state", "State"),
        ],
        "no key was split.",
    );
    let mut shares = Table::new(
        "shares",
        "Custody map: who keeps which share, and where",
        &[
            ("share", "Share"),
            ("custodian", "Custodian"),
            ("site", "Site"),
            ("set", "Set"),
            ("file", "File on the custodian's medium"),
        ],
        "none.",
    );
    let mut commitments = Table::new(
        "commitments",
        "Commitments, and digests of the encrypted files",
        &[
            ("share", "Share"),
            ("commitment", "Commitment"),
            ("sha256", "SHA-256 of the file"),
        ],
        "none.",
    );
    let void = void(seen);
    let replaced = replaced(seen);
    let rebuilds = |subject: Subject| match subject {
        Subject::Key => "the key itself",
        Subject::Component => "the key itself, of XOR components",
        Subject::BackupKey => "a backup key; the backup file is needed, too",
    };
    let state = |id: &str| {
        if void.iter().any(|set| set == id) {
            Cell::new(
                Tone::Open,
                "void: the key was made again; it still rebuilds the old one",
            )
        } else if let Some(words) = replaced.get(id) {
            Cell::new(Tone::Open, words)
        } else {
            Cell::new(Tone::Good, "current")
        }
    };
    if let Some((line, open)) = seen.open() {
        for given in &open.given {
            let set = &given.share_set;
            sets.row(
                [
                    short(&set.id).into(),
                    given.key.as_str().into(),
                    set.epoch.to_string().into(),
                    rebuilds(set.subject).into(),
                    format!("any {} of {}", set.threshold, set.shares.len()).into(),
                    replaced.get(&set.id).map_or_else(
                        || {
                            let of = given.record.short();
                            Cell::plain(format!("of an earlier ceremony (record {of})"))
                        },
                        |words| Cell::new(Tone::Open, words),
                    ),
                ],
                &[line],
            );
            for share in &set.shares {
                let file = share.file.as_deref().unwrap_or("not named");
                put_share(
                    seen,
                    &mut shares,
                    (&set.id, share.index, &share.custodian, file),
                    line,
                );
                commitments.row(
                    [
                        named(&set.id, share.index),
                        digits(share.commitment),
                        "of that ceremony".into(),
                    ],
                    &[line],
                );
            }
        }
    }
    for (line, did) in seen.did() {
        if let Did::Split {
            key, subject, set, ..
        }
        | Did::Reshare {
            key, subject, set, ..
        } = did
        {
            sets.row(
                [
                    short(&set.id).into(),
                    key.as_str().into(),
                    set.epoch.to_string().into(),
                    rebuilds(*subject).into(),
                    format!("any {} of {}", set.threshold, set.shares.len()).into(),
                    state(&set.id),
                ],
                &[line],
            );
            for share in &set.shares {
                let file = share.file.as_deref().unwrap_or("none: a card");
                put_share(
                    seen,
                    &mut shares,
                    (&set.id, share.index, &share.custodian, file),
                    line,
                );
                commitments.row(
                    [
                        named(&set.id, share.index),
                        digits(share.commitment),
                        share.sha256.map_or("no file".into(), digits),
                    ],
                    &[line],
                );
            }
        }
    }
    for set in &void {
        if !sets.rows.iter().any(|row| {
            row.cells
                .first()
                .is_some_and(|cell| cell.text == short(set))
        }) {
            sets.row(
                [
                    short(set).into(),
                    "".into(),
                    "".into(),
                    "".into(),
                    "".into(),
                    Cell::new(Tone::Open, "void: its split was not finished"),
                ],
                &[],
            );
        }
    }
    section.table(sets);
    section.table(shares);
    section.table(commitments);
    section.table(drills(seen));
    section.table(retired(seen));
    ledger::tables(seen, &mut section);
    section
}

fn put_share(seen: &Seen<'_>, table: &mut Table, share: (&str, u8, &str, &str), line: u64) {
    let (set, index, custodian, file) = share;
    let site = seen
        .script
        .as_ref()
        .and_then(|script| script.people.get(custodian))
        .and_then(|person| person.site.as_ref())
        .map_or("not said".to_owned(), ToString::to_string);
    table.row(
        [
            named(set, index),
            seen.name(custodian).into(),
            site.into(),
            short(set).into(),
            Cell::plain(file),
        ],
        &[line],
    );
}

fn named(set: &str, index: u8) -> Cell {
    Cell::plain(format!("{index} of {}", short(set)))
}

/// The first digits of a set's id, as in the names of its files.
fn short(set: &str) -> String {
    set.chars().take(8).collect()
}

/// Sets that were replaced, and whether they may still rebuild the key.
fn replaced(seen: &Seen<'_>) -> BTreeMap<String, String> {
    let mut sets = BTreeMap::new();
    for (_, did) in seen.did() {
        if let Did::Reshare { replaces, set, .. } = did {
            let by = short(&set.id);
            let words = format!("replaced by {by}; it rebuilds the key until its shares are gone");
            sets.insert(replaces.clone(), words);
        } else if let Did::Retire(retired) = did {
            let left = retired.surviving;
            let words = if retired.live {
                format!("replaced; {left} shares are left and may still rebuild the key")
            } else {
                format!("replaced; {left} shares are left, which do not rebuild the key")
            };
            sets.insert(retired.set.clone(), words);
        }
    }
    sets
}

/// Drills: who proved to have his share.
fn drills(seen: &Seen<'_>) -> Table {
    let mut table = Table::new(
        "drills",
        "Possession drills: who proved to have a share; nothing was rebuilt",
        &[
            ("share", "Share"),
            ("custodian", "Custodian"),
            ("result", "Result"),
            ("why", "Why"),
        ],
        "none in this ceremony.",
    );
    for (line, did) in seen.did() {
        if let Did::Drill { set, shares, .. } = did {
            for share in shares {
                let tone = match share.result {
                    Possession::Proven => Tone::Good,
                    Possession::Failed => Tone::Bad,
                    Possession::Absent => Tone::Open,
                };
                table.row(
                    [
                        named(set, share.index),
                        seen.name(&share.custodian).into(),
                        Cell::new(tone, share.result.name()),
                        share.why.as_deref().unwrap_or_default().into(),
                    ],
                    &[line],
                );
            }
        }
    }
    table
}

/// What became of shares that new ones replace.
fn retired(seen: &Seen<'_>) -> Table {
    let mut table = Table::new(
        "retired",
        "What became of shares that were replaced; people's word",
        &[
            ("share", "Share"),
            ("custodian", "Custodian"),
            ("fate", "What became of it"),
        ],
        "none were replaced, or nothing is told of them.",
    );
    for (line, did) in seen.did() {
        if let Did::Retire(retired) = did {
            for share in &retired.shares {
                table.row(
                    [
                        named(&retired.set, share.index),
                        seen.name(&share.custodian).into(),
                        Cell::new(Tone::Open, word(&share.fate)),
                    ],
                    &[line],
                );
            }
        }
    }
    table
}

/// Sets that rebuild a key which was lost and made again.
fn void(seen: &Seen<'_>) -> Vec<String> {
    let mut void = Vec::new();
    for (_, entry) in &seen.entries {
        if let Event::Lost(lost) = &entry.event {
            void.extend(lost.void_sets.iter().cloned());
        }
    }
    void
}

/// Backups, and proofs that they restore.
pub(super) fn backups(seen: &Seen<'_>) -> Section {
    let mut section = Section::new("backups", "Backups and restore tests");
    let mut tests = Table::new(
        "restore-tests",
        "Restore tests: shares were brought together, and the same key came out",
        &[
            ("key", "Key"),
            ("with", "Shares of"),
            ("set", "Set"),
            ("values", "Check values that came out"),
        ],
        "not tested in this ceremony.",
    );
    for (line, did) in seen.did() {
        if let Did::RestoreTest {
            key,
            set,
            with,
            check_values,
        } = did
        {
            tests.row(
                [
                    key.as_str().into(),
                    seen.names(with).join(", ").into(),
                    short(set).into(),
                    Cell::code(values(check_values)),
                ],
                &[line],
            );
        } else if let Did::Reshare {
            key, set, rebuilt, ..
        } = did
        {
            let all: Vec<&str> = set.shares.iter().map(|it| it.custodian.as_str()).collect();
            tests.row(
                [
                    key.as_str().into(),
                    format!("{} (the new ones)", seen.names(&all).join(", ")).into(),
                    short(&set.id).into(),
                    Cell::code(values(rebuilt)),
                ],
                &[line],
            );
        }
    }
    section.table(tests);
    let mut files = Table::new(
        "backups",
        "Backup files: keys wrapped under a backup key that is in shares",
        &[("path", "File"), ("sha256", "SHA-256")],
        "none; what was split are the keys themselves, or nothing was.",
    );
    for (line, _, step) in seen.steps() {
        for artifact in step
            .artifacts
            .iter()
            .filter(|artifact| artifact.purpose == Purpose::Backup)
        {
            files.row(
                [Cell::plain(&artifact.path), digits(artifact.sha256)],
                &[line],
            );
        }
    }
    section.table(files);
    section
}
