//! Reading a mail.
