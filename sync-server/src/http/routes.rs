//! The list of routes, each with who may call it.
//!
//! Invariant: a route cannot be added without saying who may call it, and what it says is what is enforced; the test of
//! the whole matrix walks this very list.

use std::sync::Arc;

use ancu_shared::error::ErrorCode;
use ancu_shared::role::Role;
use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};

use super::extract;
use super::problem::Failure;
use crate::clock::token_hash;
use crate::service::access::Caller;
use crate::service::{App, behind, room};
use crate::store::rows::DeviceRow;

/// Name of the session's cookie.
pub const SESSION_COOKIE: &str = "ancu_session";
/// Calls of devices that tell their own clock.
const TELLING: [&str; 2] = ["/sync/v1/push", "/sync/v1/pull"];
/// Calls that change something must carry this header: a form of another site cannot.
pub const REQUESTED_WITH: &str = "x-requested-with";

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Anybody, from a page of ours only: the login.
    Login,
    /// An enrolled device with its token.
    Device,
    /// Whoever is logged in.
    SignedIn,
    /// Whoever is logged in and holds one of these roles today.
    Roles(&'static [Role]),
}

/// Those who read records by office.
pub const READERS: Access =
    Access::Roles(&[Role::CommuneDataOfficer, Role::AreaTeamOfficer, Role::AreaTeamReviewer, Role::Pc07Manager]);
/// Those who decide on inspections.
pub const REVIEWERS: Access = Access::Roles(&[Role::AreaTeamReviewer, Role::Pc07Manager]);
/// Those who are told that something is in quarantine.
pub const SUPERVISORS: Access = Access::Roles(&[Role::AreaTeamReviewer, Role::Pc07Manager, Role::SysAdmin]);
/// All who work with the console.
pub const STAFF: Access = Access::Roles(&[
    Role::CommuneDataOfficer,
    Role::AreaTeamOfficer,
    Role::AreaTeamReviewer,
    Role::Pc07Manager,
    Role::SysAdmin,
]);
/// Those who give a household head another code: who decides on declarations, and administrators.
pub const HEAD_ENROLLERS: Access = Access::Roles(&[Role::CommuneDataOfficer, Role::AreaTeamOfficer, Role::SysAdmin]);
/// Administrators.
pub const ADMINISTRATORS: Access = Access::Roles(&[Role::SysAdmin]);

/// One route, as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The method.
    pub method: Method,
    /// The path, with `{names}`.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
}

/// Who reads a route's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bodies {
    /// The guard, whole and small.
    Small,
    /// The handler.
    Own,
}

/// Collects routes and what is said of them.
pub struct Routes {
    app: App,
    router: Router<App>,
    rules: Vec<Rule>,
}

impl Routes {
    /// No routes yet.
    pub fn new(app: &App) -> Self {
        Self { app: Arc::clone(app), router: Router::new(), rules: Vec::new() }
    }

    /// Adds a route. Its body, needed or not, is a small one and read whole before the handler acts: what is too large is
    /// refused before anything is done.
    pub fn route<H, T>(self, method: Method, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add(method, path, access, Bodies::Small, handler)
    }

    /// Adds a route whose handler reads the body itself, and says how large it may be.
    pub fn carrying<H, T>(self, method: Method, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add(method, path, access, Bodies::Own, handler)
    }

    fn add<H, T>(mut self, method: Method, path: &'static str, access: Access, bodies: Bodies, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(method.clone()).expect("a method that axum knows");
        let guard = middleware::from_fn_with_state((Arc::clone(&self.app), access, bodies), guard);
        self.router = self.router.route(path, on(filter, handler).route_layer(guard));
        self.rules.push(Rule { method, path, access });
        self
    }

    /// Adds another list.
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.rules.extend(other.rules);
        self
    }

    /// Does something to every answer of these routes.
    pub fn answering<F, Fut>(mut self, map: F) -> Self
    where
        F: Fn(Request, Next) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Response> + Send + 'static,
    {
        self.router = self.router.layer(middleware::from_fn(map));
        self
    }

    /// The list so far.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The router, and the list.
    pub fn into_parts(self) -> (Router<App>, Vec<Rule>) {
        (self.router, self.rules)
    }
}

/// Lets in who may call, and tells the handler who it is.
async fn guard(
    State((app, access, bodies)): State<(App, Access, Bodies)>,
    mut request: Request,
    next: Next,
) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    // Begun without room: whoever comes first after there is some finds a server that goes on.
    let room = if app.store.takes_in() { Ok(()) } else { room::recover(&app).await };
    let outcome = match access {
        // Nothing is exchanged with a store that is only read: what its start would have to write down was not written.
        Access::Device if room.is_err() => room.map_err(Failure::from),
        Access::Public => Ok(()),
        Access::Login => from_our_page(request.headers(), true),
        Access::Device => match device(&app, request.headers()).await {
            Ok((caller, device)) => {
                request.extensions_mut().insert(caller);
                request.extensions_mut().insert(device);
                // These tell the device's clock, and ask for themselves.
                let tells = TELLING.contains(&request.uri().path());
                if tells { Ok(()) } else { behind::check(&app).await.map_err(Failure::from) }
            }
            Err(failure) => Err(failure),
        },
        Access::SignedIn | Access::Roles(_) => match session(&app, request.headers()).await {
            Ok(caller) => {
                let allowed = match access {
                    Access::Roles(roles) => caller.holds(roles),
                    _ => true,
                };
                request.extensions_mut().insert(caller);
                let may =
                    if allowed { from_our_page(request.headers(), changes) } else { Err(ErrorCode::Forbidden.into()) };
                // On a wrong day records are read, and whoever will leaves.
                match may {
                    Ok(()) if changes && access != Access::SignedIn => behind::check(&app).await.map_err(Failure::from),
                    other => other,
                }
            }
            Err(failure) => Err(failure),
        },
    };
    let request = match (outcome, bodies) {
        (Ok(()), Bodies::Own) => Ok(request),
        (Ok(()), Bodies::Small) => extract::whole(request).await,
        (Err(failure), _) => Err(failure),
    };
    match request {
        Ok(request) => next.run(request).await,
        Err(failure) => failure.into_response(),
    }
}

fn from_our_page(headers: &HeaderMap, changes: bool) -> Result<(), Failure> {
    let ours = headers.get(REQUESTED_WITH).is_some_and(|value| value == "ancu");
    if changes && !ours { Err(ErrorCode::OriginForeign.into()) } else { Ok(()) }
}

async fn device(app: &App, headers: &HeaderMap) -> Result<(Caller, DeviceRow), Failure> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or(ErrorCode::LoginRequired)?;
    let (hash, now) = (token_hash(token.trim()), app.now());
    app.store
        .read(move |transaction| {
            let device = transaction.device_by_token(&hash)?.ok_or(ErrorCode::LoginRequired)?;
            if device.revoked_at.is_some() {
                return Err(Failure::from(ErrorCode::DeviceRevoked));
            }
            let caller = Caller::load(transaction, device.person, Some(device.id), now)?;
            let caller = caller.filter(|caller| caller.person.disabled_at.is_none());
            Ok((caller.ok_or(ErrorCode::DeviceRevoked)?, device))
        })
        .await
}

async fn session(app: &App, headers: &HeaderMap) -> Result<Caller, Failure> {
    let token = session_token(headers).ok_or(ErrorCode::LoginRequired)?;
    let (hash, now) = (token_hash(&token), app.now());
    if app.sessions.is_ended(&hash) {
        return Err(ErrorCode::LoginRequired.into());
    }
    let (service, day) = (Arc::clone(app), behind::day(app));
    app.store
        .read(move |transaction| {
            let person = match transaction.session(&hash, now)? {
                Some(person) => Some(person),
                None => service.sessions.person(transaction, &hash, now)?,
            };
            let person = person.ok_or(ErrorCode::LoginRequired)?;
            let caller = Caller::load(transaction, person, None, day)?;
            caller.ok_or_else(|| Failure::from(ErrorCode::LoginRequired))
        })
        .await
}

/// The session's token among the cookies.
pub fn session_token(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, _)| *name == SESSION_COOKIE)
        .map(|(_, value)| value.to_owned())
}
