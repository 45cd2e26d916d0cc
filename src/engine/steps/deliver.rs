//! Shares reach their custodians: sealed on a medium of their own, or on a card.

use std::path::Path;
use std::path::PathBuf;

use crate::custody::card::Card;
use crate::custody::card::entry::Entry;
use crate::custody::error::ShareError;
use crate::custody::seal::Receiver;
use crate::custody::seal::Recipient;
use crate::custody::seal::Work;
use crate::custody::seal::seal_to;
use crate::custody::seal::seal_with_passphrase;
use crate::custody::seal::strong_enough;
use crate::custody::share::Dealt;
use crate::custody::share::Share;
use crate::domain::record::Delivery;
use crate::domain::record::Digest;
use crate::domain::record::Event;
use crate::domain::record::Handed;
use crate::domain::record::Mode;
use crate::domain::record::Subject;
use crate::domain::script::At;
use crate::domain::script::Deliver;
use crate::domain::script::Id;
use crate::engine::bench::Bench;
use crate::engine::desk::Asks;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::once::kit;
use crate::engine::typing::CardTyping;
use crate::engine::typing::typed;
use crate::secret::Secret;

/// Gives every share to its custodian, who confirms it before the next one is given.
pub(super) fn deliver(
    bench: &mut Bench<'_, '_>,
    n: u32,
    label: &str,
    dealt: &Dealt,
    holders: &[At<Id>],
    how: Deliver,
) -> Result<Vec<Handed>, EngineError> {
    let mut shares = Vec::new();
    for (share, id) in dealt.shares.iter().zip(holders) {
        let handed = give(bench, n, label, share, id.as_str(), how)?;
        bench.record(Event::Handed(handed.clone()))?;
        shares.push(handed);
    }
    Ok(shares)
}

/// Gives `custodian` a share of the key `label`; what the record says of it.
fn give(
    bench: &mut Bench<'_, '_>,
    n: u32,
    label: &str,
    share: &Share,
    custodian: &str,
    how: Deliver,
) -> Result<Handed, EngineError> {
    let set = share.set();
    let id = set.id.to_string();
    let stem = format!(
        "{}-{label}-{}-share-{}-of-{}",
        bench.script.ceremony.value,
        id.get(..8).unwrap_or(&id),
        share.index(),
        set.header.total
    );
    let mut handed = Handed {
        key: label.to_owned(),
        set: id,
        index: share.index(),
        custodian: custodian.to_owned(),
        file: None,
        sha256: None,
        commitment: share.commitment(),
        delivery: None,
        recipients: Vec::new(),
        check_values: share.check_values()?,
    };
    let what = match set.header.subject {
        Subject::Key | Subject::BackupKey => format!("share {}", share.index()),
        Subject::Component => format!("component {}", share.index()),
    };
    for (name, value) in &handed.check_values {
        bench.room.desk.say(Say::Fact {
            name: &what,
            value: &format!("{name} {value}"),
        });
    }
    match how {
        Deliver::AgeFile => {
            let sealed = sealed(bench, n, custodian, &share.to_text())?;
            handed.delivery = Some(sealed.delivery);
            handed.recipients = sealed.recipients;
            let file = format!("{stem}.age");
            handed.sha256 = Some(on_medium(bench, n, custodian, &what, &file, &sealed.bytes)?);
            handed.file = Some(file);
        }
        Deliver::CardFile => {
            let card = Card::of(share)?.to_text();
            let file = format!("{stem}-card.txt");
            handed.delivery = Some(Delivery::CardFile);
            let digest = on_medium(bench, n, custodian, &what, &file, card.expose())?;
            handed.sha256 = Some(digest);
            handed.file = Some(file);
        }
        Deliver::Card => {
            copied(bench, n, custodian, &what, share)?;
            handed.delivery = Some(Delivery::Card);
        }
    }
    Ok(handed)
}

/// A text sealed to somebody.
pub(super) struct Sealed {
    /// The age file.
    pub(super) bytes: Vec<u8>,
    /// Sealed with what.
    pub(super) delivery: Delivery,
    /// To whom.
    pub(super) recipients: Vec<Digest>,
}

/// Seals a text to what its custodian's shares are sealed to.
pub(super) fn sealed(
    bench: &mut Bench<'_, '_>,
    n: u32,
    custodian: &str,
    text: &Secret,
) -> Result<Sealed, EngineError> {
    let receiver = bench.keyring.get(custodian);
    let receiver = receiver.and_then(|keys| keys.receiver.clone());
    match receiver {
        Some(Receiver::Keys(keys)) => {
            let id = format!("{n}/plugin/{custodian}");
            let bytes = bench.until_right(|bench| {
                let desk = &mut *bench.room.desk;
                let mut attendant = bench.plugins.attended(desk, id.clone(), custodian);
                let sealed = seal_to(text, &keys, &mut attendant);
                attendant.done(sealed)
            })?;
            Ok(Sealed {
                bytes,
                delivery: Delivery::AgeFile,
                recipients: keys.iter().map(Recipient::fingerprint).collect(),
            })
        }
        Some(Receiver::Passphrase) => {
            let passphrase = chosen(bench, n, custodian)?;
            let work = Work::of(bench.mode == Mode::Rehearsal);
            let mut bytes = Err(ShareError::SealFailed);
            bench.room.desk.working("Sealing the share", &mut || {
                bytes = seal_with_passphrase(text, &passphrase, work);
            });
            Ok(Sealed {
                bytes: bytes?,
                delivery: Delivery::AgePassphrase,
                recipients: Vec::new(),
            })
        }
        None => Err(EngineError::PersonLacks {
            person: custodian.to_owned(),
            field: "receives-shares-at",
        }),
    }
}

/// A passphrase, typed twice unseen.
fn chosen(bench: &mut Bench<'_, '_>, n: u32, custodian: &str) -> Result<Secret, EngineError> {
    let name = bench.name(custodian);
    let ask = |id: &str, what: &str| {
        Question::input(format!("{n}/{id}/{custodian}"), format!("{name}: {what}")).to(custodian)
    };
    let first = ask(
        "passphrase",
        "choose a passphrase for your share, 20 characters or more",
    );
    let second = ask("passphrase-again", "type the same passphrase again");
    bench.until_right(|bench| {
        let passphrase = bench.secret(&first)?;
        strong_enough(&passphrase)?;
        if bench.secret(&second)? == passphrase {
            Ok(passphrase)
        } else {
            Err(ShareError::PassphraseDiffers.into())
        }
    })
}

/// Shows a card to its custodian alone, who copies it and types it back.
fn copied(
    bench: &mut Bench<'_, '_>,
    n: u32,
    custodian: &str,
    what: &str,
    share: &Share,
) -> Result<(), EngineError> {
    let name = bench.name(custodian);
    let text = Card::of(share)?.to_text();
    let paper = card_paper(&share.set().id.to_string());
    let shown = Question::confirmation(
        format!("{n}/card/{custodian}"),
        format!("{name}: copy this card by hand, line by line"),
    )
    .to(custodian)
    .asks(paper.clone());
    let back = Question::confirmation(
        format!("{n}/typed-back/{custodian}"),
        format!("{name}: type your card back from the copy"),
    )
    .to(custodian)
    .asks(paper);
    bench.until_right(|bench| {
        bench.answered(|desk| desk.show_alone(&shown, &text))?;
        let mut typing = CardTyping(Entry::new(&format!("the card of {custodian}")));
        typed(bench, &back, &mut typing)?;
        let again = typing.0.share()?;
        if again.index() == share.index() && again.commitment() == share.commitment() {
            Ok(())
        } else {
            Err(EngineError::OtherCard(custodian.to_owned()))
        }
    })?;
    bench.room.desk.say(Say::Good(&format!(
        "{what} is on the card of {name}, who typed it back"
    )));
    Ok(())
}

/// What the paper is called on which a custodian has the card of a set.
pub fn card_paper(set: &str) -> Asks {
    Asks::Paper(format!("card-{set}"))
}

/// Writes a file to the custodian's own medium, and asks to take it; its digest.
pub(super) fn on_medium(
    bench: &mut Bench<'_, '_>,
    n: u32,
    custodian: &str,
    what: &str,
    file: &str,
    bytes: &[u8],
) -> Result<Digest, EngineError> {
    let digest = Digest::of(bytes);
    bench.room.desk.varies(&digest.to_string());
    let name = bench.name(custodian);
    let question = Question::input(
        format!("{n}/medium/{custodian}"),
        format!("{name}: put in your medium. Which folder is it?"),
    )
    .to(custodian)
    .asks(Asks::Path);
    let path = bench.until_right(|bench| {
        let folder = PathBuf::from(bench.ask(&question)?.trim());
        let folder = own_medium(bench, custodian, &folder)?;
        let path = folder.join(file);
        bench.store.write_outside(&path, bytes)?;
        bench.state.media.insert(custodian.to_owned(), folder);
        Ok(path)
    })?;
    bench.room.desk.say(Say::Good(&format!(
        "{what} for {name} is written and reads back: {file}"
    )));
    let question = Question::confirmation(
        format!("{n}/holds/{custodian}"),
        format!("{name}: do you take this share into your keeping?"),
    )
    .to(custodian);
    let confirmed = bench.confirm(&question);
    let kit = match confirmed {
        Ok(true) => kit::put(files::parent(&path)),
        Ok(false) | Err(_) => Ok(()),
    };
    if matches!((&confirmed, &kit), (Ok(true), Ok(()))) {
        return Ok(digest);
    }
    // Nobody keeps it whole, so no entry names it: it must not stay where it was written.
    files::remove_leftover(&path)?;
    bench.state.media.remove(custodian);
    bench.room.desk.say(Say::Note(&format!(
        "{file} was not confirmed and is removed from the medium"
    )));
    kit?;
    confirmed?;
    Err(EngineError::NotConfirmed {
        person: custodian.to_owned(),
        what: "taking the share".to_owned(),
    })
}

/// A folder that is this custodian's alone: not the record's, and not another custodian's.
fn own_medium(
    bench: &Bench<'_, '_>,
    custodian: &str,
    folder: &Path,
) -> Result<PathBuf, EngineError> {
    let refuse = |because| EngineError::Medium {
        person: custodian.to_owned(),
        path: folder.to_owned(),
        because,
    };
    let real = folder.canonicalize().map_err(|source| EngineError::Io {
        doing: "find",
        path: folder.to_owned(),
        source,
    })?;
    if !real.is_dir() {
        return Err(refuse("it is no folder"));
    }
    let record = bench
        .store
        .dir()
        .canonicalize()
        .unwrap_or_else(|_| bench.store.dir().to_owned());
    if real.starts_with(&record) && bench.mode != Mode::Rehearsal {
        return Err(refuse("the ceremony's own folder is no custodian's medium"));
    }
    let taken = bench
        .state
        .media
        .iter()
        .any(|(other, path)| other != custodian && *path == real);
    if taken {
        return Err(refuse("another custodian's share is there"));
    }
    Ok(real)
}
