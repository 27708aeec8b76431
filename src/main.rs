//! The `rejoinder` binary: hands over to [`rejoinder::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    rejoinder::cli::main()
}
