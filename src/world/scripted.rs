//! An AWS that says what a test tells it to, and remembers what it was sent.

use super::{Connection, Notice, Notices};
use crate::world::Closed;
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
    orchestrator::{HttpRequest, HttpResponse},
};
use aws_smithy_types::body::SdkBody;
use futures_util::future::{LocalBoxFuture, ready};
use std::{
    cell::RefCell,
    fmt,
    rc::Rc,
    sync::{Arc, Mutex},
};

/// A request: `DescribeDBInstances`, or `GET /2013-04-01/change/C1`.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) operation: String,
    pub(crate) body: String,
}

type Answer = dyn Fn(&Sent) -> (u16, String) + Send + Sync;

#[derive(Clone)]
struct Scripted {
    answer: Arc<Answer>,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scripted")
    }
}

impl HttpConnector for Scripted {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let form: Vec<(String, String)> =
            form_urlencoded::parse(body.as_bytes()).into_owned().filter(|(key, _)| key == "Action").collect();
        let path = request.uri().splitn(4, '/').nth(3).unwrap_or_default().to_owned();
        let operation = match form.first() {
            Some((_, action)) => action.clone(),
            None => format!("{} /{path}", request.method()),
        };
        let sent = Sent { operation, body };
        let (status, text) = (self.answer)(&sent);
        self.sent.lock().expect("no test panics here").push(sent);
        let status = status.try_into().expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(text))))
    }
}

/// What was sent to a scripted AWS.
#[derive(Clone)]
pub(crate) struct Log(Arc<Mutex<Vec<Sent>>>);

impl Log {
    pub(crate) fn operations(&self) -> Vec<String> {
        self.0.lock().expect("no test panics here").iter().map(|sent| sent.operation.clone()).collect()
    }

    pub(crate) fn bodies(&self, operation: &str) -> Vec<String> {
        let sent = self.0.lock().expect("no test panics here");
        sent.iter().filter(|sent| sent.operation.contains(operation)).map(|sent| sent.body.clone()).collect()
    }
}

/// A connection that answers every request with `answer`.
pub(crate) fn scripted(answer: impl Fn(&Sent) -> (u16, String) + Send + Sync + 'static) -> (Connection, Log) {
    let sent = Arc::default();
    let scripted = Scripted { answer: Arc::new(answer), sent: Arc::clone(&sent) };
    let client = http_client_fn(move |_, _| SharedHttpConnector::new(scripted.clone()));
    (Connection::Lab(client), Log(sent))
}

/// An error as the query protocol and Route 53 write it.
pub(crate) fn error(status: u16, code: &str) -> (u16, String) {
    let text = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>scripted</Message></Error>\
         <RequestId>r-1</RequestId></ErrorResponse>"
    );
    (status, text)
}

/// An answer of RDS.
pub(crate) fn rds(operation: &str, result: &str) -> (u16, String) {
    let text = format!(
        "<{operation}Response><{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></{operation}Response>"
    );
    (200, text)
}

/// Keeps every notice in memory.
#[derive(Default)]
pub(crate) struct Kept(pub(crate) RefCell<Vec<Notice>>);

impl Notices for Kept {
    fn notice(&self, notice: Notice) -> LocalBoxFuture<'_, Result<(), Closed>> {
        self.0.borrow_mut().push(notice);
        Box::pin(ready(Ok(())))
    }
}

impl Kept {
    /// The notices in words: `calling rds:DeleteDBInstance 1`.
    pub(crate) fn words(self: &Rc<Self>) -> Vec<String> {
        self.0.borrow().iter().map(word).collect()
    }
}

fn word(notice: &Notice) -> String {
    match notice {
        Notice::Calling(call) => format!("calling {} {}", call.operation, call.attempt),
        Notice::Called { call, error: None, .. } => format!("called {} {}", call.operation, call.attempt),
        Notice::Called { call, error: Some((code, _)), .. } => {
            format!("failed {} {} {}", call.operation, call.attempt, code.as_deref().unwrap_or("-"))
        }
        Notice::Refused { call, .. } => format!("refused {}", call.operation),
        Notice::Watched { resource, status } => format!("watched {resource} {status}"),
    }
}
