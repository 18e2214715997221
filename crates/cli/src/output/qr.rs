//! QR codes for the terminal.

use super::{Failure, Outcome};
use qrcode::{EcLevel, QrCode, render::unicode::Dense1x2};

/// The text as a QR code of half-block characters. Light modules are drawn, so that it reads on a dark background;
/// most readers take the inverse as well.
pub fn qr(text: &str) -> Outcome<String> {
    let code =
        QrCode::with_error_correction_level(text, EcLevel::L).map_err(|e| Failure::fault("making a QR code", e))?;
    Ok(code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_fits_a_terminal() {
        let link = format!("https://chat.example.org:8443/i#{}", "A".repeat(66));
        let code = qr(&link).unwrap();
        assert!(code.lines().count() <= 24 && code.lines().all(|line| line.chars().count() <= 80), "\n{code}");
    }
}
