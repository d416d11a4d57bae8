//! What a file asks of the engine and of plugins.

use super::keys::Keys;
use super::report::Report;
use super::text::Scalar;
use super::yaml::{Node, Value};
use crate::diagnostic::Code;

/// The version of Falco's engine whose language this is.
const ENGINE: [u64; 3] = [0, 63, 0];

/// The plugins whose fields are here, and the versions that have the same ones.
const PLUGINS: [(&str, [u64; 3]); 2] = [("okta", [0, 12, 0]), ("json", [0, 7, 4])];

pub(super) fn check_engine(node: &Node, report: &mut Report<'_>) {
    let Some(wanted) = node.scalar() else {
        report.node(
            Code::WrongType,
            node,
            "`required_engine_version` must be a version",
        );
        return;
    };
    let version = wanted
        .parse()
        .map(|minor| [0, minor, 0])
        .ok()
        .or_else(|| version(wanted));
    match version {
        None => report.node(Code::Version, node, format!("`{wanted}` is no version")),
        Some(version) if fits(ENGINE, version) => {}
        Some(_) => {
            let message = format!(
                "the file needs engine {wanted}, this one is like {}",
                print(ENGINE)
            );
            report.node(Code::Version, node, message);
        }
    }
}

pub(super) fn check_plugins(node: &Node, report: &mut Report<'_>) {
    let Value::Sequence(plugins) = &node.value else {
        report.node(
            Code::WrongType,
            node,
            "`required_plugin_versions` must be a list",
        );
        return;
    };
    let mut names = Vec::new();
    for plugin in plugins {
        let Some(keys) = Keys::open(plugin, report) else {
            continue;
        };
        let Some((name, first)) = requirement(&keys, report) else {
            continue;
        };
        if names.contains(&name.value) {
            report.scalar(
                Code::Version,
                &name,
                format!("the plugin `{}` is named twice", name.value),
            );
        }
        let mut satisfied = first;
        if let Some(Value::Sequence(others)) = keys.get("alternatives").map(|node| &node.value) {
            for other in others {
                let Some(keys) = Keys::open(other, report) else {
                    continue;
                };
                let alternative = requirement(&keys, report);
                satisfied |= alternative.is_some_and(|(_, satisfied)| satisfied);
            }
        }
        if !satisfied {
            refuse(&name, report);
        }
        names.push(name.value);
    }
}

/// Reads one plugin's name and version, and whether we have it.
fn requirement(keys: &Keys<'_>, report: &mut Report<'_>) -> Option<(Scalar, bool)> {
    let name = keys.required("name", report)?;
    let wanted = keys.required("version", report)?;
    let Some(version) = version(&wanted.value) else {
        report.scalar(
            Code::Version,
            &wanted,
            format!("`{}` is no version", wanted.value),
        );
        return None;
    };
    let plugin = PLUGINS.iter().find(|(plugin, _)| *plugin == name.value);
    let satisfied = plugin.is_some_and(|(_, ours)| fits(*ours, version));
    Some((name, satisfied))
}

fn refuse(name: &Scalar, report: &mut Report<'_>) {
    let plugin = PLUGINS.iter().find(|(plugin, _)| *plugin == name.value);
    if let Some((plugin, ours)) = plugin {
        let message = format!(
            "the fields of `{plugin}` are those of version {}",
            print(*ours)
        );
        report.scalar(Code::Version, name, message);
    } else {
        // Its rules are for another source, and are left out anyway.
        let message = format!("there is no plugin `{}` here", name.value);
        report.scalar(Code::OtherSource, name, message);
    }
}

fn version(text: &str) -> Option<[u64; 3]> {
    let mut numbers = text.split('.').map(|number| number.parse().ok());
    let version = [numbers.next()??, numbers.next()??, numbers.next()??];
    numbers.next().is_none().then_some(version)
}

fn fits(ours: [u64; 3], wanted: [u64; 3]) -> bool {
    ours[0] == wanted[0] && ours >= wanted
}

fn print(version: [u64; 3]) -> String {
    version.map(|number| number.to_string()).join(".")
}
