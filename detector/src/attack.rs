//! What MITRE ATT&CK says of the techniques that the managed rules name.

/// A line a technique: its id, its name and its tactics with commas between. Lines that begin with
/// `#` say which version of ATT&CK it is, and whose.
const TABLE: &str = include_str!("../rules/attack.tsv");

/// A technique of ATT&CK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Technique {
    /// Its id, such as `T1110` or `T1110.001`.
    pub id: &'static str,
    /// Its name; that of a sub-technique does not repeat its parent's.
    pub name: &'static str,
    /// What it is for, as tags write it, such as `credential-access`.
    pub tactics: Vec<&'static str>,
}

impl Technique {
    /// The technique that this one is a part of.
    pub fn parent(&self) -> Option<&'static str> {
        self.id.split_once('.').map(|(parent, _)| parent)
    }

    /// Its page.
    pub fn link(&self) -> String {
        let path = self.id.replace('.', "/");
        format!("https://attack.mitre.org/techniques/{path}/")
    }
}

/// Returns the techniques that the managed rules name, and their parents, by id.
pub fn techniques() -> Vec<Technique> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(technique).collect()
}

fn technique(line: &'static str) -> Option<Technique> {
    let mut columns = line.split('\t');
    Some(Technique {
        id: columns.next()?,
        name: columns.next()?,
        tactics: columns.next()?.split(',').collect(),
    })
}
