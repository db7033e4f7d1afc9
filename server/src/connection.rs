use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;

use crate::activity::Activity;
use crate::listener::Stream;
use crate::options::Limits;

/// What all connections share.
#[derive(Clone)]
pub(crate) struct Connections {
    pub(crate) router: Router,
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) limits: Limits,
    /// Turns true when the server stops.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Connections {
    /// Serves one connection to its end.
    pub(crate) async fn serve(self, stream: Box<dyn Stream>, activity: Arc<Activity>) {
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.limits.write_time));
        let stream = Box::pin(stream);
        let Some(tls) = self.tls.clone() else {
            return self.speak(stream, activity).await;
        };
        let mut stopping = self.stopping.clone();
        tokio::select! {
            shaken = timeout(self.limits.header_time, tls.accept(stream)) => {
                if let Ok(Ok(stream)) = shaken {
                    self.speak(stream, activity).await;
                }
            }
            () = activity.closed() => {}
            () = stopped(&mut stopping) => {}
        }
    }

    /// Speaks HTTP with a client until either has enough.
    async fn speak(self, stream: impl Stream, activity: Arc<Activity>) {
        let Connections { router, limits, mut stopping, .. } = self;
        let for_requests = Arc::clone(&activity);
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Arc::clone(&for_requests));
            router.clone().call(request)
        });
        let mut http = http1::Builder::new();
        // A client that has said all it will say is answered too.
        http.half_close(true);
        http.timer(TokioTimer::new()).header_read_timeout(limits.header_time).max_buf_size(limits.header_bytes);
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            _ = connection.as_mut() => return,
            () = activity.closed() => {
                if !activity.is_working() {
                    return;
                }
            }
            () = stopped(&mut stopping) => {}
        }
        // One that never asked for anything has nothing to finish.
        if !activity.has_begun() {
            return;
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            _ = connection.as_mut() => return,
            () = sleep(limits.stop_time) => {}
        }
        // What is being worked on is answered, however long it takes.
        if activity.is_working() {
            let _ = connection.await;
        }
    }
}

/// Waits until the server stops.
pub(crate) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error is that the server is gone.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
