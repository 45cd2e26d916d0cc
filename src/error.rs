//! How things end: the one table of exit codes, and what every error says besides its message.

/// How a command ends. The table in `README.md` is printed from this type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Exit {
    /// Everything asked for was done and recorded.
    Done = 0,
    /// A person can put it right and repeat the command.
    Operator = 1,
    /// The command line is wrong, or asks for something that is not built.
    Usage = 2,
    /// The script is refused; nothing was touched.
    Script = 3,
    /// Stopped part-way; the record says where to resume.
    Halted = 4,
    /// A key, share, record or log is not what it claims: treat it as an incident.
    Integrity = 5,
    /// The token or its module refused or vanished.
    Device = 6,
    /// A bug in this program.
    Internal = 70,
}

impl Exit {
    /// Every way to end, in the order of its code.
    pub const ALL: [Self; 8] = [
        Self::Done,
        Self::Operator,
        Self::Usage,
        Self::Script,
        Self::Halted,
        Self::Integrity,
        Self::Device,
        Self::Internal,
    ];

    /// The process's exit code.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// One sentence for the table of exit codes.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done; what was asked for holds",
            Self::Operator => {
                "a person can put it right (an input is missing, a signature is outstanding)"
            }
            Self::Usage => "the command line is wrong, or asks for something that is not built",
            Self::Script => "the script is refused; nothing was touched",
            Self::Halted => "halted; the record says where `run --resume` goes on",
            Self::Integrity => "integrity: a key, share, record or log is not what it claims",
            Self::Device => "the token or its module failed",
            Self::Internal => "a bug in keyrite",
        }
    }
}

/// What an error says besides its message.
pub trait Diagnose: std::error::Error {
    /// One sentence naming the next action, for the person at the keyboard.
    fn hint(&self) -> Option<String> {
        None
    }

    /// The class of the failure.
    fn exit(&self) -> Exit;
}
