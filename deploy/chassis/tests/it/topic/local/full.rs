//! A disk that is truly full: a small file system of its own. Mounting one is for root alone, so
//! `.ci/run` runs this; `Fault::FullDisk` stands in for it elsewhere.

use std::path::{Path, PathBuf};
use std::process::Command;

use nightlatch_chassis::topic::{Log, Output, Record, TopicError};

use super::super::bench::{Bench, EVENTS, all, metrics, soon};

/// A small file system, unmounted when it is dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Self {
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=12m", "tmpfs"])
            .arg(at)
            .output()
            .unwrap();
        assert!(mount.status.success(), "{mount:?}");
        Self(at.to_owned())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).output());
    }
}

#[tokio::test]
#[ignore = "mounts a file system, which only root may: .ci/run runs it"]
async fn a_full_disk_refuses_and_what_is_freed_is_used() {
    let bench = Bench::new();
    let disk = SmallDisk::mount(bench.folder.path());
    let ballast = disk.0.join("ballast");
    std::fs::write(&ballast, vec![1; 4 * 1024 * 1024]).unwrap();
    let log = Log::local(&disk.0, bench.options(), metrics()).unwrap();
    let append = |number: u32| {
        let (key, value) = (number.to_be_bytes().to_vec(), vec![0xab; 60_000]);
        let record = Record {
            key,
            headers: Vec::new(),
            value,
        };
        log.append(vec![
            Output {
                topic: EVENTS,
                record: record.clone(),
            },
            Output {
                topic: EVENTS,
                record,
            },
        ])
    };
    let (mut acked, mut refusals) = (Vec::new(), 0);
    for number in 0..400 {
        match soon(append(number)).await {
            Ok(_) => acked.push(number.to_be_bytes().to_vec()),
            Err(TopicError::NotDurable(_)) => refusals += 1,
            Err(other) => panic!("{other}"),
        }
        if refusals == 20 {
            break;
        }
    }
    assert!(
        refusals == 20 && acked.len() > 10,
        "{refusals} {}",
        acked.len()
    );
    let keys = |found: Vec<nightlatch_chassis::topic::Stored>| -> Vec<Vec<u8>> {
        found
            .chunks(2)
            .map(|pair| pair[0].record.key.clone())
            .collect()
    };
    assert_eq!(keys(all(&log, EVENTS).await), acked);

    std::fs::remove_file(ballast).unwrap();
    for number in 1000..1010_u32 {
        soon(append(number)).await.unwrap();
        acked.push(number.to_be_bytes().to_vec());
    }
    assert_eq!(keys(all(&log, EVENTS).await), acked);
    drop(log);
    let log = Log::local(&disk.0, bench.options(), metrics()).unwrap();
    assert_eq!(keys(all(&log, EVENTS).await), acked);
}
