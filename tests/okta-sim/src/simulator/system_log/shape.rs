//! How the System Log shows an event that happened: hooks and log differ in a few members.

use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object in their order, each as it is written.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// Returns an event as the System Log shows it: the chain of addresses is the request's, members
/// of hooks alone are gone, and `debugData` names the hooks that were configured for it.
///
/// What is no object stays as it is.
pub(crate) fn of_log(json: &str, hooks: &str) -> String {
    let Ok(Members(members)) = serde_json::from_str(json) else {
        return json.to_owned();
    };
    let mut shown = Object::default();
    let mut chain = None;
    for (name, value) in members {
        match (name.as_str(), value.get()) {
            ("insertionTimestamp", _) | ("device", "null") => {}
            ("client", client) => {
                let (client, found) = without_chain(client);
                chain = found;
                shown.set("client", &client);
            }
            ("debugContext", context) if !hooks.is_empty() => {
                shown.set("debugContext", &with_hooks(context, hooks));
            }
            (name, value) => shown.set(name, value),
        }
    }
    if let Some(chain) = chain {
        shown.set("request", &format!(r#"{{"ipChain":{chain}}}"#));
    }
    shown.text()
}

fn without_chain(client: &str) -> (String, Option<String>) {
    let Ok(Members(members)) = serde_json::from_str(client) else {
        return (client.to_owned(), None);
    };
    let mut rest = Object::default();
    let mut chain = None;
    for (name, value) in members {
        if name == "ipChain" {
            chain = Some(value.get().to_owned());
        } else {
            rest.set(&name, value.get());
        }
    }
    (rest.text(), chain)
}

fn with_hooks(context: &str, hooks: &str) -> String {
    let change = |members: Members<'_>, change: &dyn Fn(&str, &str) -> Option<String>| {
        let mut object = Object::default();
        for (name, value) in members.0 {
            let changed = change(&name, value.get());
            object.set(&name, changed.as_deref().unwrap_or(value.get()));
        }
        object
    };
    let Ok(members) = serde_json::from_str(context) else {
        return context.to_owned();
    };
    let context = change(members, &|name, value| {
        if name != "debugData" {
            return None;
        }
        let members = serde_json::from_str(value).ok()?;
        let mut data = change(members, &|_, _| None);
        data.set("webhooks", &serde_json::Value::from(hooks).to_string());
        Some(data.text())
    });
    context.text()
}

/// An object that is being written.
#[derive(Default)]
struct Object(String);

impl Object {
    fn set(&mut self, name: &str, value: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(&serde_json::Value::from(name).to_string());
        self.0.push(':');
        self.0.push_str(value);
    }

    fn text(mut self) -> String {
        if self.0.is_empty() {
            self.0.push('{');
        }
        self.0.push('}');
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_moves_to_the_request_and_hooks_are_named() {
        let hook = r#"{"uuid":"1","client":{"zone":"null","ipChain":[{"ip":"1.2.3.4"}]},"device":null,"debugContext":{"debugData":{"n":1.50}},"insertionTimestamp":null}"#;
        assert_eq!(
            of_log(hook, "who1,who2"),
            r#"{"uuid":"1","client":{"zone":"null"},"debugContext":{"debugData":{"n":1.50,"webhooks":"who1,who2"}},"request":{"ipChain":[{"ip":"1.2.3.4"}]}}"#
        );
    }

    #[test]
    fn what_is_odd_stays_as_it_is() {
        for odd in [
            "7",
            "{}",
            r#"{"client":null,"debugContext":7}"#,
            r#"{"debugContext":{"debugData":null}}"#,
        ] {
            assert_eq!(of_log(odd, "who1"), odd);
        }
    }
}
