//! Why a card, or a line of one, was refused.

use crate::error::Diagnose;
use crate::error::Exit;

/// Why a card was refused. Messages name lines and groups, never what was typed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CardError {
    /// A mistake in one group.
    #[error("{card}: line {line}, group {group} is mistyped")]
    Group {
        /// What the caller called the card.
        card: String,
        /// Line, from 1.
        line: u8,
        /// Group, from 1.
        group: usize,
    },
    /// Mistakes in several groups.
    #[error("{card}: line {line} is mistyped in several places")]
    Line {
        /// What the caller called the card.
        card: String,
        /// Line, from 1.
        line: u8,
    },
    /// A character that is no digit of a card.
    #[error("{card}: line {line}, group {group} has a character that is on no card")]
    Character {
        /// What the caller called the card.
        card: String,
        /// Line, from 1.
        line: u8,
        /// Group, from 1.
        group: usize,
    },
    /// Not 28 characters.
    #[error("{card}: line {line} has {found} characters, not 28")]
    Length {
        /// What the caller called the card.
        card: String,
        /// Line, from 1.
        line: u8,
        /// How many there are.
        found: usize,
    },
    /// Another line of the card.
    #[error("{card}: line {found} stands where line {line} belongs")]
    Place {
        /// What the caller called the card.
        card: String,
        /// The line that belongs here, from 1.
        line: u8,
        /// The line that stands here.
        found: u8,
    },
    /// The card ends too early.
    #[error("{card}: line {line} of {lines} is missing")]
    Missing {
        /// What the caller called the card.
        card: String,
        /// The first line that is missing, from 1.
        line: u8,
        /// How many there are.
        lines: u8,
    },
    /// There is more than the card.
    #[error("{card}: something follows line {lines}, which is its last")]
    Follows {
        /// What the caller called the card.
        card: String,
        /// How many lines the card has.
        lines: u8,
    },
    /// Each line is right, but they are not of one card.
    #[error("{card}: each line is right, but they are not all of one card")]
    Mixed {
        /// What the caller called the card.
        card: String,
    },
    /// Its bytes are no share.
    #[error("{card} holds no share: {what}")]
    Content {
        /// What the caller called the card.
        card: String,
        /// Why not.
        what: &'static str,
    },
    /// Names that leave no room.
    #[error("the names of key {key} and its ceremony are too long for a card")]
    TooLong {
        /// Label of the key.
        key: String,
    },
}

impl Diagnose for CardError {
    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Group { .. }
                | Self::Line { .. }
                | Self::Character { .. }
                | Self::Length { .. } => {
                    "compare that line with the card, group by group, and type it again"
                }
                Self::Place { .. } | Self::Missing { .. } | Self::Follows { .. } => {
                    "type every line of the card once, in the order of their numbers"
                }
                Self::Mixed { .. } => "type all lines from the one card",
                Self::Content { .. } => "bring a card that keyrite printed",
                Self::TooLong { .. } => "keep this share as a file",
            }
            .to_owned(),
        )
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Group { .. }
            | Self::Line { .. }
            | Self::Character { .. }
            | Self::Length { .. }
            | Self::Place { .. }
            | Self::Missing { .. }
            | Self::Follows { .. }
            | Self::Mixed { .. }
            | Self::Content { .. } => Exit::Operator,
            Self::TooLong { .. } => Exit::Usage,
        }
    }
}
