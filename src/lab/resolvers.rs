//! Name resolution: authorities answer what they know, resolvers what they hold.
//!
//! Clients kept asking for the names of the world before the run began, so that resolvers are in the
//! middle of a TTL; and they go on asking. Other names are fetched when they are first asked for.
//! That a name does not exist is not cached.

use super::{
    aws::{
        instance::Instance,
        zone::{AUTHORITIES, RecordKey, RecordSet, plain},
    },
    state::State,
};
use crate::base::{Instant, Seed};
use std::{collections::BTreeMap, net::IpAddr, time::Duration};

/// The TTL of the addresses behind endpoints.
const ENDPOINT_TTL: Duration = Duration::from_secs(5);

/// Longer chains of aliases are taken for loops.
const LONGEST_CHAIN: usize = 8;

#[derive(Debug)]
pub(super) struct Resolver {
    pub(super) name: String,
    cache: BTreeMap<RecordKey, Cached>,
}

#[derive(Debug)]
struct Cached {
    fetched: Instant,
    set: RecordSet,
    /// Clients ask all the time: it is fetched anew whenever it runs out.
    warm: bool,
}

/// Who is asked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Server {
    Authority { zone: usize, index: usize },
    Resolver(usize),
}

/// Values without final dots, and what is left of the TTL.
type Found = Option<(Vec<String>, Duration)>;

impl Resolver {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), cache: BTreeMap::new() }
    }

    /// Fills the cache as clients left it: each record at a drawn age of less than its TTL.
    pub(super) fn warm(&mut self, seed: Seed, key: &RecordKey, set: &RecordSet, now: Instant) {
        let phase = seed.draw(&["lab", "cache", &self.name, &key.name, &key.kind]).uniform();
        let age = set.ttl.mul_f64(phase).as_millis();
        let fetched = now - Duration::from_millis(u64::try_from(age).unwrap_or(0));
        self.cache.insert(key.clone(), Cached { fetched, set: set.clone(), warm: true });
    }
}

impl State {
    /// The zone whose authorities hold `name`; a resolver sees private ones first.
    fn zone_of(&self, name: &str, private: bool) -> Option<usize> {
        (0..self.zones.len())
            .filter(|index| self.zones[*index].holds(name) && (private || !self.zones[*index].private))
            .max_by_key(|index| (self.zones[*index].name.len(), self.zones[*index].private))
    }

    pub(super) fn authorities(&self, name: &str) -> Option<&[String; AUTHORITIES]> {
        self.zone_of(&plain(name), false).map(|zone| &self.zones[zone].authorities)
    }

    /// The server of this name, for a question about `name`.
    pub(super) fn server(&self, server: &str, name: &str) -> Option<Server> {
        if let Some(index) = self.resolvers.iter().position(|resolver| resolver.name == server) {
            return Some(Server::Resolver(index));
        }
        let zone = self.zone_of(&plain(name), false)?;
        let server = plain(server);
        let index = self.zones[zone].authorities.iter().position(|authority| *authority == server)?;
        Some(Server::Authority { zone, index })
    }

    /// What `server` answers. For an address, aliases are followed.
    pub(super) fn answer(&mut self, server: Server, name: &str, kind: &str, now: Instant) -> Found {
        let mut name = plain(name);
        let mut left = Duration::MAX;
        for _ in 0..LONGEST_CHAIN {
            if let Some((values, ttl)) = self.answer_directly(server, &name, kind, now) {
                return Some((values, left.min(ttl)));
            }
            if kind != "A" {
                return None;
            }
            let (values, ttl) = self.answer_directly(server, &name, "CNAME", now)?;
            left = left.min(ttl);
            name = plain(values.first()?);
        }
        None
    }

    fn answer_directly(&mut self, server: Server, name: &str, kind: &str, now: Instant) -> Found {
        if kind == "A"
            && let Some(instance) = self.at_endpoint(name, now)
        {
            return Some((vec![instance.address(self.seed)], ENDPOINT_TTL));
        }
        let key = RecordKey::new(name, kind);
        let (set, left) = match server {
            Server::Authority { zone, index } => {
                let set = self.zones[zone].answer(index, &key, now)?.clone();
                let ttl = set.ttl;
                (set, ttl)
            }
            Server::Resolver(resolver) => self.resolve(resolver, &key, now)?,
        };
        let mut values: Vec<String> =
            set.values.iter().map(|value| value.trim_end_matches('.').to_owned()).collect();
        values.sort();
        Some((values, left))
    }

    fn resolve(&mut self, resolver: usize, key: &RecordKey, now: Instant) -> Option<(RecordSet, Duration)> {
        loop {
            let cached = self.resolvers[resolver].cache.get(key);
            let (at, warm) = match cached {
                Some(Cached { fetched, set, warm }) => {
                    let expires = *fetched + set.ttl;
                    if now < expires {
                        return Some((set.clone(), (expires - now).to_std().unwrap_or_default()));
                    }
                    (if *warm && !set.ttl.is_zero() { expires } else { now }, *warm)
                }
                None => (now, false),
            };
            match self.fetch(resolver, key, at) {
                Some(set) if set.ttl.is_zero() => return Some((set, Duration::ZERO)),
                Some(set) => {
                    self.resolvers[resolver].cache.insert(key.clone(), Cached { fetched: at, set, warm });
                }
                None => {
                    self.resolvers[resolver].cache.remove(key);
                    if at == now {
                        return None;
                    }
                }
            }
        }
    }

    /// Asks one authority, drawn, as resolvers do.
    fn fetch(&self, resolver: usize, key: &RecordKey, at: Instant) -> Option<RecordSet> {
        let zone = &self.zones[self.zone_of(&key.name, true)?];
        let name = &self.resolvers[resolver].name;
        let at_text = at.timestamp_millis().to_string();
        let drawn = self.seed.draw(&["lab", "fetch", name, &key.name, &key.kind, &at_text]).uniform();
        let index =
            (0..AUTHORITIES).find(|index| drawn * 4.0 < f64::from(u32::try_from(*index).unwrap_or(0)) + 1.0);
        zone.answer(index.unwrap_or(0), key, at).cloned()
    }

    fn at_endpoint(&self, name: &str, now: Instant) -> Option<&Instance> {
        let known = |instance: &&Instance| instance.endpoint(self.seed, now).as_deref() == Some(name);
        if name.ends_with(".rds.amazonaws.com") { self.instances.iter().find(known) } else { None }
    }

    /// The instance that a client reaches under `host`, through the first resolver.
    pub(super) fn reach(&mut self, host: &str, now: Instant) -> Option<&Instance> {
        let address = match host.parse::<IpAddr>() {
            Ok(address) => address.to_string(),
            Err(_) => self.answer(Server::Resolver(0), host, "A", now)?.0.first()?.clone(),
        };
        let seed = self.seed;
        self.instances
            .iter()
            .find(|instance| instance.status(now).is_some() && instance.address(seed) == address)
    }
}
