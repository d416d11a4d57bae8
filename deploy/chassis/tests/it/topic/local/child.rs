//! This test binary as another process: a test that is ignored plays the part.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// Tells the child which folder to work on.
const FOLDER: &str = "TOPIC_TEST_FOLDER";

/// A child that is killed when it is dropped.
pub(super) struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts the ignored test `part` of this module's siblings on `folder`.
    pub(super) fn start(part: &str, folder: &Path) -> Self {
        Self::start_with_bug(part, folder, "")
    }

    /// Starts it with a bug on purpose, which only a build with the feature `seeded-bugs` has.
    pub(super) fn start_with_bug(part: &str, folder: &Path, bug: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                &format!("topic::local::{part}"),
                "--ignored",
                "--nocapture",
            ])
            .env(FOLDER, folder)
            .env("NIGHTLATCH_SEEDED_BUG", bug)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Returns the next line that the child says, without what the test harness says.
    pub(super) fn line(&mut self) -> Option<String> {
        loop {
            let line = self.lines.next()?.ok()?;
            if let Some((_, said)) = line.split_once("child: ") {
                return Some(said.to_owned());
            }
        }
    }

    /// Kills it as nothing can resist, and returns what it had still said.
    pub(super) fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::iter::from_fn(|| self.line()).collect()
    }

    /// Waits until it has ended by itself.
    pub(super) fn end(mut self) {
        while self.line().is_some() {}
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// In the child: the folder to work on; none when it was not started as one.
pub(super) fn folder() -> Option<std::path::PathBuf> {
    std::env::var_os(FOLDER).map(Into::into)
}

/// In the child: says a line to the parent.
pub(super) fn say(line: &str) {
    let mut parent = std::io::stdout().lock();
    writeln!(parent, "child: {line}").unwrap();
}
