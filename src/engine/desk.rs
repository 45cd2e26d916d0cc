//! The people in the room, as the engine sees them. `ui` puts a terminal behind this, a rehearsal
//! puts stand-ins behind it, a test whatever it likes.

use std::path::PathBuf;

use crate::custody::seal::Identities;
use crate::error::Diagnose;
use crate::error::Exit;
use crate::record::signing::SigningKey;
use crate::secret::Secret;

/// Something to be shown or read aloud.
#[derive(Clone, Copy, Debug)]
pub enum Say<'a> {
    /// The name of what begins.
    Title(&'a str),
    /// A step begins.
    Step {
        /// Its number.
        number: u32,
        /// How many there are.
        total: usize,
        /// Its sentence.
        sentence: &'a str,
    },
    /// Something that was found or made.
    Fact {
        /// What it is.
        name: &'a str,
        /// Its value.
        value: &'a str,
    },
    /// Something to know.
    Note(&'a str),
    /// Something that holds.
    Good(&'a str),
    /// Something that does not hold, and what to do.
    Trouble {
        /// What happened.
        message: &'a str,
        /// What to do.
        hint: Option<&'a str>,
    },
    /// A text to be read aloud.
    Aloud(&'a str),
}

/// What kind of answer a question wants.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Asks {
    /// A line of text.
    #[default]
    Line,
    /// A folder or a file.
    Path,
    /// The time of day in UTC.
    Time,
    /// Words of the fingerprint of an input's wrapping key, first and last from 1.
    Words(String, usize, usize),
    /// The check value of an input's AES wrapping key.
    CheckValue(String),
    /// What stands on a paper of that name, which one person has.
    Paper(String),
    /// One of these words.
    OneOf(Vec<&'static str>),
    /// The number of a bag; what a stand-in reads on it.
    Bag(String),
    /// A fact that people know from elsewhere; what a stand-in knows.
    Fact(String),
}

/// A question to somebody in the room.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Question {
    /// Its name in an answers file, as `4/medium/ben`.
    pub id: String,
    /// What is asked.
    pub text: String,
    /// Who answers, where it is one person.
    pub person: Option<String>,
    /// Whether the answer confirms something: in production only a person at the terminal can.
    pub confirms: bool,
    /// What kind of answer is wanted.
    pub asks: Asks,
}

impl Question {
    /// A question whose answer is a public fact, such as a path.
    pub fn input(id: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            text: text.into(),
            person: None,
            confirms: false,
            asks: Asks::Line,
        }
    }

    /// A question whose answer confirms something.
    pub fn confirmation(id: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            text: text.into(),
            person: None,
            confirms: true,
            asks: Asks::Line,
        }
    }

    /// Says what kind of answer is wanted.
    #[must_use]
    pub fn asks(mut self, asks: Asks) -> Self {
        self.asks = asks;
        self
    }

    /// Says who answers.
    #[must_use]
    pub fn to(mut self, person: &str) -> Self {
        self.person = Some(person.to_owned());
        self
    }
}

/// What somebody can do instead of the next step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Go {
    /// The step.
    On,
    /// Records an exception first.
    Exception,
    /// Stops here; the ceremony can be resumed.
    Halt,
    /// Ends the ceremony for good.
    Abort,
}

/// Something that only its owner has.
#[derive(Debug)]
pub enum Brought {
    /// A file of that path.
    File(PathBuf),
    /// The bytes themselves, typed on the private screen.
    Bytes(Secret),
    /// A stand-in's identities.
    Identities(Identities),
    /// A stand-in's signing key.
    Signing(SigningKey),
    /// The ssh-agent at that socket, which holds the signing key; none where no agent is named.
    Agent(Option<PathBuf>),
    /// Nothing, now.
    Later,
}

/// What is asked for that only its owner has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wanted {
    /// An age identity that opens a share.
    Identity,
    /// An OpenSSH signing key, or a signature made with it elsewhere.
    SigningKey,
}

/// What is wrong with a line that was typed. It never quotes it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wrong {
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeskError {
    /// Ctrl-C at a question.
    #[error("interrupted at the question `{id}`")]
    Interrupted {
        /// The question.
        id: String,
    },
    /// In place of an answer somebody tells that something goes otherwise than written.
    #[error("an exception was told at the question `{id}`, where none can be recorded")]
    Otherwise {
        /// The question.
        id: String,
    },
    /// The terminal is gone.
    #[error("the terminal was closed at the question `{id}`")]
    Closed {
        /// The question.
        id: String,
    },
    /// The terminal has no second screen that could be cleared.
    #[error("this terminal has no screen for one person: nothing secret is shown on it")]
    NoScreen,
    /// The screen is too small for what must be seen at once.
    #[error("the screen has {have} rows of {wide} columns; {rows} of {columns} are needed")]
    SmallScreen {
        /// Rows that are needed.
        rows: usize,
        /// Columns that are needed.
        columns: usize,
        /// Rows that there are.
        have: usize,
        /// Columns that there are.
        wide: usize,
    },
    /// Nobody is there to answer.
    #[error("nobody can answer `{id}`: standard input is not a terminal")]
    NoTerminal {
        /// The question.
        id: String,
        /// Whether an answers file may answer it.
        from_file: bool,
    },
}

impl Diagnose for DeskError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Interrupted { .. } | Self::Closed { .. } => {
                "what is recorded stays; `keyrite run … --resume` says what is done and goes on"
                    .to_owned()
            }
            Self::Otherwise { .. } => {
                "answer it; an exception is recorded between the first entry and the seal"
                    .to_owned()
            }
            Self::NoScreen => "leave out `--plain` and NO_COLOR, or write a file".to_owned(),
            Self::SmallScreen { .. } => "make the window larger or its letters smaller".to_owned(),
            Self::NoTerminal {
                id,
                from_file: true,
            } => {
                format!("run at a terminal, or give the answer with `--answers FILE` under `{id}`")
            }
            Self::NoTerminal {
                from_file: false, ..
            } => {
                "run at a terminal: this is a secret, or a confirmation that only a person can give"
                    .to_owned()
            }
        })
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Interrupted { .. } | Self::Closed { .. } => Exit::Halted,
            Self::NoTerminal { .. }
            | Self::Otherwise { .. }
            | Self::NoScreen
            | Self::SmallScreen { .. } => Exit::Operator,
        }
    }
}

/// Something secret that is typed line by line, each line checked at once.
pub trait ByLine {
    /// Which line is wanted now; nothing when all are in.
    fn wanted(&self) -> Option<String>;

    /// Takes a line, or says what is wrong with it.
    fn take(&mut self, line: &Secret) -> Result<(), String>;
}

/// The people in the room.
pub trait Desk {
    /// Shows something, or has it read aloud.
    fn say(&mut self, say: Say<'_>);

    /// Asks for one line of public text.
    fn ask(&mut self, question: &Question) -> Result<String, DeskError>;

    /// Asks yes or no.
    fn confirm(&mut self, question: &Question) -> Result<bool, DeskError>;

    /// Asks whether the step of that number is to be done now.
    fn go(&mut self, number: u32) -> Result<Go, DeskError>;

    /// Asks for something that only its owner has.
    fn bring(&mut self, question: &Question, wanted: Wanted) -> Result<Brought, DeskError>;

    /// Asks for a secret, without echo, on a screen for one person.
    fn secret(&mut self, question: &Question) -> Result<Secret, DeskError>;

    /// Has something secret typed in line by line, on a screen for one person. A wrong line is
    /// asked for again.
    fn type_in(&mut self, question: &Question, _lines: &mut dyn ByLine) -> Result<(), DeskError> {
        Err(DeskError::NoTerminal {
            id: question.id.clone(),
            from_file: false,
        })
    }

    /// Shows a secret text on a screen for one person, until he has read it; then nothing of it
    /// stays.
    fn reveal(&mut self, question: &Question, _text: &Secret) -> Result<(), DeskError> {
        Err(DeskError::NoTerminal {
            id: question.id.clone(),
            from_file: false,
        })
    }

    /// Whether there is a screen that one person sees alone and that keeps nothing.
    fn has_private_screen(&self) -> bool;

    /// Shows a secret text on such a screen until its person says that it is copied.
    fn show_alone(&mut self, question: &Question, text: &Secret) -> Result<(), DeskError>;

    /// Asks for a line from paper on such a screen, where its person sees what is typed; `wants`
    /// is what the line is called, `wrong` what was wrong with it just now.
    fn type_alone(
        &mut self,
        question: &Question,
        wants: &str,
        wrong: Option<&Wrong>,
    ) -> Result<Secret, DeskError>;

    /// Does long work while showing that it goes on.
    fn working(&mut self, what: &str, work: &mut dyn FnMut());

    /// Shows how far long work has come; nothing more is shown when all is done.
    fn progress(&mut self, _done: u64, _total: u64) {}

    /// Whether asking again can bring another answer.
    fn patient(&self) -> bool;

    /// Says that a text changes from run to run, so that transcripts can mask it.
    fn varies(&mut self, _text: &str) {}
}
