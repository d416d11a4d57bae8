//! Names, departments and what each department works with.

/// Given names: as displayed, and as they stand in a login.
pub(crate) static GIVEN: [(&str, &str); 40] = [
    ("Amara", "amara"),
    ("Ana", "ana"),
    ("Arjun", "arjun"),
    ("Beatriz", "beatriz"),
    ("Bjørn", "bjorn"),
    ("Caleb", "caleb"),
    ("Chloé", "chloe"),
    ("Daniel", "daniel"),
    ("Deepa", "deepa"),
    ("Elif", "elif"),
    ("Emeka", "emeka"),
    ("Erik", "erik"),
    ("Fatima", "fatima"),
    ("Finn", "finn"),
    ("Grace", "grace"),
    ("Hana", "hana"),
    ("Ines", "ines"),
    ("Ivan", "ivan"),
    ("Jonas", "jonas"),
    ("José", "jose"),
    ("Kavya", "kavya"),
    ("Lena", "lena"),
    ("Liam", "liam"),
    ("Łukasz", "lukasz"),
    ("Mateo", "mateo"),
    ("Mei", "mei"),
    ("Nadia", "nadia"),
    ("Noah", "noah"),
    ("Olivia", "olivia"),
    ("Omar", "omar"),
    ("Priya", "priya"),
    ("Ravi", "ravi"),
    ("Rosa", "rosa"),
    ("Samuel", "samuel"),
    ("Sofía", "sofia"),
    ("Tariq", "tariq"),
    ("Thandiwe", "thandiwe"),
    ("Yuki", "yuki"),
    ("Zara", "zara"),
    ("Zoë", "zoe"),
];

/// Family names: as displayed, and as they stand in a login.
pub(crate) static FAMILY: [(&str, &str); 40] = [
    ("Abebe", "abebe"),
    ("Andersen", "andersen"),
    ("Bauer", "bauer"),
    ("Bennett", "bennett"),
    ("Castro", "castro"),
    ("Chen", "chen"),
    ("Cohen", "cohen"),
    ("Costa", "costa"),
    ("D'Souza", "dsouza"),
    ("Dubois", "dubois"),
    ("Eriksen", "eriksen"),
    ("Evans", "evans"),
    ("Fischer", "fischer"),
    ("Garcia", "garcia"),
    ("Gupta", "gupta"),
    ("Hassan", "hassan"),
    ("Hughes", "hughes"),
    ("Ibrahim", "ibrahim"),
    ("Ito", "ito"),
    ("Jansen", "jansen"),
    ("Kaya", "kaya"),
    ("Khan", "khan"),
    ("Kowalski", "kowalski"),
    ("Lindqvist", "lindqvist"),
    ("Martin", "martin"),
    ("Mbeki", "mbeki"),
    ("Müller", "muller"),
    ("Murphy", "murphy"),
    ("Nguyen", "nguyen"),
    ("Novák", "novak"),
    ("O'Brien", "obrien"),
    ("Okafor", "okafor"),
    ("Patel", "patel"),
    ("Petrov", "petrov"),
    ("Rossi", "rossi"),
    ("Santos", "santos"),
    ("Silva", "silva"),
    ("Tanaka", "tanaka"),
    ("Walsh", "walsh"),
    ("Yamamoto", "yamamoto"),
];

/// A part of the company.
#[derive(Debug)]
pub(crate) struct Department {
    pub(crate) name: &'static str,
    /// How many of a hundred people work here.
    pub(crate) share: usize,
    /// What they open beside the apps that everybody has, by index into the catalogue of apps.
    pub(crate) apps: &'static [usize],
}

/// The departments; shares add up to 100. IT comes first: it runs Okta.
pub(crate) static DEPARTMENTS: [Department; 9] = [
    Department {
        name: "IT",
        share: 6,
        apps: &[5, 7, 8, 12, 15, 16],
    },
    Department {
        name: "Engineering",
        share: 32,
        apps: &[5, 6, 7, 8, 9, 12, 13, 14],
    },
    Department {
        name: "Sales",
        share: 18,
        apps: &[4, 17, 19],
    },
    Department {
        name: "Support",
        share: 14,
        apps: &[4, 6, 16, 18],
    },
    Department {
        name: "Marketing",
        share: 8,
        apps: &[4, 9, 11],
    },
    Department {
        name: "Finance",
        share: 8,
        apps: &[10, 17, 14],
    },
    Department {
        name: "People",
        share: 6,
        apps: &[10, 17],
    },
    Department {
        name: "Security",
        share: 4,
        apps: &[5, 7, 8, 12, 15],
    },
    Department {
        name: "Legal",
        share: 4,
        apps: &[11, 17],
    },
];

/// How an app takes its sign-ons, in the words of `debugData.signOnMode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignOn {
    Saml,
    Oidc,
    Swa,
}

/// The catalogue of apps: label, Okta's name of the integration, how one signs on.
/// The first four are everybody's.
pub(crate) static APPS: [(&str, &str, SignOn); 20] = [
    ("Google Workspace", "google", SignOn::Saml),
    ("Slack", "slack", SignOn::Saml),
    ("Zoom", "zoomus", SignOn::Saml),
    ("Okta Dashboard", "okta_enduser", SignOn::Oidc),
    ("Salesforce.com", "salesforce", SignOn::Saml),
    ("GitHub Enterprise Cloud", "githubcloud", SignOn::Saml),
    ("Jira Cloud", "jira_cloud", SignOn::Saml),
    ("AWS IAM Identity Center", "amazon_aws_sso", SignOn::Saml),
    ("Datadog", "datadog", SignOn::Saml),
    ("Figma", "figma", SignOn::Saml),
    ("Workday", "workday", SignOn::Saml),
    ("Notion", "notion", SignOn::Saml),
    ("PagerDuty", "pagerduty", SignOn::Saml),
    ("Build Farm", "oidc_client", SignOn::Oidc),
    ("Snowflake", "snowflake", SignOn::Oidc),
    ("Cloud Cost Explorer", "oidc_client", SignOn::Oidc),
    ("ServiceNow UD", "servicenow_ud", SignOn::Saml),
    ("DocuSign", "docusign", SignOn::Saml),
    ("Zendesk", "zendesk", SignOn::Saml),
    ("Airline Booking Portal", "bookmark_portal", SignOn::Swa),
];

/// Groups beside one for each department.
pub(crate) static GROUPS: [&str; 7] = [
    "Everyone",
    "All Employees",
    "Contractors",
    "VPN Users",
    "Production Access",
    "On Call",
    "Okta Administrators",
];
