//! `sharks split K N` reads a secret and prints its shares; `sharks combine K` reads shares and prints
//! the secret. All of it is hexadecimal, a line each.

use std::io::Read as _;
use std::process::ExitCode;

use sharks::Share;
use sharks::Sharks;

fn main() -> ExitCode {
    match work() {
        Ok(lines) => {
            for line in lines {
                println!("{}", hex(&line));
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn work() -> Result<Vec<Vec<u8>>, String> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| error.to_string())?;
    let lines: Vec<Vec<u8>> = text
        .lines()
        .map(|line| unhex(line).ok_or_else(|| "no hexadecimal digits".to_owned()))
        .collect::<Result<_, _>>()?;
    let number = |place: usize| -> Result<u8, String> {
        let word = words.get(place).ok_or("a number is missing")?;
        word.parse().map_err(|_| format!("{word} is no number"))
    };
    match words.first().map(String::as_str) {
        Some("split") => {
            let secret = lines.first().ok_or("no secret")?;
            let shares = usize::from(number(2)?);
            let dealer = Sharks(number(1)?).dealer(secret);
            Ok(dealer.take(shares).map(|share| Vec::from(&share)).collect())
        }
        Some("combine") => {
            let shares: Vec<Share> = lines
                .iter()
                .map(|line| Share::try_from(line.as_slice()).map_err(str::to_owned))
                .collect::<Result<_, _>>()?;
            let secret = Sharks(number(1)?).recover(&shares).map_err(str::to_owned)?;
            Ok(vec![secret])
        }
        _ => Err("split or combine".to_owned()),
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}
