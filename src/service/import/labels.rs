//! What Gmail's export calls the folders that matter here, in the languages in which it
//! does.

use crate::mail::parse::Mail;

/// Drafts, spam and what was thrown away.
pub(super) const UNWANTED: &[&str] = &[
    "drafts",
    "draft",
    "spam",
    "trash",
    "bin",
    "chat", // English
    "entwürfe",
    "papierkorb", // German
    "brouillons",
    "corbeille", // French
    "borradores",
    "papelera", // Spanish
    "bozze",
    "cestino", // Italian
    "rascunhos",
    "lixeira",
    "lixo", // Portuguese
    "concepten",
    "prullenbak", // Dutch
    "wersje robocze",
    "kosz", // Polish
    "utkast",
    "papperskorgen",
    "papirkurv",
    "kladder", // Nordic
    "черновики",
    "корзина",
    "спам", // Russian
];

/// Sent mail.
pub(super) const SENT: &[&str] = &[
    "sent",
    "gesendet",
    "messages envoyés",
    "envoyés",
    "enviados",
    "inviati",
    "posta inviata",
    "verzonden",
    "wysłane",
    "skickat",
    "sendt",
    "отправленные",
];

/// Whether a mail has one of the labels.
pub(super) fn has_label(mail: &Mail, labels: &[&str]) -> bool {
    mail.gmail_labels
        .iter()
        .any(|label| labels.contains(&label.to_lowercase().as_str()))
}
