//! Making text from outside inert.
