//! A text as a QR code in half blocks: two modules of height in one row, dark on light
//! whatever the terminal's colours are, because the blocks are the light ones.

use qrcodegen::{QrCode, QrCodeEcc};

/// Light modules around it that a scanner wants.
const QUIET: i32 = 2;

/// The rows of the code; none for a text that is too long for one.
#[must_use]
pub fn rows(text: &str) -> Option<Vec<String>> {
    let code = QrCode::encode_text(text, QrCodeEcc::Low).ok()?;
    let (from, to) = (-QUIET, code.size() + QUIET);
    let light = |x: i32, y: i32| y < to && !code.get_module(x, y);
    let mut rows = Vec::new();
    let mut y = from;
    while y < to {
        let row = (from..to).map(|x| match (light(x, y), light(x, y + 1)) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        });
        rows.push(row.collect());
        y += 2;
    }
    Some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consent_address_fits_a_large_terminal_and_its_corners_are_finders() {
        let rows = rows(&"https://accounts.google.com/o/oauth2/auth?x=".repeat(9)).unwrap();
        let width = rows[0].chars().count();
        assert!(width <= 80 && rows.len() <= 40, "{width}x{}", rows.len());
        assert!(rows.iter().all(|row| row.chars().count() == width));
        // The quiet rows, then the finder's upper edge: dark, seven modules long.
        assert_eq!(rows[0], "█".repeat(width));
        assert!(rows[1].starts_with("██ ▄▄▄▄▄ █"), "{}", rows[1]);
    }
}
