//! Has the crate built anew when the web pages were.

use std::path::Path;

fn main() {
    // A path that is not there would have it built anew each time, so until then the folder around it is
    // looked at.
    let built = "ui/dist";
    let watched = if Path::new(built).exists() {
        built
    } else {
        "ui"
    };
    println!("cargo::rerun-if-changed={watched}");
}
