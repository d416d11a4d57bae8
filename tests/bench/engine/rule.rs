//! A rule that can be written in Falco's language and in Sigma's.

/// A field by its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Field {
    /// In Falco's language.
    pub(crate) falco: &'static str,
    /// Where it is in the event, which is its name in Sigma, too.
    pub(crate) path: &'static str,
    /// Whether it has a value for each target.
    pub(crate) is_list: bool,
}

/// How a field is compared: one of the values must fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Is,
    Contains,
    StartsWith,
}

/// A comparison.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    pub(crate) field: Field,
    pub(crate) how: How,
    pub(crate) values: Vec<String>,
}

/// A rule: all of the first must hold and none of the second.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) all: Vec<Check>,
    pub(crate) none: Vec<Check>,
}

impl Check {
    fn falco(&self) -> String {
        let name = self.field.falco;
        let values: Vec<String> = self.values.iter().map(|value| quoted(value)).collect();
        match (self.how, values.as_slice()) {
            (How::Is, _) if self.field.is_list => {
                format!("{name} intersects ({})", values.join(", "))
            }
            (How::Is, [value]) => format!("{name} = {value}"),
            (How::Is, _) => format!("{name} in ({})", values.join(", ")),
            (How::Contains, [value]) => format!("{name} contains {value}"),
            (How::Contains, _) => format!("{name} contains anyof ({})", values.join(", ")),
            (How::StartsWith, [value]) => format!("{name} startswith {value}"),
            (How::StartsWith, _) => format!("{name} startswith anyof ({})", values.join(", ")),
        }
    }

    fn sigma(&self) -> String {
        let modifier = match self.how {
            How::Is => "",
            How::Contains => "|contains",
            How::StartsWith => "|startswith",
        };
        let values: Vec<String> = self.values.iter().map(|value| quoted(value)).collect();
        format!(
            "{}{modifier}|cased: [{}]",
            self.field.path,
            values.join(", ")
        )
    }
}

impl Rule {
    /// Where the fields are that it reads; of what targets have, the targets.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &'static str> {
        let checks = self.all.iter().chain(&self.none);
        checks.map(|check| match check.field.path.split_once('.') {
            Some((list, _)) if check.field.is_list => list,
            _ => check.field.path,
        })
    }

    /// The condition in Falco's language.
    fn condition(&self) -> String {
        let all = self.all.iter().map(Check::falco);
        let none = self
            .none
            .iter()
            .map(|check| format!("not {}", check.falco()));
        all.chain(none).collect::<Vec<_>>().join(" and ")
    }
}

/// Writes rules as a policy file.
pub(crate) fn falco(rules: &[Rule]) -> String {
    let item = |rule: &Rule| {
        let condition = rule.condition().replace('\'', "''");
        [
            format!("- rule: {}\n", rule.name),
            "  desc: of the benchmark\n".to_owned(),
            format!("  condition: '{condition}'\n"),
            "  output: \"%okta.evt.type by %okta.actor.alternateid from %okta.client.ip\"\n"
                .to_owned(),
            "  priority: WARNING\n  source: okta\n".to_owned(),
        ]
        .concat()
    };
    rules.iter().map(item).collect()
}

/// Writes the same rules as a file of Sigma documents.
pub(crate) fn sigma(rules: &[Rule]) -> String {
    let document = |rule: &Rule| {
        let head = format!(
            "title: {}\nlogsource:\n  product: okta\n  service: okta\n",
            rule.name
        );
        let all = rule
            .all
            .iter()
            .map(|check| format!("    {}\n", check.sigma()));
        let none = rule.none.iter().enumerate();
        let none = none.map(|(at, check)| format!("  filter_{at}:\n    {}\n", check.sigma()));
        let condition = match rule.none.as_slice() {
            [] => "selection",
            _ => "selection and not 1 of filter_*",
        };
        let lines = [head, "detection:\n  selection:\n".to_owned()].into_iter();
        let lines = lines.chain(all).chain(none);
        lines.collect::<String>() + &format!("  condition: {condition}\nlevel: medium\n")
    };
    let documents: Vec<String> = rules.iter().map(document).collect();
    documents.join("---\n")
}

/// In quotes that both languages read alike.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}
