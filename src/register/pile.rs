//! Every material of a register while its records are folded: those that were touched last as they are,
//! all others packed. A register has very many keys, and a ceremony touches few of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::io::Read as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use jiff::civil::Date;

use crate::register::Register;
use crate::register::Scope;
use crate::register::due;
use crate::register::due::Due;
use crate::register::keys::Material;

/// As many are kept as they are at most, between ceremonies.
const AWAKE: usize = 4096;
/// As many are packed together: one that is needed brings its neighbours, who were made with it.
const IN_A_PIECE: usize = 64;

/// Materials by number, from 0.
#[derive(Default)]
pub(super) struct Pile {
    awake: BTreeMap<usize, Material>,
    /// Of each material, where it is packed; nowhere of one that is awake.
    places: Vec<Option<Place>>,
    pieces: Vec<Piece>,
    /// The piece that was opened last.
    open: Option<Opened>,
    /// Whether one that was needed could not be unpacked.
    is_torn: bool,
}

#[derive(Clone, Copy)]
struct Place {
    piece: u32,
    line: u32,
}

/// Lines of JSON, packed.
struct Piece {
    bytes: Box<[u8]>,
    /// How many of them are not awake again.
    asleep: usize,
}

/// A piece, unpacked.
struct Opened {
    piece: u32,
    lines: Vec<u8>,
    /// Where each line ends.
    ends: Vec<usize>,
}

/// Is told of the number of a material, of it, and of the line of JSON that tells of it.
type Tell<'t> = dyn FnMut(u32, &Material, &[u8]) -> io::Result<()> + 't;

impl Pile {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn push(&mut self, material: Material) {
        self.awake.insert(self.places.len(), material);
        self.places.push(None);
    }

    pub(super) fn get(&self, at: usize) -> Option<Cow<'_, Material>> {
        match self.places.get(at)? {
            None => self.awake.get(&at).map(Cow::Borrowed),
            Some(place) => {
                let opened = self.opened(place.piece)?;
                serde_json::from_slice(opened.line(place.line)?)
                    .ok()
                    .map(Cow::Owned)
            }
        }
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut Material> {
        if let Some(place) = *self.places.get(at)? {
            if self.open.as_ref().map(|open| open.piece) != Some(place.piece) {
                self.open = self.opened(place.piece);
            }
            let line = self.open.as_ref().and_then(|open| open.line(place.line));
            let Some(material) = line.and_then(|line| serde_json::from_slice(line).ok()) else {
                self.is_torn = true;
                return None;
            };
            self.awake.insert(at, material);
            *self.places.get_mut(at)? = None;
            self.wakes(place.piece);
        }
        self.awake.get_mut(&at)
    }

    /// Something that was needed could not be read: [`Self::rest`] says so.
    pub(super) const fn tear(&mut self) {
        self.is_torn = true;
    }

    /// Packs everything, where much is awake.
    ///
    /// # Errors
    ///
    /// When a material cannot be written, or one that was needed could not be read.
    pub(super) fn rest(&mut self) -> io::Result<()> {
        if self.is_torn {
            return Err(unreadable());
        }
        if self.awake.len() <= AWAKE {
            return Ok(());
        }
        let mut lines = Vec::new();
        let mut numbers = Vec::new();
        for (number, material) in std::mem::take(&mut self.awake) {
            serde_json::to_writer(&mut lines, &material)?;
            lines.push(b'\n');
            numbers.push(number);
            if numbers.len() == IN_A_PIECE {
                self.pack(&lines, &numbers)?;
                lines.clear();
                numbers.clear();
            }
        }
        self.pack(&lines, &numbers)
    }

    /// Takes in the next materials as lines of JSON, which nobody reads before they are needed.
    ///
    /// # Errors
    ///
    /// When they cannot be packed.
    pub(super) fn push_lines<'a>(
        &mut self,
        lines: impl Iterator<Item = &'a [u8]>,
    ) -> io::Result<()> {
        let mut all = Vec::new();
        let mut numbers = Vec::new();
        for line in lines {
            all.extend(line);
            all.push(b'\n');
            numbers.push(self.places.len());
            self.places.push(None);
            if numbers.len() == IN_A_PIECE {
                self.pack(&all, &numbers)?;
                all.clear();
                numbers.clear();
            }
        }
        self.pack(&all, &numbers)
    }

    /// Every material in the order of their numbers, and the line of JSON that tells of it.
    ///
    /// # Errors
    ///
    /// Those of `tell`, or when one cannot be read.
    pub(super) fn each(&self, tell: &mut Tell<'_>) -> io::Result<()> {
        let mut open: Option<Opened> = None;
        for (number, (at, place)) in (0..).zip(self.places.iter().enumerate()) {
            let Some(place) = place else {
                let material = self.awake.get(&at).ok_or_else(unreadable)?;
                tell(number, material, &serde_json::to_vec(material)?)?;
                continue;
            };
            if open.as_ref().map(|open| open.piece) != Some(place.piece) {
                open = self.opened(place.piece);
            }
            let line = open.as_ref().and_then(|open| open.line(place.line));
            let line = line.ok_or_else(unreadable)?;
            tell(number, &serde_json::from_slice(line)?, line)?;
        }
        Ok(())
    }

    /// Those that a question is about.
    ///
    /// # Errors
    ///
    /// When one cannot be read.
    pub(super) fn about(&self, scope: Scope<'_>) -> io::Result<Vec<Material>> {
        let mut found = Vec::new();
        let asked = match scope {
            Scope::All => None,
            Scope::Key(key) => Some(key),
            Scope::Ceremonies | Scope::Due(_) => return Ok(found),
        };
        self.each(&mut |_, material, _| {
            if asked.is_none_or(|key| material.key == key) {
                // What is cloned keeps no room for more.
                found.push(material.clone());
            }
            Ok(())
        })?;
        if asked.is_some() && found.is_empty() {
            // All are read, to tell what may have been meant.
            return self.about(Scope::All);
        }
        Ok(found)
    }

    /// What is due of them by a day.
    ///
    /// # Errors
    ///
    /// When one cannot be read.
    pub(super) fn due(&self, register: &Register, until: Date) -> io::Result<Vec<Due>> {
        let mut found = Vec::new();
        self.each(&mut |_, material, _| {
            let all = due::of(register, material).into_iter();
            found.extend(all.filter(|due| due.by <= until));
            Ok(())
        })?;
        Ok(found)
    }

    fn pack(&mut self, lines: &[u8], numbers: &[usize]) -> io::Result<()> {
        if numbers.is_empty() {
            return Ok(());
        }
        let piece = u32::try_from(self.pieces.len()).map_err(io::Error::other)?;
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(lines)?;
        self.pieces.push(Piece {
            bytes: packed.finish()?.into_boxed_slice(),
            asleep: numbers.len(),
        });
        for (number, line) in numbers.iter().zip(0..) {
            if let Some(place) = self.places.get_mut(*number) {
                *place = Some(Place { piece, line });
            }
        }
        Ok(())
    }

    /// One of a piece is awake; a piece of which all are is not kept.
    fn wakes(&mut self, piece: u32) {
        let at = usize::try_from(piece).ok();
        if let Some(piece) = at.and_then(|at| self.pieces.get_mut(at)) {
            piece.asleep = piece.asleep.saturating_sub(1);
            if piece.asleep == 0 {
                piece.bytes = Box::default();
            }
        }
    }

    fn opened(&self, piece: u32) -> Option<Opened> {
        let packed = self.pieces.get(usize::try_from(piece).ok()?)?;
        let mut lines = Vec::new();
        let mut unpacked = DeflateDecoder::new(&*packed.bytes);
        unpacked.read_to_end(&mut lines).ok()?;
        let ends = memchr::memchr_iter(b'\n', &lines).collect();
        Some(Opened { piece, lines, ends })
    }
}

impl Opened {
    fn line(&self, number: u32) -> Option<&[u8]> {
        let number = usize::try_from(number).ok()?;
        let end = *self.ends.get(number)?;
        let begin = match number.checked_sub(1) {
            Some(before) => *self.ends.get(before)? + 1,
            None => 0,
        };
        self.lines.get(begin..end)
    }
}

fn unreadable() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "what was packed of a key")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(number: usize) -> Material {
        Material::blank(&format!("key-{number}"), &number.to_string())
    }

    fn labels(pile: &Pile) -> Vec<String> {
        let mut all = Vec::new();
        pile.each(&mut |number, material, line| {
            assert_eq!(usize::try_from(number).unwrap(), all.len());
            let told: Material = serde_json::from_slice(line).unwrap();
            assert_eq!(told.key, material.key);
            all.push(format!(
                "{} {}",
                material.key,
                material.owner.as_deref().unwrap_or("")
            ));
            Ok(())
        })
        .unwrap();
        all
    }

    #[test]
    fn what_is_packed_and_touched_again_is_as_it_was_left() {
        let count = 2 * AWAKE + 100;
        let mut pile = Pile::default();
        for number in 0..count {
            pile.push(named(number));
            pile.rest().unwrap();
        }
        assert!(pile.awake.len() <= AWAKE && !pile.pieces.is_empty());
        // Backwards, so that each piece is opened again and again.
        for number in (0..count).rev().step_by(7) {
            pile.get_mut(number).unwrap().owner = Some("ana".to_owned());
            pile.rest().unwrap();
        }
        let expected: Vec<String> = (0..count)
            .map(|number| {
                let owner = if (count - 1 - number).is_multiple_of(7) {
                    "ana"
                } else {
                    ""
                };
                format!("key-{number} {owner}")
            })
            .collect();
        assert_eq!(labels(&pile), expected);
        assert_eq!(pile.len(), count);
        for number in [0, AWAKE, count - 1] {
            assert_eq!(pile.get(number).unwrap().key, format!("key-{number}"));
        }
        assert!(pile.get(count).is_none() && pile.get_mut(count).is_none());
        assert!(pile.rest().is_ok(), "what was never there is not lost");
    }

    #[test]
    fn a_piece_of_which_all_are_awake_is_not_kept() {
        let mut pile = Pile::default();
        let lines: Vec<Vec<u8>> = (0..=IN_A_PIECE)
            .map(|number| serde_json::to_vec(&named(number)).unwrap())
            .collect();
        pile.push_lines(lines.iter().map(Vec::as_slice)).unwrap();
        assert_eq!(pile.pieces.len(), 2);
        for number in 0..IN_A_PIECE {
            assert!(pile.get_mut(number).is_some());
        }
        let kept: Vec<bool> = pile.pieces.iter().map(|it| !it.bytes.is_empty()).collect();
        assert_eq!(kept, [false, true]);
        assert_eq!(labels(&pile).len(), IN_A_PIECE + 1);
    }

    #[test]
    fn what_cannot_be_unpacked_ends_the_fold() {
        let mut pile = Pile::default();
        pile.push_lines([b"{}".as_slice()].into_iter()).unwrap();
        assert!(pile.get_mut(0).is_none());
        assert!(pile.rest().is_err());
        assert!(pile.each(&mut |_, _, _| Ok(())).is_err());
    }
}
