//! Endpoints that answer in AWS's place: all services or none.

use std::{collections::BTreeMap, fmt};

/// Service to URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoints {
    urls: BTreeMap<&'static str, String>,
}

/// Why there are no endpoints to run against.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EndpointError {
    #[error(
        "no endpoint is given, and AWS itself is refused: two runs of one runbook could overlap there, which this version cannot prevent yet"
    )]
    Aws,
    #[error(
        "{with} would be asked at an endpoint, and {without} at AWS: a world that is half AWS is refused"
    )]
    Half { with: String, without: String },
    #[error(
        "`{url}` is AWS itself, which is refused: two runs of one runbook could overlap there, which this version cannot prevent yet"
    )]
    IsAws { url: String },
    #[error("`{url}` is not a URL such as http://127.0.0.1:5000")]
    NotAUrl { url: String },
}

impl EndpointError {
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Half { .. } => "give --endpoint-url, or AWS_ENDPOINT_URL, which count for every service",
            _ => "give --endpoint-url or AWS_ENDPOINT_URL, or rehearse a scenario in the embedded lab",
        }
    }
}

/// The environment variable that gives one service's endpoint, as the SDKs spell it.
fn variable(service: &str) -> &'static str {
    match service {
        "rds" => "AWS_ENDPOINT_URL_RDS",
        "route53" => "AWS_ENDPOINT_URL_ROUTE_53",
        _ => "AWS_ENDPOINT_URL_STS",
    }
}

impl Endpoints {
    /// Endpoints of `services`: the option counts for all; else each service's own variable, else the
    /// one for all.
    pub(crate) fn resolve(
        option: Option<&str>,
        services: impl Iterator<Item = &'static str>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, EndpointError> {
        let given = |name: &str| env(name).filter(|url| !url.is_empty());
        let (mut urls, mut without) = (BTreeMap::new(), Vec::new());
        for service in services {
            let url = option
                .map(str::to_owned)
                .or_else(|| given(variable(service)))
                .or_else(|| given("AWS_ENDPOINT_URL"));
            match url {
                Some(url) => {
                    urls.insert(service, check(url)?);
                }
                None if without.contains(&service) => {}
                None => without.push(service),
            }
        }
        match (urls.is_empty(), without.is_empty()) {
            (_, true) => Ok(Self { urls }),
            (true, false) => Err(EndpointError::Aws),
            (false, false) => Err(EndpointError::Half {
                with: urls.keys().copied().collect::<Vec<_>>().join(" and "),
                without: without.join(" and "),
            }),
        }
    }

    /// The endpoints that a journal names.
    pub(crate) fn from_journal(world: &BTreeMap<String, String>) -> Result<Self, EndpointError> {
        let known = ["rds", "route53", "sts"];
        let named = known.into_iter().filter_map(|service| Some((service, world.get(service)?.clone())));
        let urls = named.map(|(service, url)| Ok((service, check(url)?))).collect::<Result<_, _>>()?;
        Ok(Self { urls })
    }

    pub(super) fn url(&self, service: &str) -> Option<&String> {
        self.urls.get(service)
    }

    /// For the journal.
    pub(crate) fn by_service(&self) -> BTreeMap<String, String> {
        self.urls.iter().map(|(service, url)| ((*service).to_owned(), url.clone())).collect()
    }
}

fn check(url: String) -> Result<String, EndpointError> {
    let Ok(parsed) = url.parse::<http::Uri>() else {
        return Err(EndpointError::NotAUrl { url });
    };
    match (parsed.scheme_str(), parsed.host()) {
        (Some("http" | "https"), Some(host)) => {
            let host = host.trim_end_matches('.').to_ascii_lowercase();
            let aws = ["amazonaws.com", "amazonaws.com.cn", "api.aws"];
            if aws.iter().any(|domain| host == *domain || host.ends_with(&format!(".{domain}"))) {
                Err(EndpointError::IsAws { url })
            } else {
                Ok(url)
            }
        }
        _ => Err(EndpointError::NotAUrl { url }),
    }
}

impl fmt::Display for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut urls: Vec<&str> = self.urls.values().map(String::as_str).collect();
        urls.sort_unstable();
        urls.dedup();
        f.write_str(&urls.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(option: Option<&str>, env: &[(&str, &str)]) -> Result<Endpoints, EndpointError> {
        let env = |name: &str| env.iter().find(|(key, _)| *key == name).map(|(_, url)| (*url).to_owned());
        Endpoints::resolve(option, ["rds", "sts", "rds"].into_iter(), &env)
    }

    #[test]
    fn an_endpoint_counts_for_every_service_unless_a_service_has_its_own() {
        let endpoints = resolve(
            None,
            &[("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), ("AWS_ENDPOINT_URL_RDS", "http://127.0.0.1:2")],
        )
        .expect("endpoints");
        assert_eq!(endpoints.url("rds").map(String::as_str), Some("http://127.0.0.1:2"));
        assert_eq!(endpoints.url("sts").map(String::as_str), Some("http://127.0.0.1:1"));
    }

    #[test]
    fn a_world_that_is_half_aws_is_refused() {
        let error = resolve(None, &[("AWS_ENDPOINT_URL_RDS", "http://127.0.0.1:2")]);
        assert_eq!(error, Err(EndpointError::Half { with: "rds".to_owned(), without: "sts".to_owned() }));
    }

    #[test]
    fn aws_itself_is_refused_under_any_of_its_names() {
        assert_eq!(resolve(None, &[]), Err(EndpointError::Aws));
        for url in ["https://rds.us-east-1.amazonaws.com", "https://STS.AMAZONAWS.COM./", "https://x.api.aws"]
        {
            assert!(matches!(resolve(Some(url), &[]), Err(EndpointError::IsAws { .. })), "{url}");
        }
        for url in ["127.0.0.1:5000", "", "file:///x", "http://"] {
            assert!(matches!(resolve(Some(url), &[]), Err(EndpointError::NotAUrl { .. })), "{url}");
        }
    }
}
