//! Custodians' shares rebuild a key, to see that they do.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use crate::crypto::check_value;
use crate::custody::card::entry;
use crate::custody::card::entry::Entry;
use crate::custody::card::looks_like_card;
use crate::custody::error::ShareError;
use crate::custody::gathering::Gathering;
use crate::custody::gathering::Trusted;
use crate::custody::seal::Identities;
use crate::custody::seal::open_with;
use crate::custody::seal::wants_passphrase;
use crate::custody::share::Share;
use crate::domain::algorithm::KeyType;
use crate::domain::record::Call;
use crate::domain::record::Delivery;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::Event;
use crate::domain::record::GivenBackup;
use crate::domain::record::Purpose;
use crate::domain::record::Subject;
use crate::domain::script::RestoreTest;
use crate::engine::bench::Backup;
use crate::engine::bench::Bench;
use crate::engine::bench::SplitState;
use crate::engine::desk::Asks;
use crate::engine::desk::Brought;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::desk::Wanted;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::steps::Done;
use crate::engine::steps::deliver::card_paper;
use crate::engine::token::SplitSubject;
use crate::engine::typing::CardTyping;
use crate::engine::typing::typed;
use crate::record::verify::spki_of;
use crate::secret::Secret;

pub(super) fn test(
    bench: &mut Bench<'_, '_>,
    n: u32,
    test: &RestoreTest,
) -> Result<Done, EngineError> {
    let label = test.key.as_str();
    let with: Vec<String> = test.with.iter().map(ToString::to_string).collect();
    let (_, check_values) = rebuild(bench, n, &format!("{n}"), label, &with)?;
    bench.room.desk.say(Say::Good(&format!(
        "the shares rebuild key {label}; what was rebuilt is wiped"
    )));
    let set = bench
        .state
        .splits
        .get(label)
        .map(|split| split.set.id.clone())
        .unwrap_or_default();
    Ok(Did::RestoreTest {
        key: label.to_owned(),
        set,
        with,
        check_values,
    }
    .into())
}

/// Rebuilds a key from its custodians' shares and holds it against what was recorded. What they
/// share, and the check values of the key.
pub fn rebuild(
    bench: &mut Bench<'_, '_>,
    n: u32,
    ask: &str,
    label: &str,
    with: &[String],
) -> Result<(SplitSubject, BTreeMap<String, String>), EngineError> {
    let gone = || EngineError::KeyGone(label.to_owned());
    let split = bench.state.splits.get(label).cloned().ok_or_else(gone)?;
    rebuild_from(bench, n, ask, label, &split, with)
}

/// As [`rebuild`], from the shares of this set.
pub(super) fn rebuild_from(
    bench: &mut Bench<'_, '_>,
    n: u32,
    ask: &str,
    label: &str,
    split: &SplitState,
    with: &[String],
) -> Result<(SplitSubject, BTreeMap<String, String>), EngineError> {
    let gone = || EngineError::KeyGone(label.to_owned());
    let kind = bench.script.keys.get(label).ok_or_else(gone)?.r#type.value;
    let secret = gather(bench, ask, label, split, with)?;
    let shared = match split.set.subject {
        Subject::Key | Subject::Component => SplitSubject::Key(secret),
        Subject::BackupKey => {
            let found = check_value::of(KeyType::Aes256, &secret)?.into_map();
            same(&found, &split.set.check_values)?;
            let blob = match split.backup.as_ref().ok_or_else(gone)? {
                Backup::Artifact(path) => files::read(&bench.store.dir().join(path))?,
                Backup::Given(given) => given_backup(&bench.folder, given)?,
            };
            SplitSubject::BackupKey {
                secret,
                blob,
                spki: public_half(bench, label)?,
                checked: Vec::new(),
            }
        }
    };
    bench.calling(n, label, Call::Rebuild)?;
    let found = bench.token.rebuild(kind, &shared, bench.room.random)?;
    let found = found.into_map();
    let made = bench.state.made.get(label).ok_or_else(gone)?;
    same(&found, made)?;
    Ok((shared, found))
}

/// The public half of a pair that this ceremony made: as the token tells it, or as it was kept.
fn public_half(bench: &Bench<'_, '_>, label: &str) -> Result<Option<Vec<u8>>, EngineError> {
    if bench.token.holds(label) {
        return bench.token.spki(label);
    }
    let kept = bench.store.entries().iter().rev().find_map(|entry| {
        let Event::Step(step) = &entry.event else {
            return None;
        };
        let of_key = matches!(&step.did, Did::Generate { key, .. } if key == label);
        let mut made = step.artifacts.iter();
        made.find(|made| of_key && made.purpose == Purpose::PublicKey)
    });
    let Some(kept) = kept else {
        return Ok(None);
    };
    let pem = files::read(&bench.store.dir().join(&kept.path))?;
    Ok(spki_of(&pem))
}

/// Reads the backup of a key that an earlier ceremony left.
pub fn given_backup(folder: &Path, given: &GivenBackup) -> Result<Vec<u8>, EngineError> {
    let path = folder.join(&given.file);
    let blob = files::read(&path)?;
    if Digest::of(&blob) == given.sha256 {
        Ok(blob)
    } else {
        Err(EngineError::OtherBackup {
            path,
            wanted: given.sha256,
        })
    }
}

/// Takes in the shares of `with`, each opened by its custodian, and combines them.
pub fn gather(
    bench: &mut Bench<'_, '_>,
    ask: &str,
    label: &str,
    split: &SplitState,
    with: &[String],
) -> Result<Secret, EngineError> {
    let trusted = Trusted::from_record(label, &split.set);
    let mut gathering = Gathering::new(trusted);
    for custodian in with {
        let share = bench.until_right(|bench| bring_share(bench, ask, custodian, split))?;
        bench.until_right({
            let mut share = Some(share);
            let gathering = &mut gathering;
            move |bench| {
                let share = match share.take() {
                    Some(share) => share,
                    None => bring_share(bench, ask, custodian, split)?,
                };
                let index = share.index();
                gathering.add(share, custodian)?;
                bench.room.desk.say(Say::Good(&format!(
                    "share {index} of {} is whole",
                    bench.name(custodian)
                )));
                Ok(())
            }
        })?;
    }
    let (secret, set) = gathering.combine()?;
    drop(set);
    Ok(secret)
}

pub(super) fn bring_share(
    bench: &mut Bench<'_, '_>,
    ask: &str,
    custodian: &str,
    split: &SplitState,
) -> Result<Share, EngineError> {
    let mut shares = split.set.shares.iter();
    let expected = shares.find(|share| share.custodian == custodian);
    let file_name = expected.and_then(|share| share.file.as_deref());
    let on_paper = expected.is_some_and(|share| share.delivery == Some(Delivery::Card));
    let known = file_name.and_then(|file| Some(bench.state.media.get(custodian)?.join(file)));
    let path = match known {
        Some(path) => Some(path),
        None if on_paper => None,
        None => ask_path(bench, ask, custodian, file_name)?,
    };
    let Some(path) = path else {
        return typed_card(bench, ask, custodian, &split.set.id);
    };
    let label = format!("the share of {custodian}");
    // What it is sealed with decides what is asked; what is wrong with it shows after that.
    let text = match how_sealed(&path) {
        How::NotAtAll => files::read_secret(&path)?,
        how @ (How::Passphrase | How::Keys) => {
            let mut identities = Identities::default();
            if how == How::Passphrase {
                let question = Question::input(
                    format!("{ask}/passphrase/{custodian}"),
                    format!("{}: the passphrase of your share", bench.name(custodian)),
                )
                .to(custodian);
                identities.add_passphrase(bench.secret(&question)?);
            } else {
                identities = self::identities(bench, ask, custodian)?;
            }
            let sealed = match files::read(&path) {
                Ok(sealed) => sealed,
                Err(error) => {
                    // The remembered place no longer serves: ask next time.
                    bench.state.media.remove(custodian);
                    return Err(error);
                }
            };
            let desk = &mut *bench.room.desk;
            let id = format!("{ask}/plugin/{custodian}");
            let mut attendant = bench.plugins.attended(desk, id, custodian);
            let opened = open_with(&sealed, &identities, &label, &mut attendant);
            attendant.done(opened)?
        }
    };
    if looks_like_card(text.expose()) {
        return Ok(entry::parse(&text, &label)?);
    }
    Ok(Share::parse(&text, &label)?)
}

/// Where a custodian has the share; nothing if it is on paper.
fn ask_path(
    bench: &mut Bench<'_, '_>,
    ask: &str,
    custodian: &str,
    file_name: Option<&str>,
) -> Result<Option<PathBuf>, EngineError> {
    let name = bench.name(custodian);
    let which = file_name.map_or(
        "Which file is your share? (empty: type your card)".to_owned(),
        |file| format!("Which folder holds {file}?"),
    );
    let question = Question::input(
        format!("{ask}/share/{custodian}"),
        format!("{name}: put in your medium. {which}"),
    )
    .to(custodian)
    .asks(Asks::Path);
    let given = bench.ask(&question)?;
    let given = given.trim();
    if given.is_empty() && file_name.is_none() {
        return Ok(None);
    }
    let given = PathBuf::from(given);
    Ok(Some(match file_name {
        Some(file) if given.is_dir() => given.join(file),
        Some(_) | None => given,
    }))
}

fn typed_card(
    bench: &mut Bench<'_, '_>,
    ask: &str,
    custodian: &str,
    set: &str,
) -> Result<Share, EngineError> {
    let question = Question::confirmation(
        format!("{ask}/card/{custodian}"),
        format!("{}: type your card", bench.name(custodian)),
    )
    .to(custodian)
    .asks(card_paper(set));
    let mut typing = CardTyping(Entry::new(&format!("the card of {custodian}")));
    typed(bench, &question, &mut typing)?;
    Ok(typing.0.share()?)
}

/// What seals a share.
#[derive(Clone, Copy, Eq, PartialEq)]
enum How {
    /// Nothing: it is a card.
    NotAtAll,
    Passphrase,
    Keys,
}

/// What seals the share in a file; keys, where the file cannot be read.
fn how_sealed(path: &Path) -> How {
    match files::read_secret(path) {
        Ok(text) if looks_like_card(text.expose()) => How::NotAtAll,
        Ok(text) if wants_passphrase(text.expose(), "").unwrap_or(false) => How::Passphrase,
        Ok(_) | Err(_) => How::Keys,
    }
}

fn identities(
    bench: &mut Bench<'_, '_>,
    ask: &str,
    custodian: &str,
) -> Result<Identities, EngineError> {
    let name = bench.name(custodian);
    let question = Question::confirmation(
        format!("{ask}/identity/{custodian}"),
        format!("{name}: which file holds your age identity? (empty: type it, unseen)"),
    )
    .to(custodian);
    let label = format!("the identity of {custodian}");
    let file = match bench.bring(&question, Wanted::Identity)? {
        Brought::Identities(identities) => return Ok(identities),
        Brought::Bytes(bytes) => bytes,
        Brought::File(path) => files::read_secret(&path)?,
        Brought::Signing(_) | Brought::Agent(_) | Brought::Later => {
            return Err(EngineError::NotConfirmed {
                person: custodian.to_owned(),
                what: "bringing an age identity".to_owned(),
            });
        }
    };
    let mut identities = Identities::default();
    match identities.add(&file, None, &label) {
        Err(ShareError::PassphraseNeeded { .. }) => {
            let question = Question::input(
                format!("{ask}/passphrase/{custodian}"),
                format!("{name}: the passphrase of your identity file"),
            )
            .to(custodian);
            let passphrase = bench.secret(&question)?;
            identities.add(&file, Some(&passphrase), &label)?;
        }
        other => other?,
    }
    Ok(identities)
}

pub(super) fn same(
    found: &BTreeMap<String, String>,
    wanted: &BTreeMap<String, String>,
) -> Result<(), EngineError> {
    if let Some((name, found, wanted)) = check_value::difference(found, wanted) {
        return Err(EngineError::OtherKey {
            name,
            found,
            wanted,
        });
    }
    Ok(())
}
