//! The guard: in the pipeline of every AWS client, before anything is serialised or sent.
//!
//! It refuses what the plan did not declare, whatever the code above it does.

mod subject;
#[cfg(test)]
mod tests;

use crate::base::{Action, Mode, Resource, ResourceKind};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{BeforeDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut},
        },
        orchestrator::Metadata,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};
use subject::{Deed, Subject};

/// Services without a Region of their own.
const GLOBAL: [&str; 3] = ["route53", "sts", "iam"];

/// What a plan may call, and on what.
#[derive(Debug, Clone)]
pub(crate) struct Allowance {
    pub(crate) mode: Mode,
    pub(crate) actions: BTreeSet<Action>,
    /// Empty: any account.
    pub(crate) accounts: BTreeSet<String>,
    /// Empty: any Region.
    pub(crate) regions: BTreeSet<String>,
    pub(crate) lost_regions: BTreeSet<String>,
    /// What a drill may change although it did not create it, as `drill-may-change` spells it.
    pub(crate) drill_may_change: Vec<String>,
}

/// Why a call was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("no step of this plan declares `{0}`")]
    NotDeclared(String),
    #[error("{0} is a lost Region: nothing there may be called")]
    LostRegion(String),
    #[error("{0} is not among the Regions of the guardrails")]
    OtherRegion(String),
    #[error("account {0} is not among the accounts of the guardrails")]
    OtherAccount(String),
    #[error("it is not known yet which account this is")]
    UnknownAccount,
    #[error("a drill changes nothing that it did not create, and it did not create `{0}`")]
    NotCreatedByDrill(Resource),
    #[error("a run deletes only what it created, and it did not create `{0}`")]
    NotCreatedByRun(Resource),
    #[error("what `{0}` changes cannot be told from its input")]
    Opaque(String),
}

/// Decides which calls may leave.
#[derive(Debug)]
pub(crate) struct Guard {
    allowance: Allowance,
    owned: Mutex<BTreeSet<Resource>>,
}

impl Guard {
    pub(crate) fn new(allowance: Allowance) -> Arc<Self> {
        Arc::new(Self { allowance, owned: Mutex::default() })
    }

    /// From now on `resource` counts as created by this run.
    pub(crate) fn own(&self, resource: Resource) {
        self.owned.lock().unwrap_or_else(PoisonError::into_inner).insert(resource);
    }

    /// From now on `resource` is nobody's business: it was removed, or is kept for good.
    pub(crate) fn disown(&self, resource: &Resource) {
        self.owned.lock().unwrap_or_else(PoisonError::into_inner).remove(resource);
    }

    /// Whether the guardrails allow this account.
    pub(crate) fn allows_account(&self, account: &str) -> Result<(), Refusal> {
        let accounts = &self.allowance.accounts;
        if accounts.is_empty() || accounts.contains(account) {
            Ok(())
        } else {
            Err(Refusal::OtherAccount(account.to_owned()))
        }
    }

    /// Whether the runbook lets a drill change `resource` although it did not create it.
    pub(crate) fn drill_may_change(&self, resource: &Resource) -> bool {
        self.may_change(resource)
    }

    fn owns(&self, resource: &Resource) -> bool {
        self.owned.lock().unwrap_or_else(PoisonError::into_inner).contains(resource)
    }

    fn judge(&self, call: &CallInQuestion<'_>) -> Result<(), Refusal> {
        let action = self.declared(call)?;
        if !GLOBAL.contains(&action.service) {
            self.judge_region(call.region)?;
        }
        if action.operation != "GetCallerIdentity" {
            match call.account {
                Some(account) => self.allows_account(account)?,
                None => return Err(Refusal::UnknownAccount),
            }
        }
        if !action.changes {
            return Ok(());
        }
        let subjects = call.subjects.ok_or_else(|| Refusal::Opaque(action.to_string()))?;
        subjects.iter().try_for_each(|subject| self.judge_subject(subject))
    }

    fn declared(&self, call: &CallInQuestion<'_>) -> Result<Action, Refusal> {
        let named = |action: &&Action| action.service == call.service && action.operation == call.operation;
        match self.allowance.actions.iter().find(named) {
            Some(action) => Ok(*action),
            None => Err(Refusal::NotDeclared(format!("{}:{}", call.service, call.operation))),
        }
    }

    fn judge_region(&self, region: &str) -> Result<(), Refusal> {
        let Allowance { regions, lost_regions, .. } = &self.allowance;
        if lost_regions.contains(region) {
            return Err(Refusal::LostRegion(region.to_owned()));
        }
        if !regions.is_empty() && !regions.contains(region) {
            return Err(Refusal::OtherRegion(region.to_owned()));
        }
        Ok(())
    }

    fn judge_subject(&self, subject: &Subject) -> Result<(), Refusal> {
        let Subject { deed, resource } = subject;
        match (deed, resource.kind) {
            // The service refuses to create over what stands there already.
            (Deed::Create, _) => Ok(()),
            _ if self.owns(resource) => Ok(()),
            // An instance that this run did not create is deleted in no mode, whatever the runbook allows.
            (Deed::Delete, ResourceKind::RdsInstance) => Err(Refusal::NotCreatedByRun(resource.clone())),
            _ => match self.allowance.mode {
                Mode::Incident => Ok(()),
                Mode::Drill if self.may_change(resource) => Ok(()),
                Mode::Drill => Err(Refusal::NotCreatedByDrill(resource.clone())),
            },
        }
    }

    fn may_change(&self, resource: &Resource) -> bool {
        self.allowance.drill_may_change.iter().any(|spelled| spells(spelled, resource))
    }
}

/// Whether a line of `drill-may-change` means `resource`: `rds:<id>`,
/// `route53:<zone>/<name>/<type>`, or a bare domain name. A zone may be spelled by its name.
fn spells(spelled: &str, resource: &Resource) -> bool {
    match resource.kind {
        ResourceKind::RdsInstance => {
            spelled.strip_prefix("rds:").is_some_and(|id| id.eq_ignore_ascii_case(&resource.id))
        }
        ResourceKind::Route53Record => {
            let mut parts = resource.id.splitn(3, '/');
            let (Some(zone), Some(name), Some(kind)) = (parts.next(), parts.next(), parts.next()) else {
                return false;
            };
            let same_name = |text: &str| text.trim_end_matches('.').eq_ignore_ascii_case(name);
            let Some(spelled) = spelled.strip_prefix("route53:") else {
                return !spelled.contains(':') && same_name(spelled);
            };
            let mut parts = spelled.split('/');
            let (zone_spelled, name_spelled, kind_spelled) = (parts.next(), parts.next(), parts.next());
            // A fourth part is a set id: it means one of several sets under this name, never the simple one.
            parts.next().is_none()
                && zone_spelled.is_some_and(|spelled| {
                    spelled == zone || (spelled.contains('.') && within(name, spelled.trim_end_matches('.')))
                })
                && name_spelled.is_some_and(same_name)
                && kind_spelled.is_some_and(|spelled| spelled.eq_ignore_ascii_case(kind))
        }
    }
}

fn within(name: &str, zone: &str) -> bool {
    name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

struct CallInQuestion<'a> {
    service: &'a str,
    operation: &'a str,
    region: &'a str,
    account: Option<&'a str>,
    /// `None` when the guard cannot read this operation's input.
    subjects: Option<&'a [Subject]>,
}

/// The guard's hand in one place's clients.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    guard: Arc<Guard>,
    region: String,
    account: Arc<Mutex<Option<String>>>,
    last_date: Arc<Mutex<Option<String>>>,
}

impl Gate {
    pub(super) fn new(guard: Arc<Guard>, region: &str) -> Self {
        Self { guard, region: region.to_owned(), account: Arc::default(), last_date: Arc::default() }
    }

    /// Opens the gate for calls other than the question who we are.
    pub(super) fn confirm_account(&self, account: &str) {
        *self.account.lock().unwrap_or_else(PoisonError::into_inner) = Some(account.to_owned());
    }
}

impl Gate {
    pub(super) fn last_date(&self) -> Option<String> {
        self.last_date.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Intercept for Gate {
    fn name(&self) -> &'static str {
        "LifeboatGuard"
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(date) = context.response().headers().get("date") {
            *self.last_date.lock().unwrap_or_else(PoisonError::into_inner) = Some(date.to_owned());
        }
        Ok(())
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let metadata = config.load::<Metadata>().ok_or("the client does not say which operation it calls")?;
        let service = service_of(metadata.service());
        let account = self.account.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let subjects = subject::of(context.input(), &self.region);
        self.guard.judge(&CallInQuestion {
            service,
            operation: metadata.name(),
            region: &self.region,
            account: account.as_deref(),
            subjects: subjects.as_deref(),
        })?;
        Ok(())
    }
}

/// The SDK's name of a service, as IAM spells it.
fn service_of(sdk_name: &str) -> &str {
    match sdk_name {
        "RDS" => "rds",
        "Route 53" => "route53",
        "STS" => "sts",
        other => other,
    }
}
