//! `nightlatch rules explain-code`: what the code of a message means.

use std::process::ExitCode;

use nightlatch_engine::{code_page, codes};

use crate::terminal::{self, complain};

/// Prints the page of a code; without one, all codes.
pub(super) fn run(code: Option<&str>) -> ExitCode {
    let Some(code) = code else {
        for (code, title) in codes() {
            if !terminal::print_line(&format!("{code}  {title}")) {
                break;
            }
        }
        return ExitCode::SUCCESS;
    };
    match code_page(&code.to_ascii_uppercase()) {
        Some(page) => {
            terminal::print(page);
            ExitCode::SUCCESS
        }
        None => complain(&format!(
            "there is no code {code}; `nightlatch rules explain-code` lists them"
        )),
    }
}
