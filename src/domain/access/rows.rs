//! The model in words: one row for each way to a key, and for the time it stands open.

use crate::domain::access::Access;
use crate::domain::access::Can;
use crate::domain::access::Ids;
use crate::domain::access::Takes;
use crate::domain::access::cast::Cast;
use crate::domain::access::cast::Member;
use crate::domain::access::model::Exposure;
use crate::domain::access::model::Model;
use crate::domain::access::model::OfKey;
use crate::domain::access::model::Shares;
use crate::domain::access::set::Set;
use crate::domain::script::Core;
use crate::domain::script::Role;
use crate::domain::script::Script;
use crate::domain::text::list;

/// The table, key by key.
pub fn rows(script: &Script, model: &Model<'_>) -> Vec<Access> {
    let mut rows = Vec::new();
    for (label, of_key) in &model.keys {
        let mut table = Table {
            script,
            model,
            key: label,
            of_key,
            rows: Vec::new(),
        };
        table.shares();
        table.machine();
        table.shown();
        table.hsm();
        table.elsewhere();
        table.rows.sort_by_key(|row| row.from);
        rows.append(&mut table.rows);
    }
    rows
}

struct Table<'a> {
    script: &'a Script,
    model: &'a Model<'a>,
    key: &'a str,
    of_key: &'a OfKey<'a>,
    rows: Vec<Access>,
}

/// What a row says, besides when.
struct Who {
    takes: Takes,
    words: String,
    ids: Ids,
}

impl Table<'_> {
    fn add(&mut self, can: Can, who: Who, from: Option<u32>, until: Option<u32>) {
        self.rows.push(Access {
            key: self.key.to_owned(),
            can,
            takes: who.takes,
            who: who.words,
            ids: who.ids,
            epoch: None,
            from,
            until,
        });
    }

    fn shares(&mut self) {
        let several = self.of_key.sets.len() > 1;
        for shares in &self.of_key.sets {
            let epoch = shares.about.epoch;
            let mut who = self.holders(shares);
            if several {
                who.words = format!("{} (epoch {epoch})", who.words);
            }
            let from = (shares.since > 0).then_some(shares.since);
            self.add(Can::Rebuild, who, from, None);
            if let Some(row) = self.rows.last_mut() {
                row.epoch = (several || shares.about.given).then_some(epoch);
            }
        }
    }

    /// Whoever had each share, and how many of them it takes.
    fn holders(&self, shares: &Shares<'_>) -> Who {
        let names = |ids: &[String]| -> Vec<String> {
            ids.iter()
                .map(|id| self.script.name_of(id).to_owned())
                .collect()
        };
        let mut words = Vec::new();
        let mut of = Vec::new();
        for slot in 0..shares.about.custodians.len() {
            let mut ids: Vec<String> = Vec::new();
            let mut told = Vec::new();
            for hand in shares.hands.iter().filter(|hand| hand.slot == slot) {
                let Some(id) = self.model.cast.id(hand.who) else {
                    continue;
                };
                if ids.iter().any(|known| known == id) {
                    continue;
                }
                let name = self.script.name_of(id);
                told.push(match (ids.is_empty(), hand.step) {
                    (true, _) => name.to_owned(),
                    (false, 0) => format!("or {name}"),
                    (false, step) => format!("from step {step} on {name}"),
                });
                ids.push(id.to_owned());
            }
            words.push(match told.split_first() {
                Some((first, [])) => first.clone(),
                Some((first, others)) => format!("{first} ({})", others.join(", ")),
                None => "nobody".to_owned(),
            });
            of.push(ids);
        }
        let threshold = shares.about.threshold;
        let backup = shares.about.backup.is_some();
        let with = if backup { ", with the backup" } else { "" };
        let fewest = fewest(threshold, &of);
        let words = if threshold == words.len() && threshold > 1 {
            format!("{} together{with}", list(&words))
        } else {
            format!("any {threshold} of {}{with}", list(&words))
        };
        let alone = if fewest < 2 {
            let ids: Vec<String> = self.one_with_enough(shares);
            format!(": {} alone", list(&names(&ids)))
        } else {
            String::new()
        };
        Who {
            takes: if fewest < 2 {
                Takes::Alone
            } else {
                Takes::Together
            },
            words: words + &alone,
            ids: Ids {
                all: Vec::new(),
                any: u32::try_from(threshold).ok(),
                of,
                with: backup.then(|| "backup".to_owned()),
            },
        }
    }

    /// Those who have enough shares alone.
    fn one_with_enough(&self, shares: &Shares<'_>) -> Vec<String> {
        let people = self.model.cast.people();
        let enough = |who: &usize| shares.shares_of(&Set::one(*who)) >= shares.about.threshold;
        let ids = people.iter().filter(enough).collect();
        self.model
            .cast
            .ids(&ids)
            .into_iter()
            .map(str::to_owned)
            .collect()
    }

    /// The time in which the key is at the machine.
    fn machine(&mut self) {
        let hsm = self.script.token.core.value == Core::Pkcs11;
        let (ends, charge) = (self.ends(), self.charge());
        for (can, which) in [
            (Can::Use, (|it| it.usable) as fn(&Exposure) -> bool),
            (Can::TakeAway, |it| it.takeable),
        ] {
            for span in spans(&self.of_key.exposures, ends, which, &charge) {
                let open = if hsm && can == Can::Use {
                    " with the HSM open"
                } else {
                    ""
                };
                let who = self.at_the_machine(&span.throughout, open);
                self.add(can, who, Some(span.from), Some(span.until));
            }
        }
    }

    /// When it is gone from the machine.
    fn ends(&self) -> u32 {
        let until = self.of_key.lives.and_then(|(_, until)| until);
        until.unwrap_or(self.model.end).min(self.model.end)
    }

    /// Who runs the script.
    fn charge(&self) -> Set {
        members(&self.model.cast, self.script, Role::Administrator)
    }

    fn at_the_machine(&self, present: &Set, open: &str) -> Who {
        let cast = &self.model.cast;
        let names = |set: &Set| -> Vec<String> {
            cast.ids(set)
                .into_iter()
                .map(|id| self.script.name_of(id).to_owned())
                .collect()
        };
        let charge = self.charge().both(present);
        let sits = if charge.is_empty() { present } else { &charge };
        let others = present.clone().without(sits);
        let witnesses = members(cast, self.script, Role::Witness).both(&others);
        let first = if witnesses.is_empty() {
            &others
        } else {
            &witnesses
        };
        let rest = others.len() - first.len();
        let mut watchers = names(first);
        match rest {
            0 => {}
            1 => watchers.push("1 other".to_owned()),
            n => watchers.push(format!("{n} others")),
        }
        let ids = cast.ids(present).into_iter().map(str::to_owned).collect();
        let (takes, words) = match present.len() {
            0 => (
                Takes::Alone,
                format!("whoever comes to the machine{open}: nobody is in the room"),
            ),
            1 => (
                Takes::Alone,
                format!("{} alone at the machine{open}", list(&names(sits))),
            ),
            _ if watchers.is_empty() => (
                Takes::Together,
                format!(
                    "{} at the machine{open}, watching each other",
                    list(&names(sits))
                ),
            ),
            _ => (
                Takes::Together,
                format!(
                    "{} at the machine{open}, watched by {}",
                    list(&names(sits)),
                    list(&watchers)
                ),
            ),
        };
        Who {
            takes,
            words,
            ids: Ids {
                all: ids,
                ..Ids::default()
            },
        }
    }

    /// A machine in which enough shares are opened, one after the other, has seen the key.
    fn shown(&mut self) {
        for shares in &self.of_key.sets {
            let mut steps: Vec<u32> = shares.shown.iter().map(|(_, _, step)| *step).collect();
            steps.dedup();
            for step in steps {
                let of_step = shares.shown.iter().filter(|(_, _, at)| *at == step);
                let Some((_, present, _)) = of_step.clone().next() else {
                    continue;
                };
                if of_step.count() < shares.about.threshold {
                    continue;
                }
                let mut who = self.at_the_machine(present, "");
                if shares.about.backup.is_some() {
                    who.words.push_str(", with the backup");
                    who.ids.with = Some("backup".to_owned());
                }
                self.add(Can::TakeAway, who, Some(step), Some(step));
            }
        }
    }

    /// What whoever has the PIN can do when nobody watches the HSM any more.
    fn hsm(&mut self) {
        let Some((begins, None)) = self.of_key.lives else {
            return;
        };
        if self.script.token.core.value == Core::Software {
            return;
        }
        let end = Some(self.model.end);
        if self.of_key.never_leaves && self.of_key.sets.is_empty() {
            let who = Who {
                takes: Takes::Nobody,
                words: "nobody: it never leaves the HSM".to_owned(),
                ids: Ids::default(),
            };
            self.add(Can::TakeAway, who, Some(begins), None);
        }
        self.add(Can::Use, self.pin(), end, None);
        if self.of_key.left_open {
            self.add(Can::TakeAway, self.pin(), end, None);
        }
    }

    fn pin(&self) -> Who {
        let holders = self.script.token.pin_holders();
        let names: Vec<&str> = holders
            .iter()
            .map(|id| self.script.name_of(id.as_str()))
            .collect();
        if names.is_empty() {
            return Who {
                takes: Takes::Alone,
                words: "whoever has the HSM and its PIN".to_owned(),
                ids: Ids {
                    with: Some("pin".to_owned()),
                    ..Ids::default()
                },
            };
        }
        Who {
            takes: if names.len() < 2 {
                Takes::Alone
            } else {
                Takes::Together
            },
            words: if let [one] = names.as_slice() {
                format!("{one} alone, with both halves of the PIN")
            } else {
                format!("{} together, each with half of the PIN", list(&names))
            },
            ids: Ids {
                all: holders.iter().map(ToString::to_string).collect(),
                ..Ids::default()
            },
        }
    }

    fn elsewhere(&mut self) {
        for place in &self.of_key.elsewhere {
            let member = place
                .who
                .iter()
                .next()
                .and_then(|it| self.model.cast.member(it));
            let (words, with) = match member {
                Some(Member::Provider(name)) => (
                    format!("whoever may import and use it at {name}"),
                    name.clone(),
                ),
                Some(Member::Service(name)) => {
                    (format!("whoever may call it through {name}"), name.clone())
                }
                Some(Member::Person(_) | Member::Backup { .. } | Member::Pin) | None => continue,
            };
            let who = Who {
                takes: Takes::Elsewhere,
                words,
                ids: Ids {
                    with: Some(with),
                    ..Ids::default()
                },
            };
            // What calls it from outside reaches nothing once it is destroyed.
            let called = matches!(member, Some(Member::Service(_)));
            let until = self.of_key.lives.and_then(|(_, until)| until);
            self.add(Can::Use, who, Some(place.from), until.filter(|_| called));
        }
    }
}

/// The fewest people who have that many shares, where each has the shares that name him.
fn fewest(threshold: usize, of: &[Vec<String>]) -> usize {
    let alone = of.iter().flatten().any(|id| {
        of.iter()
            .filter(|ids| ids.iter().any(|other| other == id))
            .count()
            >= threshold
    });
    if alone { 1 } else { threshold }
}

fn members(cast: &Cast, script: &Script, role: Role) -> Set {
    let holders = script.roles.holders(role).iter();
    let numbers = holders.filter_map(|id| cast.find(&Member::Person(id.to_string())));
    numbers.collect()
}

/// A time in which a key is at the machine.
struct Span {
    from: u32,
    until: u32,
    /// Who is in the room all the time.
    throughout: Set,
}

/// Times in which the same people have it, as far as anybody need know: a new one begins when somebody
/// comes to be alone, or is alone no more, and when nobody is left of those in charge.
fn spans(
    exposures: &[Exposure],
    gone: u32,
    which: fn(&Exposure) -> bool,
    charge: &Set,
) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut open = false;
    for (place, it) in exposures.iter().enumerate() {
        let next = exposures.get(place + 1);
        if !which(it) {
            open = false;
            continue;
        }
        // The step that ends it still belongs to it. What only passes through is gone with its step.
        let until = match next {
            _ if !it.usable => it.step,
            Some(next) if !which(next) => next.step,
            Some(next) => next.step.saturating_sub(1),
            None => gone,
        };
        let joined = spans.last_mut().filter(|_| open).filter(|last| {
            let both = last.throughout.both(&it.present);
            let lonely = last.throughout.len().min(it.present.len()) < 2;
            let same = last.throughout == it.present;
            same || (!lonely
                && both.len() >= 2
                && both.meets(charge) == last.throughout.meets(charge))
        });
        if let Some(last) = joined {
            last.until = until;
            last.throughout = last.throughout.both(&it.present);
        } else {
            spans.push(Span {
                from: it.step,
                until,
                throughout: it.present.clone(),
            });
        }
        open = it.usable;
    }
    spans
}

#[cfg(test)]
mod tests {
    use crate::domain::access::Access;
    use crate::domain::access::Can;
    use crate::domain::access::access;
    use crate::domain::parse::parse;

    /// A ceremony whose steps follow.
    const SCRIPT: &str = "\
schema: keyrite/v1
ceremony: few
title: Few
kind: generate
mode: practice
people:
  ana: {name: Ana}
  ben: {name: Ben}
  eli: {name: Eli}
roles: {administrator: [ana], custodians: [ben], witness: [eli]}
token: {core: software}
keys:
  k: {type: aes-256, owner: us}
steps:
";

    /// What is said of who could use and rebuild the key, with the steps from and until.
    fn said(steps: &[&str]) -> Vec<String> {
        let steps = steps.join("\n  - ");
        let script = parse(format!("{SCRIPT}  - {steps}\n").as_bytes()).unwrap();
        let mut rows = access(&script);
        rows.retain(|row| row.can != Can::TakeAway);
        let row = |row: &Access| format!("{:?}-{:?}: {}", row.from, row.until, row.who);
        rows.iter().map(row).collect()
    }

    #[test]
    fn few_people_are_told_as_few() {
        let said = said(&[
            "sign-in: [ana, eli]",
            "generate: k",
            "split: {key: k, threshold: 1, among: custodians}",
            "destroy: {key: k, where: token}",
            "seal",
        ]);
        assert_eq!(
            said,
            [
                "Some(2)-Some(4): Ana at the machine, watched by Eli",
                "Some(3)-None: any 1 of Ben: Ben alone",
            ]
        );
    }

    #[test]
    fn when_nobody_of_those_in_charge_is_left_another_time_begins() {
        let said = said(&[
            "sign-in: [ana, ben, eli]",
            "generate: k",
            "sign-out: [ana]",
            "sign-in: [ana]",
            "destroy: {key: k, where: token}",
            "seal",
        ]);
        assert_eq!(
            said,
            [
                "Some(2)-Some(2): Ana at the machine, watched by Eli and 1 other",
                "Some(3)-Some(5): Ben and Eli at the machine, watching each other",
            ]
        );
    }
}
