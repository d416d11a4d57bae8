//! What people sign in with: browsers, devices, and what identifies them.

use rand::RngExt;
use rand::seq::IndexedRandom;

use crate::dice::{Dice, hex, okta_id};
use crate::log_event::{Device, UserAgent};

/// A browser on a kind of machine.
#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) agent: UserAgent,
    /// Okta's word for the kind of machine.
    pub(crate) device: &'static str,
    platform: &'static str,
    versions: &'static [&'static str],
    model: &'static str,
}

const fn browser(
    raw: &'static str,
    [os, browser]: [&'static str; 2],
    device: &'static str,
    [platform, model]: [&'static str; 2],
    versions: &'static [&'static str],
) -> Browser {
    let agent = UserAgent { raw, os, browser };
    Browser {
        agent,
        device,
        platform,
        versions,
        model,
    }
}

/// Browsers on people's computers.
pub(crate) static COMPUTERS: [Browser; 6] = [
    browser(
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
        ["Mac OS X", "CHROME"],
        "Computer",
        ["OSX", "Mac15,6"],
        &["15.5.0", "15.6.1", "26.0.0"],
    ),
    browser(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
        ["Windows 10", "CHROME"],
        "Computer",
        ["WINDOWS", "LAPTOP"],
        &["10.0.22631.4037", "10.0.26100.4946"],
    ),
    browser(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
        ["Windows 10", "EDGE"],
        "Computer",
        ["WINDOWS", "DESKTOP"],
        &["10.0.26100.4061", "10.0.26100.4946"],
    ),
    browser(
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
        ["Mac OS X", "SAFARI"],
        "Computer",
        ["OSX", "Mac14,2"],
        &["15.5.0", "15.6.1"],
    ),
    browser(
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0",
        ["Linux", "FIREFOX"],
        "Computer",
        ["LINUX", "ThinkPad"],
        &["6.8.0", "6.14.0"],
    ),
    browser(
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:141.0) Gecko/20100101 Firefox/141.0",
        ["Mac OS X", "FIREFOX"],
        "Computer",
        ["OSX", "MacBookPro18,3"],
        &["14.7.1", "15.6.1"],
    ),
];

/// Browsers on people's phones.
pub(crate) static PHONES: [Browser; 2] = [
    browser(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
        ["iOS (iPhone)", "SAFARI"],
        "Mobile",
        ["IOS", "iPhone16,1"],
        &["18.5.0", "18.6.2"],
    ),
    browser(
        "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36",
        ["Android 1.x", "CHROME"],
        "Mobile",
        ["ANDROID", "Pixel 8"],
        &["14", "15"],
    ),
];

/// Programs that call Okta's API without a person in front of them.
pub(crate) static SCRIPTS: [Browser; 3] = [
    browser(
        "python-requests/2.32.4",
        ["Unknown", "UNKNOWN"],
        "Unknown",
        ["LINUX", ""],
        &[""],
    ),
    browser(
        "Go-http-client/2.0",
        ["Unknown", "UNKNOWN"],
        "Unknown",
        ["LINUX", ""],
        &[""],
    ),
    browser(
        "Okta-Integrations",
        ["Unknown", "UNKNOWN"],
        "Unknown",
        ["LINUX", ""],
        &[""],
    ),
];

/// What tells one browser from another across requests.
#[derive(Debug, Clone)]
pub(crate) struct Fingerprints {
    pub(crate) dt_hash: String,
    pub(crate) device: String,
    pub(crate) ja3: String,
    pub(crate) ja4: String,
}

impl Fingerprints {
    /// Makes up those of a browser never seen before.
    pub(crate) fn new(dice: &mut Dice) -> Self {
        Self {
            dt_hash: hex(dice, 64),
            device: hex(dice, 32),
            ja3: hex(dice, 32),
            ja4: format!("t13d1516h2_{}_{}", hex(dice, 12), hex(dice, 12)),
        }
    }
}

/// Makes up a registered device of this kind; `managed` by the company or not.
pub(crate) fn device(dice: &mut Dice, browser: &Browser, managed: bool) -> Device {
    let name = match browser.model {
        model @ ("LAPTOP" | "DESKTOP") => format!("{model}-{}", hex(dice, 7).to_uppercase()),
        model => model.to_owned(),
    };
    let phone = browser.device == "Mobile";
    Device {
        id: okta_id(dice, "guo"),
        name,
        os_platform: browser.platform,
        os_version: browser.versions.choose(dice).copied().unwrap_or_default(),
        managed,
        registered: true,
        integrator: None,
        disk_encryption_type: if phone {
            "FULL"
        } else {
            "ALL_INTERNAL_VOLUMES"
        },
        screen_lock_type: if dice.random_bool(0.8) {
            "BIOMETRIC"
        } else {
            "PASSCODE"
        },
        jailbreak: phone.then_some(false),
        secure_hardware_present: browser.platform != "LINUX",
    }
}
