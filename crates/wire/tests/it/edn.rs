//! As much of CBOR's diagnostic notation (RFC 8610 appendix G) as the example messages use, written out as deterministic CBOR.

use minicbor::Encoder;

/// The CBOR of a text in diagnostic notation.
pub fn to_cbor(text: &str) -> Vec<u8> {
    let mut reader = Reader { chars: text.chars().collect(), at: 0 };
    let value = reader.value();
    reader.blank();
    assert_eq!(reader.at, reader.chars.len(), "text after the value");
    value
}

struct Reader {
    chars: Vec<char>,
    at: usize,
}

fn encoded(write: impl FnOnce(&mut Encoder<Vec<u8>>)) -> Vec<u8> {
    let mut e = Encoder::new(Vec::new());
    write(&mut e);
    e.into_writer()
}

impl Reader {
    fn peek(&self) -> char {
        self.chars.get(self.at).copied().unwrap_or('\0')
    }

    fn next(&mut self) -> char {
        self.at += 1;
        self.chars[self.at - 1]
    }

    /// Skips spaces, commas and comments.
    fn blank(&mut self) {
        loop {
            match self.peek() {
                ' ' | '\n' | '\r' | '\t' | ',' => self.at += 1,
                '#' => {
                    while !matches!(self.peek(), '\n' | '\0') {
                        self.at += 1
                    }
                }
                '/' => {
                    self.at += 1;
                    while self.next() != '/' {}
                }
                _ => return,
            }
        }
    }

    fn accept(&mut self, c: char) -> bool {
        self.blank();
        let found = self.peek() == c;
        self.at += usize::from(found);
        found
    }

    fn quoted(&mut self, quote: char) -> String {
        let mut text = String::new();
        loop {
            match self.next() {
                '\\' => text.push(match self.next() {
                    'n' => '\n',
                    c => c,
                }),
                c if c == quote => return text,
                c => text.push(c),
            }
        }
    }

    fn word(&mut self) -> String {
        let start = self.at;
        while self.peek().is_ascii_alphanumeric() || self.peek() == '-' {
            self.at += 1;
        }
        self.chars[start..self.at].iter().collect()
    }

    /// A text or a byte string, with what `+` adds to it.
    fn string(&mut self, quote: char) -> String {
        let mut text = self.quoted(quote);
        while self.accept('+') {
            assert!(self.accept(quote));
            text += &self.quoted(quote);
        }
        text
    }

    fn values(&mut self, end: char) -> Vec<Vec<u8>> {
        let mut values = Vec::new();
        while !self.accept(end) {
            values.push(self.value());
            self.accept(':');
        }
        values
    }

    fn value(&mut self) -> Vec<u8> {
        self.blank();
        match self.peek() {
            '[' => {
                self.at += 1;
                let items = self.values(']');
                [
                    encoded(|e| {
                        e.array(items.len() as u64).unwrap();
                    }),
                    items.concat(),
                ]
                .concat()
            }
            '{' => {
                self.at += 1;
                let items = self.values('}');
                [
                    encoded(|e| {
                        e.map(items.len() as u64 / 2).unwrap();
                    }),
                    items.concat(),
                ]
                .concat()
            }
            '"' => {
                self.at += 1;
                let text = self.string('"');
                encoded(|e| {
                    e.str(&text).unwrap();
                })
            }
            '\'' => {
                self.at += 1;
                let text = self.string('\'');
                encoded(|e| {
                    e.bytes(text.as_bytes()).unwrap();
                })
            }
            'h' => {
                self.at += 2;
                let text = self.quoted('\'');
                let uncommented = text.lines().filter_map(|line| line.split('#').next());
                let digits: String = uncommented.flat_map(str::chars).filter(|c| !c.is_whitespace()).collect();
                let bytes: Vec<u8> = digits
                    .as_bytes()
                    .chunks(2)
                    .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
                    .collect();
                encoded(|e| {
                    e.bytes(&bytes).unwrap();
                })
            }
            _ => match self.word().as_str() {
                "null" => encoded(|e| {
                    e.null().unwrap();
                }),
                "true" => encoded(|e| {
                    e.bool(true).unwrap();
                }),
                "false" => encoded(|e| {
                    e.bool(false).unwrap();
                }),
                number => encoded(|e| {
                    e.i64(number.parse().unwrap_or_else(|_| panic!("{number:?}"))).unwrap();
                }),
            },
        }
    }
}
