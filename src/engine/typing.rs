//! What one person types from paper on a screen of their own, each line looked at at once.

use crate::custody::card::entry::Entry;
use crate::engine::bench::Bench;
use crate::engine::desk::Question;
use crate::engine::desk::Wrong;
use crate::engine::error::EngineError;
use crate::error::Diagnose as _;
use crate::secret::Secret;

/// Something that is typed line by line.
pub trait Typing {
    /// What the next line is called; nothing when all are in.
    fn wants(&self) -> Option<String>;

    /// Takes a line, or says what is wrong with it. The error never quotes what was typed.
    fn line(&mut self, line: &Secret) -> Result<(), EngineError>;
}

/// Has one person type all of it. A line that is wrong is asked for again, where somebody is there
/// to type it.
pub fn typed(
    bench: &mut Bench<'_, '_>,
    question: &Question,
    typing: &mut dyn Typing,
) -> Result<(), EngineError> {
    let mut wrong = None;
    while let Some(wants) = typing.wants() {
        let line = bench.answered(|desk| desk.type_alone(question, &wants, wrong.as_ref()))?;
        wrong = match typing.line(&line) {
            Ok(()) => None,
            Err(error) if bench.room.desk.patient() => Some(Wrong {
                message: error.to_string(),
                hint: error.hint(),
            }),
            Err(error) => return Err(error),
        };
    }
    Ok(())
}

/// A card of a share.
pub struct CardTyping(pub Entry);

impl Typing for CardTyping {
    fn wants(&self) -> Option<String> {
        let wanted = self.0.wanted();
        match self.0.lines() {
            _ if self.0.complete() => None,
            Some(lines) => Some(format!("line {wanted} of {lines}")),
            None => Some(format!("line {wanted}")),
        }
    }

    fn line(&mut self, line: &Secret) -> Result<(), EngineError> {
        let taken = self.0.line(line.expose());
        Ok(taken.map_err(crate::custody::error::ShareError::from)?)
    }
}
