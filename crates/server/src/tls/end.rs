//! When a certificate ends: the one field of X.509 (RFC 5280 section 4.1) that rustls doesn't tell.

use der::{
    Decode, Reader, SliceReader, Tag,
    asn1::{GeneralizedTime, UtcTime},
};

/// `notAfter`, in seconds since 1970. Nothing is verified: rustls has taken the certificate, or will refuse it.
pub fn ends_at(certificate: &[u8]) -> der::Result<i64> {
    let mut reader = SliceReader::new(certificate)?;
    reader.sequence(|certificate| {
        let ends_at = certificate.sequence(|signed| {
            // The version, which may be absent.
            if signed.peek_tag()?.is_context_specific() {
                signed.tlv_bytes()?;
            }
            let (_serial, _algorithm, _issuer) = (signed.tlv_bytes()?, signed.tlv_bytes()?, signed.tlv_bytes()?);
            let ends_at = signed.sequence(|validity| {
                let _begins = validity.tlv_bytes()?;
                let since_1970 = match validity.peek_tag()? {
                    Tag::UtcTime => UtcTime::decode(validity)?.to_unix_duration(),
                    _ => GeneralizedTime::decode(validity)?.to_unix_duration(),
                };
                Ok(i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX))
            })?;
            skip(signed)?;
            Ok(ends_at)
        })?;
        skip(certificate)?;
        Ok(ends_at)
    })
}

fn skip<'a>(reader: &mut impl Reader<'a>) -> der::Result<()> {
    while !reader.is_finished() {
        reader.tlv_bytes()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    #[test]
    fn the_end_is_read_in_both_forms_of_time() {
        for (year, seconds) in [(2031, 1_924_992_000), (2061, 2_871_763_200)] {
            let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
            params.not_after = date_time_ymd(year, 1, 1);
            let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
            assert_eq!(ends_at(certificate.der()).unwrap(), seconds);
        }
        assert!(ends_at(b"no certificate").is_err());
        assert!(ends_at(&[]).is_err());
    }
}
