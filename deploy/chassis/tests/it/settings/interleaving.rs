//! However writers and restarts interleave, all readers come to the same table.

use std::collections::BTreeMap;

use nightlatch_chassis::settings::{Settings, Version, Written};
use nightlatch_chassis::topic::{Log, Output};
use proptest::prelude::*;
use serde_json::json;

use super::{KEY, TOPIC, change, names, open, open_in};
use crate::topic::bench::{Bench, all, soon};

const OBJECTS: [&str; 3] = ["a", "b", "c"];

/// What several writers do at the same time.
#[derive(Debug, Clone)]
enum Act {
    /// Writes what follows on the writer's own view, which may be old.
    Write { object: usize, deletes: bool },
    /// Writes on a version that it remembers from some time ago.
    WriteLate { object: usize },
    /// Appends a record of before once more.
    Replay(prop::sample::Index),
    /// Appends a record of before with a byte changed.
    Forge(prop::sample::Index),
    /// Reads the log with nothing known, and goes on from there.
    Restart,
}

fn act() -> impl Strategy<Value = Act> {
    let object = 0..OBJECTS.len();
    prop_oneof![
        6 => (object.clone(), prop::bool::weighted(0.2))
            .prop_map(|(object, deletes)| Act::Write { object, deletes }),
        2 => object.prop_map(|object| Act::WriteLate { object }),
        1 => any::<prop::sample::Index>().prop_map(Act::Replay),
        1 => any::<prop::sample::Index>().prop_map(Act::Forge),
        1 => Just(Act::Restart),
    ]
}

/// Plays one writer; returns the versions with which it won, by object.
async fn play(log: Log, acts: Vec<Act>) -> Vec<(usize, Version)> {
    let (mut settings, folder) = open(&log).await;
    let mut late: BTreeMap<usize, Version> = BTreeMap::new();
    let mut wins = Vec::new();
    for act in acts {
        match act {
            Act::Write { object, deletes } => {
                let expected = settings.get(OBJECTS[object]).map(|object| object.version);
                let value = (!deletes).then(|| json!({"n": wins.len()}));
                if let Some(version) = write(&settings, object, expected, value).await {
                    late.entry(object).or_insert(version);
                    wins.push((object, version));
                }
            }
            Act::WriteLate { object } => {
                let expected = late.get(&object).copied();
                let value = Some(json!({"late": true}));
                wins.extend(
                    write(&settings, object, expected, value)
                        .await
                        .map(|v| (object, v)),
                );
            }
            Act::Replay(which) => again(&log, &which, false).await,
            Act::Forge(which) => again(&log, &which, true).await,
            Act::Restart => {
                drop(settings);
                settings = open_in(&log, folder.path(), KEY).await.unwrap();
            }
        }
    }
    wins
}

async fn write(
    settings: &Settings,
    object: usize,
    expected: Option<Version>,
    value: Option<serde_json::Value>,
) -> Option<Version> {
    match soon(settings.write(change(OBJECTS[object], expected, value)))
        .await
        .unwrap()
    {
        Written::Won { version } => Some(version),
        Written::Lost { .. } => None,
    }
}

async fn again(log: &Log, which: &prop::sample::Index, forged: bool) {
    let records = all(log, TOPIC).await;
    if records.is_empty() {
        return;
    }
    let mut record = which.get(&records).record.clone();
    if let (true, Some(byte)) = (forged, record.value.last_mut()) {
        *byte ^= 1;
    }
    soon(log.append(vec![Output {
        topic: TOPIC,
        record,
    }]))
    .await
    .unwrap();
}

async fn run(writers: Vec<Vec<Act>>) {
    let bench = Bench::new();
    let log = bench.open().await;
    let (early, _folder) = open(&log).await;
    let mut tasks = tokio::task::JoinSet::new();
    for acts in writers {
        tasks.spawn(play(log.clone(), acts));
    }
    let wins: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    let (late, _kept) = open(&log).await;
    soon(early.catch_up()).await.unwrap();
    assert_eq!(early.all(), late.all());
    assert_eq!(early.revision(), late.revision());
    assert_eq!(
        early.revision(),
        wins.len() as u64,
        "who was told that it won has won"
    );
    for (number, object) in OBJECTS.into_iter().enumerate() {
        let history = soon(early.history(object)).await.unwrap();
        assert_eq!(history, soon(late.history(object)).await.unwrap());
        let mut versions = names(&history);
        let mut won: Vec<_> = wins
            .iter()
            .filter(|(at, _)| *at == number)
            .map(|(_, version)| *version)
            .collect();
        versions.sort();
        won.sort();
        assert_eq!(versions, won);
        let last = history.last().filter(|object| !object.deleted).cloned();
        assert_eq!(early.get(object), last);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]
    #[test]
    fn any_interleaving_of_writers_folds_to_the_same_table_on_every_reader(
        writers in prop::collection::vec(prop::collection::vec(act(), 1..12), 1..4)
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(run(writers));
    }
}
