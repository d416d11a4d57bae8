//! Records that are no runtime events.

use nightlatch_chassis::topic::Stored;
use nightlatch_schemas::encode;

use crate::fixtures::{event, event_with};
use crate::world::{World, until};

fn header(letter: &Stored, wanted: &str) -> String {
    let (_, value) = letter
        .record
        .headers
        .iter()
        .find(|(name, _)| name == wanted)
        .unwrap();
    String::from_utf8(value.clone()).unwrap()
}

#[tokio::test]
async fn poison_goes_to_the_dead_letters_once_and_the_feed_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), &[]);
    let good = |n| encode(&event(n)).unwrap();
    let mut truncated = good(9);
    truncated.truncate(100);
    let unknown = [&[0, 0, 0, 0xff, 0xff][..], b"abc"].concat();
    let no_id = encode(&event_with(8, |event| "x".clone_into(&mut event.id))).unwrap();
    let large = vec![b'x'; 600 * 1024];
    let places = world
        .append_values(vec![
            good(0),
            b"garbage".to_vec(),
            unknown,
            Vec::new(),
            truncated,
            no_id,
            large.clone(),
            good(1),
        ])
        .await;
    world.until_found(&event(1).id).await;
    assert_eq!(world.found("").await, [1, 0]);
    until(async || world.dead_letters().await.len() == 6).await;

    let letters = world.dead_letters().await;
    for (letter, place) in letters.iter().zip(&places[1..]) {
        assert_eq!(header(letter, "stage"), "sink");
        assert_eq!(header(letter, "source-topic"), "okta.runtime-events");
        assert_eq!(
            header(letter, "source-partition"),
            place.partition.to_string()
        );
        assert_eq!(header(letter, "source-offset"), place.offset.to_string());
        assert!(!header(letter, "reason").is_empty());
        assert_eq!(letter.record.key, b"integration-1");
    }
    assert_eq!(letters[0].record.value, b"garbage");
    assert_eq!(
        (
            header(&letters[0], "size"),
            header(&letters[0], "truncated")
        ),
        ("7".into(), "false".into())
    );
    assert!(header(&letters[1], "reason").contains("unknown schema id 65535"));
    assert_eq!(letters[5].record.value, large[..512 * 1024]);
    assert_eq!(header(&letters[5], "size"), (600 * 1024).to_string());
    assert_eq!(header(&letters[5], "truncated"), "true");
    for (reason, count) in [
        ("undecodable", 3.0),
        ("unknown_schema", 1.0),
        ("tombstone", 1.0),
        ("bad_id", 1.0),
    ] {
        let sample = format!("nightlatch_dlq_records_total{{reason=\"{reason}\",stage=\"sink\"}}");
        assert_eq!(world.sample(&sample), Some(count), "{reason}");
    }

    // A start finds nothing to do again.
    world.stop().await.unwrap();
    let world = World::start(folder.path(), &[]);
    world.put(&[event(2)]).await;
    assert_eq!(world.dead_letters().await.len(), 6);
}

#[tokio::test]
async fn a_letter_that_got_through_before_a_crash_is_not_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), &[]);
    world
        .append_values(vec![b"one".to_vec(), b"two".to_vec()])
        .await;
    until(async || world.dead_letters().await.len() == 2).await;
    world.stop().await.unwrap();
    // As a crash leaves it: the first letter is written, the store does not know that, and the
    // second is not written.
    let letter = "INSERT INTO dead_letter VALUES (0, ?1, 'why', x'', x'00', 1, '{}')";
    let database = rusqlite::Connection::open(folder.path().join("feed.db")).unwrap();
    let first: i64 = {
        let letters = World::start(folder.path(), &[]);
        let offset = header(&letters.dead_letters().await[0], "source-offset")
            .parse()
            .unwrap();
        letters.stop().await.unwrap();
        offset
    };
    database.execute(letter, [first]).unwrap();
    database.execute(letter, [first + 1000]).unwrap();
    drop(database);
    let world = World::start(folder.path(), &[]);
    world.put(&[event(0)]).await;
    let letters = world.dead_letters().await;
    let offsets: Vec<_> = letters
        .iter()
        .map(|letter| header(letter, "source-offset"))
        .collect();
    assert_eq!(offsets.len(), 3);
    assert_eq!(offsets[2], (first + 1000).to_string());
}
