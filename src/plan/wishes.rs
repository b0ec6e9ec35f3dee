//! What a run is asked to be, and the parameters that come of it.

use super::{ParameterModel, Runbook, parameter};
use crate::base::{Mode, REDACTED, Redactor, Secret, Span};
use crate::runbook::{Datum, Findings, Scope};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What stands for a secret in a rehearsal, which looks for no credentials.
const DUMMY: &str = "lifeboat-rehearsal-dummy";

/// Texts that every journal holds.
const EVERYWHERE: &str = "lifeboat";

/// A hidden value of fewer characters stands in too many texts.
const SHORTEST: usize = 4;

/// What a run is asked to be.
pub(crate) struct Wishes<'a> {
    pub(crate) mode: Mode,
    /// As given by `-p name=text`.
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) environment: &'a dyn Fn(&str) -> Option<String>,
    /// Whether secrets that nobody gave become dummies: then the environment is not asked for them.
    pub(crate) dummy_secrets: bool,
}

/// What a run was given, secrets included.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) parameters: BTreeMap<String, Value>,
    environment: BTreeMap<String, String>,
    /// Parameters whose values are never shown.
    pub(super) hidden: BTreeSet<String>,
}

impl Given {
    pub(super) fn new(runbook: &Runbook, wishes: &Wishes<'_>, findings: &mut Findings) -> Self {
        for name in wishes.parameters.keys().filter(|name| !runbook.parameters.contains_key(*name)) {
            let message = format!("this runbook has no parameter `{name}`");
            findings
                .error("unknown-parameter", Span::default(), message)
                .suggest(name, runbook.parameters.keys().map(String::as_str));
        }
        let dummy = dummy(runbook, wishes);
        let mut parameters = BTreeMap::new();
        let mut hidden = BTreeSet::new();
        for (name, model) in &runbook.parameters {
            let from_environment = |variable: &String| {
                !wishes.parameters.contains_key(name) && (wishes.environment)(variable).is_some()
            };
            if model.is_secret() || model.variable.as_ref().is_some_and(from_environment) {
                hidden.insert(name.clone());
            }
            parameters.insert(name.clone(), value(model, wishes, &dummy, findings));
        }
        let environment = environment(runbook, wishes, &dummy, findings);
        let given = Self { parameters, environment, hidden };
        given.check_hidden(runbook, &dummy, findings);
        given
    }

    /// Finds hidden values that could not be taken out of a journal without taking out more. None is shown.
    fn check_hidden(&self, runbook: &Runbook, dummy: &str, findings: &mut Findings) {
        let public = self.parameters.iter().filter(|(name, _)| !self.hidden.contains(*name));
        let mut texts: Vec<String> = public.map(|(_, value)| parameter::plain_text(value)).collect();
        texts.extend([runbook.source.text().to_owned(), EVERYWHERE.to_owned()]);
        for text in &mut texts {
            text.make_ascii_lowercase();
        }
        let hidden =
            self.parameters.iter().filter(|(name, value)| self.hidden.contains(*name) && !value.is_null());
        let parameters = hidden.map(|(name, value)| {
            let span = runbook.parameters.get(name).map_or(Span::default(), |model| model.span);
            ("parameter", name, span, parameter::plain_text(value))
        });
        let variables = self.environment.iter().map(|(name, text)| {
            let span = runbook.variables.get(name).copied().unwrap_or_default();
            ("environment variable", name, span, text.clone())
        });
        for (what, name, span, text) in parameters.chain(variables).filter(|(.., text)| text != dummy) {
            let text = text.to_ascii_lowercase();
            let problem = if text.chars().count() < SHORTEST {
                format!("is shorter than {SHORTEST} characters")
            } else if texts.iter().any(|public| public.contains(&text)) {
                "has a text that also occurs in the runbook, out of which it would have to be taken"
                    .to_owned()
            } else {
                continue;
            };
            findings.error("weak-secret", span, format!("the value of the {what} `{name}` {problem}"));
        }
    }

    pub(super) fn redactor(&self) -> Redactor {
        let shown = |name: &String| !self.hidden.contains(name);
        let parameters = self.parameters.iter().filter(|(name, value)| !shown(name) && !value.is_null());
        let secrets = parameters.map(|(_, value)| parameter::secret(value));
        let variables = self.environment.values().map(|text| Secret::new(text.clone()));
        Redactor::new(secrets.chain(variables).collect::<Vec<_>>())
    }

    /// The parameters as a journal may hold them.
    pub(super) fn shown(&self, redactor: &Redactor) -> BTreeMap<String, Value> {
        let show = |(name, value): (&String, &Value)| {
            let hidden = self.hidden.contains(name) && !value.is_null();
            let value = if hidden { Value::from(REDACTED) } else { redactor.value(value.clone()) };
            (name.clone(), value)
        };
        self.parameters.iter().map(show).collect()
    }

    /// What is known before there is a run.
    pub(super) fn scope(&self, models: &BTreeMap<String, ParameterModel>) -> Scope {
        let mut scope = Scope::default();
        let parameters = self.parameters.iter().map(|(name, value)| {
            let datum = models.get(name).map(|model| model.datum(value));
            (name.clone(), datum.unwrap_or_else(|| Datum::Json(value.clone())))
        });
        scope.set("parameters", Datum::map(parameters));
        let environment =
            self.environment.iter().map(|(name, text)| (name.clone(), Datum::text(text.clone())));
        scope.set("env", Datum::map(environment));
        scope
    }
}

/// A dummy that occurs in no text that a journal holds.
fn dummy(runbook: &Runbook, wishes: &Wishes<'_>) -> String {
    let texts = wishes.parameters.values().map(String::as_str).chain([runbook.source.text()]);
    let texts: Vec<String> = texts.map(str::to_ascii_lowercase).collect();
    let mut dummy = DUMMY.to_owned();
    while texts.iter().any(|text| text.contains(&dummy)) {
        dummy.push('-');
    }
    dummy
}

fn value(model: &ParameterModel, wishes: &Wishes<'_>, dummy_text: &str, findings: &mut Findings) -> Value {
    let name = &model.name;
    let parsed = |text: &str, findings: &mut Findings| {
        model.parse(text).unwrap_or_else(|problem| {
            findings.error(
                "bad-parameter",
                model.span,
                format!("the parameter `{name}` is wrong: {problem}"),
            );
            Value::Null
        })
    };
    if let Some(text) = wishes.parameters.get(name) {
        return parsed(text, findings);
    }
    let dummy = wishes.dummy_secrets && model.is_secret();
    if dummy {
        return Value::from(dummy_text);
    }
    if let Some(variable) = &model.variable
        && let Some(text) = (wishes.environment)(variable)
    {
        return model.parse(&text).unwrap_or_else(|_| {
            // Whatever comes from the environment is never repeated.
            let message =
                format!("the parameter `{name}` is wrong: the value of `{variable}` does not fit its type");
            findings.error("bad-parameter", model.span, message);
            Value::Null
        });
    }
    if model.default.is_none() && (model.required || model.variable.is_some()) {
        let message = format!("the parameter `{name}` has no value");
        let finding = findings.error("missing-parameter", model.span, message);
        match &model.variable {
            Some(variable) => finding.hint(format!("set the environment variable `{variable}`")),
            None => finding.hint(format!("give it: `-p {name}=...`")),
        }
    }
    model.default.clone().unwrap_or(Value::Null)
}

fn environment(
    runbook: &Runbook,
    wishes: &Wishes<'_>,
    dummy: &str,
    findings: &mut Findings,
) -> BTreeMap<String, String> {
    let mut environment = BTreeMap::new();
    for (name, span) in &runbook.variables {
        let text = if wishes.dummy_secrets { Some(dummy.to_owned()) } else { (wishes.environment)(name) };
        if let Some(text) = text {
            environment.insert(name.clone(), text);
        } else {
            let message = format!("the environment variable `{name}` is not set");
            findings.error("missing-environment", *span, message);
        }
    }
    environment
}
