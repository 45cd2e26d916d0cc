//! A card as it comes in: from a file at once, or typed line by line.

use crate::custody::card::FIRST_LINE;
use crate::custody::card::error::CardError;
use crate::custody::card::line;
use crate::custody::card::line::BYTES;
use crate::custody::card::line::DIGITS;
use crate::custody::card::line::Fault;
use crate::custody::card::line::MOST;
use crate::custody::card::line::separates;
use crate::custody::card::read;
use crate::custody::error::ShareError;
use crate::custody::share::Share;
use crate::secret::Secret;

/// The lines of a card that came in so far.
#[derive(Debug)]
pub struct Entry {
    label: String,
    bytes: Secret,
    /// How many lines are in.
    have: u8,
}

impl Entry {
    /// Begins a card; `label` is what errors call it.
    pub fn new(label: &str) -> Self {
        Self {
            label: label.to_owned(),
            bytes: Secret::zeroed(BYTES * usize::from(MOST)),
            have: 0,
        }
    }

    /// The number of the line that is wanted now.
    pub fn wanted(&self) -> u8 {
        self.have + 1
    }

    /// How many lines the card has, once its first line is in.
    pub fn lines(&self) -> Option<u8> {
        let said = self.bytes.expose().get(1).copied()?;
        (self.have > 0).then_some(said.clamp(1, MOST))
    }

    /// Whether all lines are in.
    pub fn complete(&self) -> bool {
        self.lines() == Some(self.have)
    }

    /// Takes the next line, with or without its number, or says what is wrong with it.
    pub fn line(&mut self, text: &[u8]) -> Result<(), CardError> {
        let wanted = self.wanted();
        if let Some(lines) = self.lines().filter(|lines| *lines == self.have) {
            let card = self.label.clone();
            return Err(CardError::Follows { card, lines });
        }
        let (number, digits) = numbered(text);
        if let Some(found) = number.filter(|found| *found != wanted) {
            return Err(self.wrong(wanted, Fault::Other(found)));
        }
        let place = BYTES * usize::from(self.have);
        let bytes = self.bytes.expose_mut().get_mut(place..place + BYTES);
        line::read(wanted, digits, bytes.unwrap_or_default())
            .map_err(|fault| self.wrong(wanted, fault))?;
        self.have = wanted;
        Ok(())
    }

    /// The share on the card.
    ///
    /// # Errors
    ///
    /// [`CardError::Missing`] before all lines are in; [`CardError::Mixed`] and
    /// [`CardError::Content`] if they make no card.
    pub fn share(&self) -> Result<Share, ShareError> {
        if !self.complete() {
            return Err(CardError::Missing {
                card: self.label.clone(),
                line: self.wanted(),
                lines: self.lines().unwrap_or(MOST),
            }
            .into());
        }
        let len = BYTES * usize::from(self.have);
        read(
            self.bytes.expose().get(..len).unwrap_or_default(),
            &self.label,
        )
    }

    fn wrong(&self, line: u8, fault: Fault) -> CardError {
        let card = self.label.clone();
        match fault {
            Fault::Length(found) => CardError::Length { card, line, found },
            Fault::Character(group) => CardError::Character { card, line, group },
            Fault::Group(group) => CardError::Group { card, line, group },
            Fault::Other(found) => CardError::Place { card, line, found },
            Fault::Several => CardError::Line { card, line },
        }
    }
}

/// Reads a card from a file or out of a QR code; `label` is what errors call it.
pub fn parse(text: &Secret, label: &str) -> Result<Share, ShareError> {
    let mut entry = Entry::new(label);
    let text = text.expose().trim_ascii();
    let text = text.get(FIRST_LINE.len()..).unwrap_or_default();
    if text.contains(&b'\n') {
        for line in text.split(|byte| *byte == b'\n') {
            let line = line.trim_ascii();
            if !line.is_empty() && !line.starts_with(b"#") {
                entry.line(line)?;
            }
        }
    } else {
        let digits = text.iter().filter(|byte| !separates(**byte));
        let all = Secret::init(digits.clone().count(), |bytes| {
            for (to, from) in bytes.iter_mut().zip(digits) {
                *to = *from;
            }
        });
        // The number and the digits of a line.
        for line in all.expose().chunks(2 + DIGITS) {
            entry.line(line)?;
        }
    }
    entry.share()
}

/// The number at the beginning of a line, if it has one, and the rest. A line without its number
/// has 28 digits; two more at the beginning, or a short word there, are the number.
fn numbered(text: &[u8]) -> (Option<u8>, &[u8]) {
    let text = text.trim_ascii();
    let word = text.iter().take_while(|byte| !separates(**byte)).count();
    let digits = text.iter().filter(|byte| !separates(**byte)).count();
    let len = match word {
        1 | 2 if digits > word => word,
        _ if word == digits && digits == DIGITS + 2 => 2,
        _ => return (None, text),
    };
    let Some((number, rest)) = text.split_at_checked(len) else {
        return (None, text);
    };
    let number = std::str::from_utf8(number)
        .ok()
        .and_then(|text| text.parse().ok());
    match number {
        Some(number) => (Some(number), rest),
        None => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_told_from_the_digits_behind_it() {
        let line = "01234567890123456789012345AB";
        assert_eq!(line.len(), DIGITS);
        for (text, number, rest) in [
            (format!("12 {line}"), Some(12), format!(" {line}")),
            (format!("3 {line}"), Some(3), format!(" {line}")),
            (format!("12{line}"), Some(12), line.to_owned()),
            (line.to_owned(), None, line.to_owned()),
            ("12".to_owned(), None, "12".to_owned()),
            ("AB CDEF".to_owned(), None, "AB CDEF".to_owned()),
        ] {
            assert_eq!(
                numbered(text.as_bytes()),
                (number, rest.as_bytes()),
                "{text}"
            );
        }
    }
}
