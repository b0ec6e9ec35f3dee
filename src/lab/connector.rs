//! The lab as the SDK's HTTP client.

use super::{embedded::Lab, wire::WireRequest};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;

#[derive(Debug, Clone)]
pub(super) struct LabClient {
    lab: Lab,
}

impl LabClient {
    pub(super) fn new(lab: Lab) -> Self {
        Self { lab }
    }
}

impl HttpClient for LabClient {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for LabClient {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let lab = self.lab.clone();
        HttpConnectorFuture::new(async move {
            let request = read(&request);
            let answer = lab.answer(request).await.map_err(|cut| ConnectorError::io(cut.into()))?;
            let status = http::StatusCode::from_u16(answer.status)
                .map_err(|error| ConnectorError::other(error.into(), None))?;
            let mut response = HttpResponse::new(status.into(), SdkBody::from(answer.body));
            for (name, value) in answer.headers {
                response
                    .headers_mut()
                    .try_insert(name, value)
                    .map_err(|error| ConnectorError::other(error.into(), None))?;
            }
            Ok(response)
        })
    }
}

fn read(request: &HttpRequest) -> WireRequest {
    let uri = request.uri().parse::<http::Uri>().unwrap_or_default();
    WireRequest {
        method: request.method().to_owned(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        authorization: request.headers().get("authorization").map(str::to_owned),
        // Every body of these services is in memory.
        body: request.body().bytes().unwrap_or_default().to_vec(),
    }
}
