//! Waiting without polling: one watcher a place and kind of resource asks for all who wait.
//!
//! A failure that may pass means "not known yet"; any other reaches every subscriber.

use super::{
    CallFailure,
    notice::{Notice, Notices},
};
use crate::base::{Clock, Instant};
use futures_util::{FutureExt, StreamExt, future::LocalBoxFuture, stream::FuturesUnordered};
use std::{any::Any, cell::RefCell, collections::BTreeMap, fmt::Display, rc::Rc, time::Duration};
use tokio::sync::{Notify, mpsc};

/// What a look at all of some keys found.
pub(crate) type Looked<'a, Key, Seen> = LocalBoxFuture<'a, Result<BTreeMap<Key, Seen>, CallFailure>>;

type Work = LocalBoxFuture<'static, ()>;

type Subscribers<P> = BTreeMap<<P as Poll>::Key, Vec<Subscriber<<P as Poll>::Seen>>>;

type Known = BTreeMap<(&'static str, String), Rc<dyn Any>>;

/// How one kind of resource is looked at, many at a time.
pub(crate) trait Poll: 'static {
    type Key: Ord + Clone + Display;
    type Seen: Clone;

    /// Names the watcher: two polls of one name and place are the same one.
    const KIND: &'static str;
    const INTERVAL: Duration;

    /// Looks at all of `keys`. What is missing from the answer is not there (yet).
    fn poll(&self, keys: Vec<Self::Key>) -> Looked<'_, Self::Key, Self::Seen>;

    /// The status in a word: the journal holds its changes.
    fn status(seen: &Self::Seen) -> String;
}

/// One look at a resource.
#[derive(Debug, Clone)]
pub(crate) struct Sighting<S> {
    /// `None`: it is not there (yet).
    pub(crate) seen: Option<S>,
    pub(crate) at: Instant,
    /// How long ago the look before was: by so much earlier it may have been true.
    pub(crate) uncertainty: Duration,
}

/// The sightings of one resource, from now on.
pub(crate) struct Subscription<S> {
    sightings: mpsc::UnboundedReceiver<Result<Sighting<S>, CallFailure>>,
}

impl<S> Subscription<S> {
    /// The next sighting. Never ends while the run goes on.
    pub(crate) async fn next(&mut self) -> Result<Sighting<S>, CallFailure> {
        match self.sightings.recv().await {
            Some(sighting) => sighting,
            // The watcher is gone only when the run is: whoever waits is about to be dropped.
            None => std::future::pending().await,
        }
    }
}

struct Subscriber<S> {
    sender: mpsc::UnboundedSender<Result<Sighting<S>, CallFailure>>,
    last_look: Instant,
}

struct Watcher<P: Poll> {
    poll: P,
    clock: Clock,
    notices: Rc<dyn Notices>,
    subscribers: RefCell<Subscribers<P>>,
    statuses: RefCell<BTreeMap<P::Key, String>>,
    joined: Notify,
}

impl<P: Poll> Watcher<P> {
    fn subscribe(&self, key: P::Key) -> Subscription<P::Seen> {
        let (sender, sightings) = mpsc::unbounded_channel();
        let subscriber = Subscriber { sender, last_look: self.clock.now() };
        self.subscribers.borrow_mut().entry(key).or_default().push(subscriber);
        self.joined.notify_one();
        Subscription { sightings }
    }

    async fn watch(self: Rc<Self>) {
        loop {
            // Whoever has joined by now is looked for in this round: it takes no further one.
            let _ = self.joined.notified().now_or_never();
            let keys = self.awaited();
            if keys.is_empty() {
                self.joined.notified().await;
                continue;
            }
            match self.poll.poll(keys.clone()).await {
                Ok(seen) => self.publish(&keys, &seen).await,
                Err(failure) if failure.may_pass() => {}
                Err(failure) => self.fail(&keys, &failure),
            }
            tokio::select! {
                biased;
                () = self.joined.notified() => {}
                () = self.clock.sleep(P::INTERVAL) => {}
            }
        }
    }

    fn awaited(&self) -> Vec<P::Key> {
        let mut subscribers = self.subscribers.borrow_mut();
        subscribers.retain(|_, waiting| {
            waiting.retain(|subscriber| !subscriber.sender.is_closed());
            !waiting.is_empty()
        });
        subscribers.keys().cloned().collect()
    }

    async fn publish(&self, keys: &[P::Key], seen: &BTreeMap<P::Key, P::Seen>) {
        let at = self.clock.now();
        for key in keys {
            let status = seen.get(key).map_or_else(|| "absent".to_owned(), P::status);
            let before = self.statuses.borrow_mut().insert(key.clone(), status.clone());
            if before.as_ref() != Some(&status) {
                let resource = format!("{}:{key}", P::KIND);
                // When nobody keeps notices any more, the run is ending and this watcher with it.
                let _ = self.notices.notice(Notice::Watched { resource, status }).await;
            }
        }
        let mut subscribers = self.subscribers.borrow_mut();
        for key in keys {
            for subscriber in subscribers.get_mut(key).into_iter().flatten() {
                let uncertainty = (at - subscriber.last_look).to_std().unwrap_or_default();
                subscriber.last_look = at;
                let _ =
                    subscriber.sender.send(Ok(Sighting { seen: seen.get(key).cloned(), at, uncertainty }));
            }
        }
    }

    fn fail(&self, keys: &[P::Key], failure: &CallFailure) {
        for key in keys {
            for subscriber in self.subscribers.borrow_mut().remove(key).into_iter().flatten() {
                let _ = subscriber.sender.send(Err(failure.clone()));
            }
        }
    }
}

/// All watchers of a run. They work while [`Watchers::drive`] is polled, and only then.
pub(crate) struct Watchers {
    clock: Clock,
    notices: Rc<dyn Notices>,
    known: RefCell<Known>,
    starting: mpsc::UnboundedSender<Work>,
    started: RefCell<Option<mpsc::UnboundedReceiver<Work>>>,
}

impl Watchers {
    pub(crate) fn new(clock: Clock, notices: Rc<dyn Notices>) -> Self {
        let (starting, started) = mpsc::unbounded_channel();
        Self { clock, notices, known: RefCell::default(), starting, started: RefCell::new(Some(started)) }
    }

    /// Waits for `key` with the watcher of `P` at `place`, which is made on first use.
    pub(crate) fn subscribe<P: Poll>(
        &self,
        place: &str,
        key: P::Key,
        poll: impl FnOnce() -> P,
    ) -> Subscription<P::Seen> {
        let name = (P::KIND, place.to_owned());
        let known = self.known.borrow().get(&name).cloned();
        let watcher: Rc<Watcher<P>> = match known.map(Rc::downcast) {
            Some(Ok(watcher)) => watcher,
            _ => self.start(name, poll()),
        };
        watcher.subscribe(key)
    }

    fn start<P: Poll>(&self, name: (&'static str, String), poll: P) -> Rc<Watcher<P>> {
        let watcher = Rc::new(Watcher {
            poll,
            clock: self.clock,
            notices: self.notices.clone(),
            subscribers: RefCell::default(),
            statuses: RefCell::default(),
            joined: Notify::new(),
        });
        self.known.borrow_mut().insert(name, watcher.clone());
        // The receiver goes with the run; then nobody subscribes either.
        let _ = self.starting.send(Box::pin(watcher.clone().watch()));
        watcher
    }

    /// Lets the watchers work. Never ends; may be called once.
    pub(crate) async fn drive(&self) {
        let Some(mut started) = self.started.borrow_mut().take() else {
            return std::future::pending().await;
        };
        let mut watching = FuturesUnordered::new();
        loop {
            tokio::select! {
                biased;
                Some(watcher) = started.recv() => watching.push(watcher),
                Some(()) = watching.next() => {}
            }
        }
    }
}
