//! How mail programs mark quotes and signatures in their html.
//!
//! Each rule names the program it was seen in. Programs prefix foreign names when they
//! quote (`x_` by Outlook, `ecx` by Hotmail, `yiv...` by Yahoo), so nothing here is found
//! in what is quoted twice, which is as well: the outer rule has it already.

/// What a container tells about the text in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Container {
    /// All of it is quoted.
    Quote,
    /// It and everything after it is quoted.
    QuoteFromHere,
    /// It holds the attribution, then a block quote, then perhaps new text.
    Attributed,
    /// It is the attribution line.
    Attribution,
    /// It is the signature.
    Signature,
}

/// Class names, compared whole and without case.
const CLASSES: &[(&str, Container)] = &[
    // Gmail: attribution and quote in one element; answers below stand in it as well.
    ("gmail_quote", Container::Attributed),
    ("gmail_quote_container", Container::Attributed),
    ("gmail_extra", Container::Attributed),
    ("gmail_attr", Container::Attribution),
    ("gmail_signature", Container::Signature),
    ("gmail_signature_prefix", Container::Signature),
    // Thunderbird, Postbox, SeaMonkey.
    ("moz-cite-prefix", Container::Attribution),
    ("moz-email-headers-table", Container::QuoteFromHere),
    ("moz-forward-container", Container::Quote),
    ("moz-signature", Container::Signature),
    ("moz-txt-sig", Container::Signature),
    // Yahoo.
    ("yahoo_quoted", Container::Quote),
    ("yahoo-quoted-begin", Container::Attribution),
    // Proton, Tuta.
    ("protonmail_quote", Container::Attributed),
    ("protonmail_signature_block", Container::Signature),
    ("tutanota_quote", Container::Quote),
    // Zoho, Zimbra, Roundcube, SOGo.
    ("zmail_extra", Container::Attributed),
    ("zmail_extra_hr", Container::QuoteFromHere),
    ("zimbra-quote", Container::Quote),
    // Front, Missive, Superhuman, Spark, Newton, HEY, Mimestream.
    ("front-quote", Container::Quote),
    ("front-blockquote", Container::Quote),
    ("missive_quote", Container::Quote),
    ("sh-quoted-content", Container::Quote),
    ("cm_quote", Container::Quote),
    ("trix-content-quote", Container::Quote),
    ("cloudmagic-quoted", Container::Quote),
    ("mail_android_quote", Container::Quote),
    // Outlook for phones.
    ("ms-outlook-mobile-reference-message", Container::Quote),
    ("ms-outlook-mobile-signature", Container::Signature),
    // NetEase, QQ and Foxmail.
    ("ntes-mailmaster-quote", Container::Quote),
    ("qmbox-quote", Container::Quote),
    // Freshdesk, Zendesk, Help Scout, HubSpot.
    ("freshdesk_quote", Container::Quote),
    ("zendesk-quote", Container::Quote),
    ("quotedhelpscout", Container::Quote),
    ("hs_quote", Container::Quote),
];

/// Values of `id`, compared without case.
const IDS: &[(&str, Container)] = &[
    // Outlook on the web and the new Outlook.
    ("divrplyfwdmsg", Container::QuoteFromHere),
    ("appendonsend", Container::QuoteFromHere),
    ("mail-editor-reference-message-container", Container::Quote),
    ("ms-outlook-mobile-signature", Container::Signature),
    ("signature", Container::Signature),
    // Outlook for the Mac.
    ("olk_src_body_section", Container::Quote),
    ("mac_outlook_signature", Container::Signature),
    // Hotmail.
    ("stopspelling", Container::QuoteFromHere),
    // Zimbra.
    ("zwchr", Container::QuoteFromHere),
    // Apple Mail, iOS.
    ("applemailsignature", Container::Signature),
    ("linebreakatbeginningofsignature", Container::Signature),
    // Zoho.
    ("blockquote_zmail", Container::Quote),
    // NetEase.
    ("isreplycontent", Container::Quote),
    ("ntes-pcmail-quote", Container::Quote),
    // Roundcube.
    ("replybody1", Container::Quote),
    ("reply-intro", Container::Attribution),
    ("_rc_sig", Container::Signature),
    // Samsung Mail.
    ("composer_signature", Container::Signature),
    // Freshdesk and others.
    ("orig_mail", Container::Quote),
];

/// Values of `name` and of the `data-` attributes that mark parts.
const NAMES: &[(&str, Container)] = &[
    // Spark.
    ("messagereplysection", Container::Quote),
    ("messagesignaturesection", Container::Signature),
    // Gmail, Windows Mail.
    ("gmail_signature", Container::Signature),
    // Zimbra.
    ("__divider__", Container::QuoteFromHere),
    ("__sig_post__", Container::Signature),
    ("__sig_pre__", Container::Signature),
    // mail.ru.
    ("mailru-signature", Container::Signature),
    // Samsung and others: attribute `signature`.
    ("signatureblock", Container::Signature),
];

fn find(table: &[(&str, Container)], name: &str) -> Option<Container> {
    table
        .iter()
        .find(|(known, _)| name.eq_ignore_ascii_case(known))
        .map(|(_, container)| *container)
}

/// What the element is, by its attributes.
#[must_use]
pub fn container(class: &str, id: &str, name: &str) -> Option<Container> {
    if class.is_empty() && id.is_empty() && name.is_empty() {
        return None;
    }
    find(IDS, id)
        .or_else(|| {
            class
                .split_ascii_whitespace()
                .take(16)
                .find_map(|class| find(CLASSES, class))
        })
        .or_else(|| find(NAMES, name))
        // Yahoo numbers its containers.
        .or_else(|| {
            (id.len() > 13
                && id
                    .get(..13)
                    .is_some_and(|s| s.eq_ignore_ascii_case("yahoo_quoted_")))
            .then_some(Container::Quote)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_known_by_class_id_and_name() {
        assert_eq!(
            container("a gmail_quote", "", ""),
            Some(Container::Attributed)
        );
        assert_eq!(
            container("", "divRplyFwdMsg", ""),
            Some(Container::QuoteFromHere)
        );
        assert_eq!(
            container("", "yahoo_quoted_0815", ""),
            Some(Container::Quote)
        );
        assert_eq!(
            container("", "", "messageReplySection"),
            Some(Container::Quote)
        );
        assert_eq!(container("gmail_quoted", "", ""), None);
    }
}
