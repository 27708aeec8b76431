//! The two threads of the store, and the handles that jobs get.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::connection::{open_reader, open_writer};
use super::error::StoreError;
use super::key::StoreKey;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// What can be read. Its methods are in the files of the tables.
#[derive(Clone, Copy)]
pub struct Read<'c>(pub(super) &'c Connection);

/// What can be changed, inside one transaction.
#[derive(Clone, Copy)]
pub struct Write<'c>(Read<'c>);

impl<'c> Deref for Write<'c> {
    type Target = Read<'c>;
    fn deref(&self) -> &Read<'c> {
        &self.0
    }
}

/// A handle to the store; clones share its threads.
#[derive(Clone)]
pub struct Store {
    writer: Arc<Worker>,
    reader: Arc<Worker>,
    path: PathBuf,
}

/// How sure a commit is once it is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Durability {
    /// What can be fetched or made again: survives a crash of the program.
    Normal,
    /// What a person did, and intents: survives a loss of power (`synchronous=FULL`).
    Full,
}

impl Store {
    /// Opens the store, makes it where there is none, and brings its schema up to date.
    ///
    /// # Errors
    /// A wrong key, a newer file (left untouched), a full or read-only disk.
    pub fn open(path: &Path, key: &StoreKey) -> Result<Self, StoreError> {
        let writer = open_writer(path, key)?;
        let reader = open_reader(path, key)?;
        Ok(Self {
            writer: Arc::new(Worker::start("store-write", writer)?),
            reader: Arc::new(Worker::start("store-read", reader)?),
            path: path.to_owned(),
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs a job on the reading connection, in one snapshot.
    ///
    /// # Errors
    /// What the job returns, or [`StoreError::Closed`].
    pub async fn read<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(Read<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.reader
            .run(move |connection| {
                let snapshot = connection.transaction()?;
                let answer = job(Read(&snapshot))?;
                snapshot.finish()?;
                Ok(answer)
            })
            .await
    }

    /// The same while the program starts, when nothing runs yet that must not wait.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_now<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(Read<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = mpsc::channel();
        self.reader.send(Box::new(move |connection| {
            if answer.send(job(Read(connection))).is_err() {
                tracing::debug!("nobody waited for an answer of the store");
            }
        }))?;
        answered.recv().map_err(|_| StoreError::Closed)?
    }

    /// Runs a job in one transaction; for what can be fetched or made again.
    ///
    /// A dropped future does not stop the job: it was accepted, it will run.
    ///
    /// # Errors
    /// What the job returns (nothing was changed then), or a failure to commit.
    pub async fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(Write<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.transact(Durability::Normal, job).await
    }

    /// Like [`Store::write`], and on the disk when it is answered: for what a person
    /// did, and for intents that precede a deed.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn write_durably<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(Write<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.transact(Durability::Full, job).await
    }

    async fn transact<T, F>(&self, durability: Durability, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(Write<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.writer
            .run(move |connection| {
                let level = if durability == Durability::Full {
                    "FULL"
                } else {
                    "NORMAL"
                };
                connection.pragma_update(None, "synchronous", level)?;
                let transaction =
                    connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                let answer = job(Write(Read(&transaction)))?;
                transaction.commit()?;
                Ok(answer)
            })
            .await
    }

    /// A number that changes when another process has committed. (`PRAGMA data_version`
    /// ignores the connection's own commits, and only the writing one of ours makes any.)
    ///
    /// # Errors
    /// [`StoreError::Closed`] and failures of SQLite.
    pub async fn data_version(&self) -> Result<i64, StoreError> {
        self.writer
            .run(
                |connection| Ok(connection.query_row("PRAGMA data_version", [], |row| row.get(0))?),
            )
            .await
    }

    /// Takes the write-ahead log into the file and empties it, so that what was erased is
    /// not kept there either.
    ///
    /// # Errors
    /// [`StoreError::Closed`] and failures of SQLite.
    pub async fn purge_log(&self) -> Result<(), StoreError> {
        self.writer
            .run(|connection| {
                // Busy readers keep it from being emptied now; then the next one does it.
                let busy: i64 =
                    connection
                        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
                tracing::debug!(busy, "write-ahead log emptied");
                Ok(())
            })
            .await
    }

    /// Waits until every accepted job is done, and closes the file.
    pub fn close(self) {
        self.writer.stop();
        self.reader.stop();
    }
}

/// A thread that owns a connection and runs jobs in the order of their coming.
struct Worker {
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    thread: Mutex<Option<thread::JoinHandle<()>>>,
}

impl Worker {
    fn start(name: &str, mut connection: Connection) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                for job in queue {
                    job(&mut connection);
                }
                // Takes the write-ahead log into the file where nobody else has it open.
                if let Err((_, error)) = connection.close() {
                    tracing::warn!(%error, "the store did not close cleanly");
                }
            })
            .map_err(|reason| StoreError::Open {
                path: PathBuf::from(name),
                reason,
            })?;
        Ok(Self {
            jobs: Mutex::new(Some(jobs)),
            thread: Mutex::new(Some(thread)),
        })
    }

    async fn run<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            if answer.send(job(connection)).is_err() {
                tracing::debug!("nobody waited for an answer of the store");
            }
        });
        self.send(job)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let jobs = jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(job).map_err(|_| StoreError::Closed)
    }

    fn stop(&self) {
        drop(
            self.jobs
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("a thread of the store had panicked");
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop();
    }
}
