//! One column of a CSV file, read as if each row were a line of a log.

use std::io;
use std::io::BufRead;
use std::io::Read;

/// What stands in one column, a line for each row; nothing of it is held.
pub(super) struct Table<S> {
    source: S,
    /// The column's number, from 0, and the one that is read.
    wanted: usize,
    column: usize,
    /// Within quotes; after a quote that ends them or stands for itself.
    quoted: bool,
    after_quote: bool,
}

/// The longest first line.
const HEADER: u64 = 64 << 10;

/// Which of the columns it is, where the first line, as far as the source has it at hand, names it.
pub(super) fn column(source: &mut dyn BufRead, column: Option<&str>) -> io::Result<Option<usize>> {
    let bytes = source.fill_buf()?;
    let Some(column) = column else {
        return Ok(None);
    };
    let head = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let named = |name: &[u8]| {
        let name = name.trim_ascii();
        let open = name.strip_prefix(b"\"").unwrap_or(name);
        let name = open.strip_suffix(b"\"").unwrap_or(open);
        name.eq_ignore_ascii_case(column.as_bytes())
    };
    Ok(line.split(|byte| *byte == b',').position(named))
}

impl<S: BufRead> Table<S> {
    /// Behind the first line.
    pub(super) fn of(mut source: S, wanted: usize) -> io::Result<Self> {
        let mut header = Vec::new();
        (&mut source).take(HEADER).read_until(b'\n', &mut header)?;
        Ok(Self {
            source,
            wanted,
            column: 0,
            quoted: false,
            after_quote: false,
        })
    }

    /// What a byte of the file is in the line.
    fn byte(&mut self, byte: u8) -> Option<u8> {
        let again = std::mem::take(&mut self.after_quote);
        match byte {
            b'"' if again => {
                // Two quotes within quotes are one.
                self.quoted = true;
                (self.column == self.wanted).then_some(byte)
            }
            b'"' => {
                self.after_quote = self.quoted;
                self.quoted = !self.quoted;
                None
            }
            b',' if !self.quoted => {
                self.column += 1;
                None
            }
            b'\n' if !self.quoted => {
                self.column = 0;
                Some(byte)
            }
            // A line of the log has no line break in it.
            b'\n' | b'\r' => None,
            _ => (self.column == self.wanted).then_some(byte),
        }
    }
}

impl<S: BufRead> Read for Table<S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written == 0 && !into.is_empty() {
            let bytes = self.source.fill_buf()?;
            if bytes.is_empty() {
                break;
            }
            let now = bytes.len().min(into.len());
            let piece = bytes.get(..now).unwrap_or_default().to_vec();
            self.source.consume(now);
            for byte in piece {
                if let Some(byte) = self.byte(byte)
                    && let Some(place) = into.get_mut(written)
                {
                    *place = byte;
                    written += 1;
                }
            }
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(table: &str) -> String {
        let mut source = table.as_bytes();
        let place = column(&mut source, Some("eventJson")).unwrap().unwrap();
        let mut all = String::new();
        Table::of(source, place)
            .unwrap()
            .read_to_string(&mut all)
            .unwrap();
        all
    }

    #[test]
    fn a_column_is_read_whatever_stands_in_the_others() {
        assert_eq!(
            cells(
                "eventTime,eventjson,x\r\n\"a,\"\"b\",\"{\"\"a\"\":\"\"b,c\"\"}\",\"d\ne\"\r\n,{},\n"
            ),
            "{\"a\":\"b,c\"}\n{}\n"
        );
        assert_eq!(cells("\"eventJson\"\n\"{\"\"a\"\":\n1}\"\n"), "{\"a\":1}\n");
    }

    #[test]
    fn a_table_is_told_from_what_is_none() {
        let place = |text: &str| column(&mut text.as_bytes(), Some("eventJson")).unwrap();
        assert_eq!(place("a,eventJson\n"), Some(1));
        assert_eq!(place("\u{feff}\"eventjson\"\r\n"), Some(0));
        for text in [
            "{\"eventJson\":1}\n",
            "[\n1]",
            "",
            "\n",
            "eventTime,eventName\n",
        ] {
            assert_eq!(place(text), None);
        }
        assert_eq!(column(&mut &b"eventJson\n"[..], None).unwrap(), None);
    }
}
