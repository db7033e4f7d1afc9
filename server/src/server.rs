use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use otpkeep::Keep;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::{self, JoinError, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::activity::Activity;
use crate::connection::{Connections, stopped};
use crate::listener::{Bound, Listen, Stream};
use crate::options::{Limits, Options};
use crate::state::State;
use crate::{routes, tls};

/// A server that has its place and is ready to run.
pub struct Server {
    bound: Bound,
    place: Listen,
    tls: Option<TlsAcceptor>,
    limits: Limits,
    state: Arc<State>,
    stop: Arc<watch::Sender<bool>>,
}

/// Stops a server from wherever it is.
#[derive(Clone)]
pub struct Stopper(Arc<watch::Sender<bool>>);

impl Stopper {
    /// Lets the server finish what it has accepted, and end.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Server {
    /// Takes its place and reads its TLS files. Clients may connect from now on; they are answered once it runs.
    ///
    /// # Errors
    /// `InvalidInput` for a handle without the root key, which could not open those of tokens; for plain HTTP to more
    /// than this machine; for files that are no certificate and key. Otherwise the operating system's.
    pub fn bind(keep: Keep, options: Options) -> io::Result<Server> {
        let Options { listen, tls, insecure_listen, dev_token, limits } = options;
        let refuse = |sentence: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, sentence));
        if !keep.has_root_key() {
            return refuse("the server needs the root key");
        }
        if tls.is_none() && !listen.is_local() && !insecure_listen {
            return refuse(
                "without TLS it listens at a loopback address or a unix socket only: tokens and codes would be \
                 readable on the way",
            );
        }
        let tls = tls.map(|files| tls::acceptor(&files)).transpose()?;
        let bound = Bound::to(&listen)?;
        let place = bound.place()?;
        let (stop, _) = watch::channel(false);
        let state = Arc::new(State::new(keep, dev_token, limits));
        Ok(Server { bound, place, tls, limits, state, stop: Arc::new(stop) })
    }

    /// Where it listens, with the port that was free.
    pub fn place(&self) -> &Listen {
        &self.place
    }

    /// What stops it.
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.stop))
    }

    /// Answers until it is stopped, by its stopper or by SIGTERM or SIGINT; then finishes what it has accepted.
    ///
    /// # Errors
    /// When the operating system gives no threads or signals.
    pub fn run(self) -> io::Result<()> {
        raise_open_files();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .max_blocking_threads(self.limits.workers.max(1) + self.limits.readers() + 1)
            .thread_name("otpkeep-server")
            .build()?;
        runtime.block_on(self.serve())
    }

    async fn serve(self) -> io::Result<()> {
        let Server { bound, place, tls, limits, state, stop } = self;
        let listener = bound.into_listener()?;
        stop_on_signals(Arc::clone(&stop))?;
        let mut stopping = stop.subscribe();
        let router = routes::router(Arc::clone(&state));
        let connections = Connections { router, tls, limits, stopping: stop.subscribe() };
        tracing::info!(place = %place, tls = connections.tls.is_some(), "listening");
        let mut open = Open::default();
        loop {
            state.metrics.connections.set(i64::try_from(open.tasks.len()).unwrap_or(i64::MAX));
            tokio::select! {
                biased;
                () = stopped(&mut stopping) => break,
                Some(ended) = open.tasks.join_next_with_id() => open.forget(&ended),
                stream = listener.accept() => match stream {
                    Ok(stream) if open.has_room(limits.connections) => open.add(stream, &connections),
                    Ok(_) => tracing::warn!("a connection was refused: all others are being worked for"),
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        open.close_longest_idle();
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                },
            }
        }
        drop(listener);
        tracing::info!(connections = open.tasks.len(), "stopping");
        while open.tasks.join_next().await.is_some() {}
        tracing::info!("stopped");
        Ok(())
    }
}

/// The connections that are open.
#[derive(Default)]
struct Open {
    tasks: JoinSet<()>,
    activities: HashMap<task::Id, Arc<Activity>>,
}

impl Open {
    fn add(&mut self, stream: Box<dyn Stream>, connections: &Connections) {
        let activity = Activity::new();
        let task = self.tasks.spawn(connections.clone().serve(stream, Arc::clone(&activity)));
        self.activities.insert(task.id(), activity);
    }

    fn forget(&mut self, ended: &Result<(task::Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => *id,
            Err(error) => error.id(),
        };
        self.activities.remove(&id);
    }

    /// Whether one more fits in, if need be in the place of one that does nothing.
    fn has_room(&self, connections: usize) -> bool {
        self.tasks.len() < connections || self.close_longest_idle()
    }

    /// Closes the connection that has been idle for longest, unless none is idle.
    fn close_longest_idle(&self) -> bool {
        let idle = self.activities.values().filter_map(|activity| Some((activity.idle_since()?, activity)));
        let longest = idle.min_by_key(|(since, _)| *since);
        longest.inspect(|(_, activity)| activity.close()).is_some()
    }
}

/// Stops on SIGTERM and SIGINT.
fn stop_on_signals(stop: Arc<watch::Sender<bool>>) -> io::Result<()> {
    let (mut terminated, mut interrupted) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
        stop.send_replace(true);
    });
    Ok(())
}

/// Lets the process have as many connections open as it may. With fewer, idle ones make room.
fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}
