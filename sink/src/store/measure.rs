use super::*;
use nightlatch_chassis::topic::{Record, Stored};
use nightlatch_schemas::*;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn rnd(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

pub fn raw(n: u64, seed: &mut u64, ms: i64) -> (String, String, String, String) {
    let user = rnd(seed) % 2000;
    let login = format!("user{user}.name{}@acme.com", user % 97);
    let ip = format!(
        "{}.{}.{}.{}",
        1 + user % 200,
        user % 251,
        rnd(seed) % 40,
        rnd(seed) % 8
    );
    let types = [
        "user.session.start",
        "user.authentication.sso",
        "user.mfa.factor.deactivate",
        "system.api_token.create",
        "policy.rule.update",
        "application.user_membership.add",
        "group.user_membership.add",
        "user.account.lock",
    ];
    let ty = types[(rnd(seed) % 8) as usize];
    let uuid = Uuid::from_u128((u128::from(rnd(seed)) << 64) | u128::from(rnd(seed)));
    let published = jiff::Timestamp::from_millisecond(ms).unwrap();
    let raw = format!(
        r#"{{"actor":{{"id":"00u{:016x}","type":"User","alternateId":"{login}","displayName":"Given{user} Family{}","detailEntry":null}},"client":{{"userAgent":{{"rawUserAgent":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36","os":"Mac OS X","browser":"CHROME"}},"zone":"null","device":"Computer","id":null,"ipAddress":"{ip}","geographicalContext":{{"city":"City{}","state":"State{}","country":"Country{}","postalCode":"{}","geolocation":{{"lat":{}.{},"lon":{}.{}}}}}}},"device":null,"authenticationContext":{{"authenticationProvider":null,"credentialProvider":null,"credentialType":null,"issuer":null,"interface":null,"authenticationStep":0,"rootSessionId":"idx{:020x}","externalSessionId":"idx{:020x}"}},"displayMessage":"User performed some action {ty}","eventType":"{ty}","outcome":{{"result":"SUCCESS","reason":null}},"published":"{published}","securityContext":{{"asNumber":{},"asOrg":"some isp {}","isp":"isp {}","domain":"domain{}.net","isProxy":false}},"severity":"INFO","debugContext":{{"debugData":{{"requestId":"{:032x}","dtHash":"{:032x}{:032x}","requestUri":"/idp/idx/identify","url":"/idp/idx/identify?","threatSuspected":"false","behaviors":"{{New Geo-Location=NEGATIVE, New Device=POSITIVE, New IP=POSITIVE, New State=NEGATIVE, New Country=NEGATIVE, Velocity=NEGATIVE, New City=NEGATIVE}}","risk":"{{reasons=Anomalous Device, level=LOW}}","deviceFingerprint":"{:032x}","logOnlySecurityData":"{{\"risk\":{{\"level\":\"LOW\"}},\"behaviors\":{{\"New Geo-Location\":\"NEGATIVE\",\"New Device\":\"NEGATIVE\"}}}}"}}}},"legacyEventType":"core.user_auth.login_success","transaction":{{"type":"WEB","id":"{:032x}","detail":{{}}}},"uuid":"{uuid}","version":"0","request":{{"ipChain":[{{"ip":"{ip}","geographicalContext":{{"city":"City{}","state":"State{}","country":"Country{}","postalCode":"1234","geolocation":{{"lat":59.1,"lon":10.2}}}},"version":"V4","source":null}}]}},"target":[{{"id":"00u{:016x}","type":"User","alternateId":"{login}","displayName":"Given{user} Family","detailEntry":null}},{{"id":"0oa{:012x}","type":"AppInstance","alternateId":"App {}","displayName":"Some Application {}","detailEntry":{{"signOnModeType":"SAML_2_0"}}}}],"n":{n}}}"#,
        user,
        user % 300,
        100 + rnd(seed) % 30,
        user % 50,
        user % 30,
        user % 20,
        rnd(seed) % 9999,
        rnd(seed) % 90,
        rnd(seed) % 9999,
        rnd(seed) % 90,
        rnd(seed) % 9999,
        rnd(seed),
        rnd(seed),
        rnd(seed) % 60000,
        user % 100,
        user % 100,
        user % 100,
        rnd(seed),
        rnd(seed),
        rnd(seed),
        rnd(seed),
        rnd(seed),
        user % 50,
        user % 30,
        user % 20,
        user,
        rnd(seed) % 40,
        rnd(seed) % 40,
        rnd(seed) % 40
    );
    (raw, ty.to_owned(), login, ip)
}

pub fn stored(n: u64, seed: &mut u64) -> Stored {
    let ms = 1_780_000_000_000 + (n as i64) * 400 - (rnd(seed) % 5000) as i64;
    let (raw, ty, login, ip) = raw(n, seed, ms);
    let sev = (rnd(seed) % 8) as i32;
    let rule = format!("Rule number {}", rnd(seed) % 40);
    let event = RuntimeEvent {
        id: Uuid::from_u128((u128::from(rnd(seed)) << 64) | u128::from(n)).to_string(),
        integration: "8f1c9a52-6f0e-5a5e-9d51-3c9f2f0f1b11".into(),
        org: "acme.okta.com".into(),
        occurred_at: ms,
        received_at: ms,
        detected_at: ms,
        source: "okta".into(),
        policy: Policy {
            id: "okta-threat-detection".into(),
            name: "Okta Threat Detection".into(),
            kind: "managed".into(),
            version: "0123456789abcdef".into(),
        },
        rule: Rule {
            name: rule.clone(),
            version: "0123456789abcdef".into(),
            tags: vec!["mitre_persistence".into()],
            priority: "Warning".into(),
            attack: vec!["T1110".into()],
        },
        ruleset_version: "0123456789abcdef".into(),
        severity: sev,
        severity_label: severity_label(sev as u8).into(),
        output: format!("{rule} fired (actor={login} ip={ip})"),
        fields: [
            (
                "okta.actor.alternateid".to_owned(),
                Some(format!("\"{login}\"")),
            ),
            ("okta.evt.type".to_owned(), Some(format!("\"{ty}\""))),
        ]
        .into(),
        dedup_key: format!("{rule}|{login}"),
        actor: Some(Entity {
            id: Some(format!("00u{:016x}", n % 2000)),
            kind: Some("User".into()),
            login: Some(login),
            name: Some("Given".into()),
        }),
        targets: vec![],
        client: Some(Client {
            ip: Some(ip),
            country: Some("Norway".into()),
            ..Client::default()
        }),
        outcome: None,
        event: Some(Event {
            uuid: "x".into(),
            event_type: Some(ty),
            topic: "okta.events".into(),
            partition: 0,
            offset: n as i64,
            raw: Some(raw),
        }),
        group_key: None,
        window: None,
        count: None,
        evidence: vec![],
        test: false,
        staged: false,
        late: false,
        labels: Default::default(),
    };
    Stored {
        partition: 0,
        offset: n as i64,
        timestamp_ms: ms,
        record: Record {
            key: vec![],
            headers: vec![],
            value: encode(&event).unwrap(),
        },
    }
}

#[test]
#[ignore]
fn measure() {
    let rows: u64 = std::env::vars()
        .find(|(k, _)| k == "ROWS")
        .map_or(100_000, |(_, v)| v.parse().unwrap());
    let rt = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    rt.block_on(async {
        let dir = tempfile::tempdir_in("/tmp").unwrap();
        let store = Store::open(dir.path(), 4, Duration::from_secs(60)).unwrap();
        let mut seed = 88172645463325252;
        let (mut prep, mut write) = (Duration::ZERO, Duration::ZERO);
        let cpu = || {
            let t = std::fs::read_to_string("/proc/self/stat").unwrap();
            let f: Vec<_> = t.rsplit(')').next().unwrap().split(' ').collect();
            (f[12].parse::<u64>().unwrap() + f[13].parse::<u64>().unwrap()) * 10_000
        };
        let mut wcpu = 0;
        let mut bytes = 0;
        let env = |name: &str, default: u64| {
            std::env::vars()
                .find(|(k, _)| k == name)
                .map_or(default, |(_, v)| v.parse().unwrap())
        };
        let batch = env("BATCH", 500);
        let automerge = env("AUTOMERGE", 4);
        store
            .writer
            .run(move |c| {
                c.execute(
                    "INSERT INTO search(search, rank) VALUES ('automerge', ?1)",
                    [automerge],
                )?;
                Ok(())
            })
            .await
            .unwrap();
        for b in 0..rows / batch {
            let records: Vec<_> = (0..batch)
                .map(|i| stored(b * batch + i, &mut seed))
                .collect();
            bytes += records.iter().map(|r| r.record.value.len()).sum::<usize>();
            let t = Instant::now();
            let rows: Vec<_> = records
                .into_iter()
                .map(|r| row(r).map_err(|_| ()).unwrap())
                .collect();
            prep += t.elapsed();
            let t = Instant::now();
            let c0 = if b % 64 == 0 || true { cpu() } else { 0 };
            let from = if b == 0 {
                Default::default()
            } else {
                [(0, (b * batch) as i64)].into()
            };
            let w = store
                .write(&Arc::new(Batch {
                    rows,
                    letters: vec![],
                    from,
                    to: [(0, ((b + 1) * batch) as i64)].into(),
                }))
                .await
                .unwrap();
            assert!(matches!(w, Written::Done { .. }));
            write += t.elapsed();
            wcpu += cpu() - c0;
        }
        println!(
            "rows {rows} value mean {} B prep {:?}/row write {:?}/row cpu {} us/row",
            bytes as u64 / rows,
            prep / rows as u32,
            write / rows as u32,
            wcpu / rows
        );
        println!("db {:?}", store.extent().await.unwrap());
        store
            .readers
            .run(|c| {
                for t in [
                    "runtime_event",
                    "record",
                    "search_data",
                    "search_docsize",
                    "search_idx",
                    "runtime_event_arrival",
                    "sqlite_autoindex_runtime_event_1",
                ] {
                    let n: Result<i64, _> =
                        c.query_row("SELECT sum(pgsize) FROM dbstat WHERE name = ?1", [t], |r| {
                            r.get(0)
                        });
                    println!("  {t} {n:?}");
                }
                Ok(())
            })
            .await
            .unwrap();
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        println!(
            "{}",
            status
                .lines()
                .filter(|l| l.starts_with("VmRSS") || l.starts_with("VmHWM"))
                .collect::<Vec<_>>()
                .join(" ")
        );
        let f = |q: &str| Filter {
            text: TextQuery::parse(q).unwrap(),
            ..Filter::default()
        };
        let mut queries = vec![("none", Filter::default())];
        for q in [
            "okta",
            "okta success",
            "user5.name5@acme.com",
            "acme.com",
            "user5*",
            "a*",
            "ac*",
            "mfa",
            "\"new device\"",
            "-okta",
            "-success",
            "zzz",
            "user.mfa.factor.deactivate",
            "okta user5.name5@acme.com",
            "6.5.3.2",
            "205.3.1",
            "0*",
            "\"rule number 7\" success",
            "okta -norway",
        ] {
            queries.push((q, f(q)));
        }
        queries.push((
            "actor",
            Filter {
                actors: vec!["user5.name5@acme.com".into()],
                ..Filter::default()
            },
        ));
        queries.push((
            "actor+okta",
            Filter {
                actors: vec!["user5.name5@acme.com".into()],
                text: TextQuery::parse("okta").unwrap(),
                ..Filter::default()
            },
        ));
        queries.push((
            "actor none+okta",
            Filter {
                actors: vec!["nobody".into()],
                text: TextQuery::parse("okta").unwrap(),
                ..Filter::default()
            },
        ));
        queries.push((
            "policy none",
            Filter {
                policies: vec!["nobody".into()],
                ..Filter::default()
            },
        ));
        queries.push((
            "sev7",
            Filter {
                severities: vec![7],
                ..Filter::default()
            },
        ));
        queries.push((
            "rule",
            Filter {
                rules: vec!["Rule number 7".into()],
                ..Filter::default()
            },
        ));
        queries.push((
            "net",
            Filter {
                networks: vec![Network::parse("6.5.0.0/16").unwrap()],
                ..Filter::default()
            },
        ));
        queries.push((
            "net8",
            Filter {
                networks: vec![Network::parse("6.0.0.0/7").unwrap()],
                ..Filter::default()
            },
        ));
        queries.push((
            "from",
            Filter {
                from: Some(1_780_000_000_000 + 10_000_000),
                to: Some(1_780_000_000_000 + 12_000_000),
                ..Filter::default()
            },
        ));
        for (name, filter) in queries {
            let mut best = (Duration::MAX, 0, Duration::MAX, Duration::MAX);
            for _ in 0..env("TIMES", 3) {
                let t = Instant::now();
                let (found, _) = store.page(filter.clone(), None, 50).await.unwrap();
                best.0 = best.0.min(t.elapsed());
                best.1 = found.len();
                let t = Instant::now();
                store.histogram(filter.clone(), 60).await.unwrap();
                best.2 = best.2.min(t.elapsed());
                let t = Instant::now();
                store.facets(filter.clone()).await.unwrap();
                best.3 = best.3.min(t.elapsed());
            }
            println!(
                "{name:30} {:4} page {:>10.2?} histogram {:>10.2?} facets {:>10.2?}",
                best.1, best.0, best.2, best.3
            );
        }
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        println!(
            "{}",
            status
                .lines()
                .filter(|l| l.starts_with("VmRSS") || l.starts_with("VmHWM"))
                .collect::<Vec<_>>()
                .join(" ")
        );
    });
}
