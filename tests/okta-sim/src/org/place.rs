//! Cities and the networks found there.
//!
//! Coordinates, postal codes and autonomous systems of honest people are real; addresses come
//! from the ranges reserved for documentation, and so does everything about attackers.

use crate::log_event::{Geography, Geolocation, IpService};

/// A network that addresses belong to.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) as_number: u32,
    pub(crate) as_org: &'static str,
    pub(crate) domain: &'static str,
    /// Set when the network hides who is behind it.
    pub(crate) anonymiser: Option<IpService>,
}

/// A city with the network that its people use.
#[derive(Debug)]
pub(crate) struct City {
    pub(crate) name: &'static str,
    pub(crate) state: &'static str,
    pub(crate) country: &'static str,
    pub(crate) postal_code: &'static str,
    pub(crate) lat: f64,
    pub(crate) lon: f64,
    pub(crate) network: Network,
}

impl City {
    /// Returns the city as events show it.
    pub(crate) fn geography(&self) -> Geography {
        Geography {
            city: self.name,
            state: self.state,
            country: self.country,
            postal_code: self.postal_code,
            geolocation: Geolocation {
                lat: self.lat,
                lon: self.lon,
            },
        }
    }
}

const fn isp(as_number: u32, as_org: &'static str, domain: &'static str) -> Network {
    Network {
        as_number,
        as_org,
        domain,
        anonymiser: None,
    }
}

const fn hidden(mut network: Network, kind: &'static str, operator: &'static str) -> Network {
    network.anonymiser = Some(IpService {
        kind,
        operator,
        is_anonymous: true,
    });
    network
}

const fn city(
    [name, state, country, postal_code]: [&'static str; 4],
    [lat, lon]: [f64; 2],
    network: Network,
) -> City {
    City {
        name,
        state,
        country,
        postal_code,
        lat,
        lon,
        network,
    }
}

/// Where the org's people live.
pub(crate) static HOMES: [City; 14] = [
    city(
        ["San Francisco", "California", "United States", "94107"],
        [37.7697, -122.3933],
        isp(7922, "comcast cable communications, llc", "comcast.net"),
    ),
    city(
        ["New York", "New York", "United States", "10013"],
        [40.7201, -74.0046],
        isp(701, "verizon business", "verizon.net"),
    ),
    city(
        ["Austin", "Texas", "United States", "78701"],
        [30.2713, -97.7426],
        isp(11427, "charter communications inc", "spectrum.com"),
    ),
    city(
        ["Chicago", "Illinois", "United States", "60607"],
        [41.8721, -87.6578],
        isp(7018, "at&t enterprises, llc", "att.net"),
    ),
    city(
        ["Toronto", "Ontario", "Canada", "M5V"],
        [43.6404, -79.3995],
        isp(812, "rogers communications canada inc.", "rogers.com"),
    ),
    city(
        ["London", "England", "United Kingdom", "EC1A"],
        [51.5177, -0.0968],
        isp(2856, "british telecommunications plc", "bt.com"),
    ),
    city(
        ["Dublin", "Leinster", "Ireland", "D02"],
        [53.3382, -6.2591],
        isp(5466, "eircom limited", "eir.ie"),
    ),
    city(
        ["Berlin", "Land Berlin", "Germany", "10115"],
        [52.5323, 13.3846],
        isp(3320, "deutsche telekom ag", "telekom.de"),
    ),
    city(
        ["Paris", "Île-de-France", "France", "75002"],
        [48.8678, 2.3440],
        isp(3215, "orange s.a.", "orange.fr"),
    ),
    city(
        ["Kraków", "Lesser Poland", "Poland", "31-011"],
        [50.0617, 19.9373],
        isp(5617, "orange polska spolka akcyjna", "orange.pl"),
    ),
    city(
        ["Oslo", "Oslo", "Norway", "0159"],
        [59.9111, 10.7461],
        isp(2119, "telenor norge as", "telenor.no"),
    ),
    city(
        ["Bengaluru", "Karnataka", "India", "560001"],
        [12.9763, 77.6033],
        isp(24560, "bharti airtel ltd.", "airtel.in"),
    ),
    city(
        ["Singapore", "Singapore", "Singapore", "048616"],
        [1.2830, 103.8513],
        isp(3758, "singnet pte ltd", "singtel.com"),
    ),
    city(
        ["Sydney", "New South Wales", "Australia", "2000"],
        [-33.8688, 151.2093],
        isp(1221, "telstra limited", "telstra.net"),
    ),
];

/// Where attackers come from: hosts and anonymisers that do not exist.
pub(crate) static LAIRS: [City; 5] = [
    city(
        ["Chișinău", "Chișinău", "Moldova", "2001"],
        [47.0056, 28.8575],
        isp(64501, "harbour hosting srl", "harbourhosting.example"),
    ),
    city(
        ["Amsterdam", "North Holland", "Netherlands", "1012"],
        [52.3740, 4.8897],
        hidden(
            isp(64502, "veil relay b.v.", "veilrelay.example"),
            "VPN",
            "VEIL_RELAY",
        ),
    ),
    city(
        ["Lagos", "Lagos", "Nigeria", "100001"],
        [6.4541, 3.3947],
        isp(64503, "delta mobile ltd", "deltamobile.example"),
    ),
    city(
        ["Frankfurt am Main", "Hesse", "Germany", "60313"],
        [50.1155, 8.6842],
        hidden(
            isp(64504, "onion exit collective", "onionexit.example"),
            "Tor",
            "TOR",
        ),
    ),
    city(
        ["Ho Chi Minh City", "Ho Chi Minh", "Vietnam", "70000"],
        [10.7769, 106.7009],
        hidden(
            isp(64505, "borrowed homes proxy jsc", "borrowedhomes.example"),
            "Residential Proxy",
            "BORROWED_HOMES",
        ),
    ),
];
