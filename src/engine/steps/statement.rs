//! A text is read aloud and answered.

use crate::domain::record::Answer;
use crate::domain::record::Counted;
use crate::domain::record::Did;
use crate::domain::script::At;
use crate::domain::script::Id;
use crate::domain::script::Statement;
use crate::engine::bench::Bench;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;

pub(super) fn read(
    bench: &mut Bench<'_, '_>,
    n: u32,
    statement: &Statement,
) -> Result<Done, EngineError> {
    bench.room.desk.say(Say::Aloud(statement.text.as_str()));
    let counts: Vec<Counted> = statement.counts.iter().map(|it| it.recorded()).collect();
    for count in &counts {
        bench.room.desk.say(Say::Fact {
            name: "used",
            value: &count.words(),
        });
    }
    let answers = answers(bench, n, &statement.by, ("agrees", "do you agree?"))?;
    Ok(Did::Statement {
        text: statement.text.as_str().to_owned(),
        answers,
        counts,
    }
    .into())
}

/// Asks each of them; whoever says no is asked for words of his own.
pub(super) fn answers(
    bench: &mut Bench<'_, '_>,
    n: u32,
    people: &[At<Id>],
    (word, asked): (&str, &str),
) -> Result<Vec<Answer>, EngineError> {
    let mut answers = Vec::new();
    for id in people {
        let name = bench.name(id.as_str());
        let question =
            Question::confirmation(format!("{n}/{word}/{id}"), format!("{name}: {asked}"))
                .to(id.as_str());
        let agrees = bench.confirm(&question)?;
        let words = if agrees {
            None
        } else {
            let question = Question::input(
                format!("{n}/words/{id}"),
                format!("{name}, in your own words:"),
            )
            .to(id.as_str());
            Some(bench.line(&question)?)
        };
        answers.push(Answer {
            person: id.to_string(),
            agrees,
            words,
        });
    }
    Ok(answers)
}
