//! The lab on a port: any AWS client speaks to it over HTTP, in real time.
//!
//! Nothing that a client sends, or leaves half sent, keeps another one waiting or ends the server. A
//! call that the lab does not answer is a connection that is dropped, as a client would see it.

use super::{
    embedded::Lab,
    wire::{Cut, WireRequest, WireResponse},
};
use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    Request, Response,
    body::{Body, Bytes, Incoming},
    header::AUTHORIZATION,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{error::Error, future::Future, io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
};

/// The largest body that is read: every request of these services is far smaller.
const LARGEST_BODY: usize = 1 << 20;

/// How long a client may take for a request's head, and may idle between two. Longer than clients keep
/// idle connections, lest one is closed at the moment of its next use.
const HEAD_TIMEOUT: Duration = Duration::from_mins(2);

const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// More wait in the system's queue until one has gone.
const MOST_CONNECTIONS: usize = 512;

/// How long to wait when the system has no connection to give.
const BREATH: Duration = Duration::from_millis(100);

/// Why the lab cannot be served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    #[error("listen on {address}")]
    Bind { address: SocketAddr, source: io::Error },
}

/// A port that is held; what is served on it begins with [`Listener::serve`].
#[derive(Debug)]
pub(crate) struct Listener {
    listener: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Port 0 is any that is free.
    pub(crate) async fn bind(address: SocketAddr) -> Result<Self, ServeError> {
        let error = |source| ServeError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(error)?;
        let address = listener.local_addr().map_err(error)?;
        Ok(Self { listener, address })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves `lab` until `stop` comes; what is in flight then is dropped.
    pub(crate) async fn serve(self, lab: &Lab, stop: impl Future<Output = ()>) {
        let mut connections = FuturesUnordered::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let is_full = connections.len() >= MOST_CONNECTIONS;
            tokio::select! {
                () = &mut stop => return,
                _ = connections.next(), if !connections.is_empty() => {}
                accepted = self.listener.accept(), if !is_full => match accepted {
                    Ok((stream, _)) => {
                        // Answers are small and whole: nothing is gained by waiting for more.
                        let _ = stream.set_nodelay(true);
                        connections.push(connection(lab.clone(), stream).boxed_local());
                    }
                    Err(_) => connections.push(lab.clock().sleep(BREATH).boxed_local()),
                },
            }
        }
    }
}

/// One client, until it leaves, fails or is cut off.
pub(super) async fn connection(lab: Lab, stream: impl AsyncRead + AsyncWrite + Unpin) {
    let service = service_fn(|request| respond(&lab, request));
    // How a connection ends is its client's business.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// An error drops the connection.
async fn respond(lab: &Lab, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Dropped> {
    let answer = match read(request).await {
        Ok(request) => lab.answer(request).await?,
        Err(Unread::Refused { status, code, message }) => lab.refuse(status, code, message),
        Err(Unread::Lost) => return Err(Dropped::Lost),
    };
    Ok(written(answer)?)
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum Dropped {
    #[error(transparent)]
    Cut(#[from] Cut),
    #[error("the client left in the middle of its request")]
    Lost,
    #[error("the answer is no HTTP")]
    Unwritable(#[from] http::Error),
}

/// Why a request did not arrive whole.
enum Unread {
    Refused { status: u16, code: &'static str, message: &'static str },
    Lost,
}

async fn read(request: Request<Incoming>) -> Result<WireRequest, Unread> {
    let (head, body) = request.into_parts();
    let authorization = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    Ok(WireRequest {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        authorization: authorization.map(str::to_owned),
        body: read_body(body).await?,
    })
}

async fn read_body<B>(body: B) -> Result<Vec<u8>, Unread>
where
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let too_large = Unread::Refused {
        status: 413,
        code: "RequestEntityTooLarge",
        message: "A request's body may have 1 MiB.",
    };
    // Who announces too much need not send it first.
    if body.size_hint().lower() > LARGEST_BODY as u64 {
        return Err(too_large);
    }
    match tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, LARGEST_BODY).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes().to_vec()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large),
        Ok(Err(_)) => Err(Unread::Lost),
        Err(_) => Err(Unread::Refused {
            status: 408,
            code: "RequestTimeout",
            message: "The request's body did not arrive in time.",
        }),
    }
}

fn written(answer: WireResponse) -> Result<Response<Full<Bytes>>, http::Error> {
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Full::new(Bytes::from(answer.body)))
}
