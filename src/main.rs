//! The `rejoinder` binary: hands over to [`rejoinder::cli`].

fn main() {}
