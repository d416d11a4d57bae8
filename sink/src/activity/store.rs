//! The store of activity: one SQLite file for each day, in the folder `activity`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use nightlatch_chassis::topic::Positions;
use parking_lot::Mutex;

use super::archive::{Archive, Copies, Keep};
use super::count::{self, By};
use super::facet::{self, Facets};
use super::filter::Filter;
use super::pivot::{self, Center, Surroundings};
use super::read::{self, Found};
use super::row::Row;
use super::shelf::Shelf;
use crate::list::{Arrivals, Histogram, Place};
use crate::store::read::positions;
use crate::store::worker::Worker;
use crate::store::{Batch, Extent, Letter, StoreError, Written, letters, log};

/// The folder of the days in the data folder.
pub(super) const FOLDER: &str = "activity";

/// The store of activity. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct ActivityStore {
    writer: Worker<Archive>,
    shelf: Shelf,
    damages: Arc<Mutex<Vec<String>>>,
}

impl ActivityStore {
    /// Opens the days in `folder`; makes it when it is not there.
    pub(super) fn open(
        folder: &Path,
        readers: usize,
        query_timeout: Duration,
    ) -> Result<Self, StoreError> {
        let folder = folder.join(FOLDER);
        let shelf = Shelf::new(folder.clone(), readers, query_timeout);
        let damages = Arc::default();
        let archive = Archive::open(&folder, &shelf, &damages)?;
        Ok(Self {
            writer: Worker::start("sink-activity", archive)?,
            shelf,
            damages,
        })
    }

    /// Writes a batch.
    pub(super) async fn write(
        &self,
        batch: &Arc<Batch<Row>>,
    ) -> Result<(Written, Copies), StoreError> {
        let batch = Arc::clone(batch);
        self.writer.run(move |archive| archive.write(&batch)).await
    }

    /// Returns some of the refused records that wait to be written to the dead letters.
    pub(super) async fn letters(&self) -> Result<Vec<Letter>, StoreError> {
        self.writer
            .run(|archive| letters::waiting(archive.positions()))
            .await
    }

    /// Forgets the letters of these records (partition, offset): they are written.
    pub(super) async fn forget_letters(&self, written: Vec<(i32, i64)>) -> Result<(), StoreError> {
        self.writer
            .run(move |archive| letters::forget(archive.positions(), &written))
            .await
    }

    /// Returns the id of the log that the positions are of; from now on it is `id` if none was known.
    pub(super) async fn log(&self, id: String) -> Result<String, StoreError> {
        self.writer
            .run(move |archive| log(archive.positions(), id))
            .await
    }

    /// Returns the next offset to read of each partition.
    pub(super) async fn positions(&self) -> Result<Positions, StoreError> {
        self.writer
            .run(|archive| positions(archive.positions()))
            .await
    }

    /// Deletes what need not be kept; returns how many days went.
    pub(super) async fn tidy(&self, keep: Keep) -> Result<usize, StoreError> {
        self.writer.run(move |archive| archive.tidy(keep)).await
    }

    /// Returns what was set aside since the start, for people.
    pub(super) fn damages(&self) -> Vec<String> {
        self.damages.lock().clone()
    }

    /// Returns figures that are cheap to get.
    pub(crate) async fn extent(&self) -> Result<Extent, StoreError> {
        let bytes = self.writer.run(|archive| Ok(archive.bytes())).await?;
        let oldest = self.shelf.run(|visit| count::end_of_time(visit, "ASC"));
        Ok(Extent {
            rows: self.shelf.days().values().map(|extent| extent.rows).sum(),
            bytes,
            oldest: oldest.await?,
        })
    }

    /// Returns a page of the list: the newest wanted events after a place in it, and the place of
    /// the last of them when there are more.
    pub(crate) async fn page(
        &self,
        filter: Filter,
        after: Option<Place>,
        limit: usize,
    ) -> Result<(Vec<Found>, Option<Place>), StoreError> {
        self.shelf
            .run(move |visit| read::page(visit, &filter, after, limit))
            .await
    }

    /// Returns the event of a uuid.
    pub(crate) async fn event(&self, uuid: String) -> Result<Option<Found>, StoreError> {
        self.shelf
            .run(move |visit| read::by_uuid(visit, &uuid))
            .await
    }

    /// Returns wanted events in the order of their arrival, from positions on.
    pub(crate) async fn arrivals(
        &self,
        filter: Arc<Filter>,
        from: Positions,
        max: usize,
    ) -> Result<Arrivals<Found>, StoreError> {
        self.shelf
            .run(move |visit| read::arrivals(visit, &filter, &from, max))
            .await
    }

    /// Counts wanted events over time.
    pub(crate) async fn histogram(
        &self,
        filter: Filter,
        buckets: u32,
        by: By,
    ) -> Result<Option<Histogram<String>>, StoreError> {
        self.shelf
            .run(move |visit| count::histogram(visit, &filter, buckets, by))
            .await
    }

    /// Tells what is seen around a user or an address that the filter finds.
    pub(crate) async fn around(
        &self,
        filter: Filter,
        center: Center,
    ) -> Result<Surroundings, StoreError> {
        self.shelf
            .run(move |visit| pivot::around(visit, &filter, &center))
            .await
    }

    /// Counts wanted events by value.
    pub(crate) async fn facets(&self, filter: Filter) -> Result<Facets, StoreError> {
        self.shelf
            .run(move |visit| facet::facets(visit, &filter))
            .await
    }
}
