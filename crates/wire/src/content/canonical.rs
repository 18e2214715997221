//! Checks that bytes are one CBOR item in deterministic encoding (RFC 8949 section 4.2.1), without decoding it.

use super::ContentError;

/// Levels of arrays, maps and tags in a message. The draft's shape needs 8 (the container, and for four levels of parts an
/// array each and the lists between them); the rest is for the values of extensions.
const MAX_DEPTH: usize = 24;

/// `bytes` is exactly one item, encoded deterministically.
pub(super) fn check(bytes: &[u8]) -> Result<(), ContentError> {
    let mut reader = Reader { bytes, at: 0 };
    reader.item(0)?;
    if reader.at == bytes.len() { Ok(()) } else { Err(malformed("bytes after its end")) }
}

fn malformed(why: &str) -> ContentError {
    ContentError::Malformed(why.to_owned())
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: u64) -> Result<&'a [u8], ContentError> {
        let rest = &self.bytes[self.at..];
        let count =
            usize::try_from(count).ok().filter(|&n| n <= rest.len()).ok_or_else(|| malformed("it is cut off"))?;
        self.at += count;
        Ok(&rest[..count])
    }

    fn uint(&mut self, size: u64) -> Result<u64, ContentError> {
        Ok(self.take(size)?.iter().fold(0, |value, &byte| value << 8 | u64::from(byte)))
    }

    /// Reads the argument of an initial byte, in its shortest form.
    fn argument(&mut self, info: u8) -> Result<u64, ContentError> {
        let (value, least) = match info {
            0..=23 => return Ok(u64::from(info)),
            24 => (self.uint(1)?, 24),
            25 => (self.uint(2)?, 1 << 8),
            26 => (self.uint(4)?, 1 << 16),
            27 => (self.uint(8)?, 1 << 32),
            31 => return Err(ContentError::NotDeterministic),
            _ => return Err(malformed("a reserved CBOR head")),
        };
        if value < least { Err(ContentError::NotDeterministic) } else { Ok(value) }
    }

    fn item(&mut self, depth: usize) -> Result<(), ContentError> {
        if depth > MAX_DEPTH {
            return Err(ContentError::TooLarge { what: "levels of nesting", limit: MAX_DEPTH });
        }
        let head = self.take(1)?[0];
        let (major, info) = (head >> 5, head & 31);
        if major == 7 {
            return self.simple(info);
        }
        let argument = self.argument(info)?;
        match major {
            0 | 1 => {}
            2 => {
                self.take(argument)?;
            }
            3 => {
                std::str::from_utf8(self.take(argument)?).map_err(|_| malformed("a text isn't UTF-8"))?;
            }
            // A long count without items ends at the first missing one: nothing is reserved for it.
            4 => (0..argument).try_for_each(|_| self.item(depth + 1))?,
            5 => {
                let mut previous: Option<&[u8]> = None;
                for _ in 0..argument {
                    let start = self.at;
                    self.item(depth + 1)?;
                    let key = &self.bytes[start..self.at];
                    if previous.is_some_and(|previous| previous >= key) {
                        return Err(ContentError::NotDeterministic);
                    }
                    previous = Some(key);
                    self.item(depth + 1)?;
                }
            }
            _ => self.item(depth + 1)?,
        }
        Ok(())
    }

    fn simple(&mut self, info: u8) -> Result<(), ContentError> {
        let shortest = match info {
            0..=23 => true,
            24 => {
                if self.uint(1)? < 32 {
                    return Err(malformed("a reserved simple value"));
                }
                true
            }
            25 => {
                self.take(2)?;
                true
            }
            26 => {
                let bits = u32::try_from(self.uint(4)?).expect("four bytes");
                !fits_half(bits)
            }
            27 => {
                let wide = f64::from_bits(self.uint(8)?);
                (wide as f32) as f64 != wide && !wide.is_nan()
            }
            31 => false,
            _ => return Err(malformed("a reserved CBOR head")),
        };
        if shortest { Ok(()) } else { Err(ContentError::NotDeterministic) }
    }
}

/// Whether a single-precision number has a half-precision form of the same value.
fn fits_half(bits: u32) -> bool {
    let (exponent, mantissa) = ((bits >> 23 & 0xff) as i32 - 127, bits & 0x7f_ffff);
    match exponent {
        -127 => mantissa == 0,
        128 => true,
        -14..=15 => mantissa & 0x1fff == 0,
        // Subnormal in half precision: the value has to be a multiple of 2^-24.
        -24..=-15 => (mantissa | 0x80_0000).trailing_zeros() as i32 >= -1 - exponent,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_form_is_accepted_and_longer_ones_are_refused() {
        for good in [
            &[0x17][..],
            &[0x18, 24],
            &[0x19, 1, 0],
            &[0x1a, 0, 1, 0, 0],
            &[0x1b, 0, 0, 0, 1, 0, 0, 0, 0],
            &[0x20],
            &[0x41, 0],
            &[0x61, b'a'],
            &[0x82, 1, 2],
            &[0xa2, 1, 0, 0x20, 0],
            &[0xc1, 0],
            &[0xf6],
            &[0xf8, 32],
            &[0xf9, 0x3c, 0],
            &[0xfa, 0x47, 0xc3, 0x50, 0x00],
            &[0xfb, 0x3f, 0xf1, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a],
        ] {
            assert_eq!(check(good), Ok(()), "{good:x?}");
        }
        for long in [
            &[0x18, 23][..],
            &[0x19, 0, 255],
            &[0x1a, 0, 0, 255, 255],
            &[0x1b, 0, 0, 0, 0, 255, 255, 255, 255],
            &[0x58, 1, 0],
            &[0x5f, 0xff],
            &[0x9f, 0xff],
            &[0xbf, 0xff],
            &[0xa2, 0x20, 0, 1, 0],
            &[0xa2, 1, 0, 1, 0],
            &[0xfa, 0x3f, 0x80, 0, 0],
            &[0xfa, 0x33, 0x80, 0, 0],
            &[0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0],
            &[0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
        ] {
            assert_eq!(check(long), Err(ContentError::NotDeterministic), "{long:x?}");
        }
        for bad in [
            &[][..],
            &[0x42, 0],
            &[0x61, 0xff],
            &[0x82, 1],
            &[0xf8, 31],
            &[0x1c],
            &[0, 0],
            &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255],
        ] {
            assert!(matches!(check(bad), Err(ContentError::Malformed(_))), "{bad:x?}");
        }
    }

    #[test]
    fn half_precision_is_recognised_for_every_half() {
        // Every finite half, widened by hand, fits; the next single above it doesn't.
        for half in 0u32..0x7c00 {
            let (exponent, mantissa) = (half >> 10, half & 0x3ff);
            let value = if exponent == 0 {
                mantissa as f32 * 2f32.powi(-24)
            } else {
                (1.0 + mantissa as f32 / 1024.0) * 2f32.powi(exponent as i32 - 15)
            };
            assert!(fits_half(value.to_bits()), "{value}");
            assert!(!fits_half(value.to_bits() + 1), "{value}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_before_it_costs_anything() {
        assert!(matches!(check(&[0x81; 100_000]), Err(ContentError::TooLarge { .. })));
    }
}
