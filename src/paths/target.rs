use super::route::{Family, Field, Route};
use super::{auth, sys, totp};
use crate::error::Result;
use crate::keep::Moment;

/// Where a request goes. Finding it answers nothing: whether it is allowed is asked next.
pub(super) struct Target<'p> {
    /// The path as given, without a leading `/`.
    pub(super) path: &'p str,
    /// The path that policies are asked about, the same in whatever spelling the request came.
    pub(super) asked: String,
    /// The kind of place the path lies in, when there is one.
    pub(super) family: Option<&'static Family>,
    /// The place, such as `totp/`, `sys/` or `auth/token/`.
    pub(super) place: String,
    /// The path within the place.
    pub(super) rest: &'p str,
    /// The route that answers, and the field that the path gives it.
    pub(super) route: Option<(&'static Route, Option<(&'static Field, &'p str)>)>,
}

impl<'p> Target<'p> {
    /// Finds where a path goes at a moment.
    ///
    /// # Errors
    /// `corrupt`, `forked`, `io`.
    pub(super) fn find(moment: &Moment<'_>, path: &'p str) -> Result<Target<'p>> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let bare = path.trim_end_matches('/');
        for (place, family) in [("sys/", &sys::FAMILY), ("auth/token/", &auth::FAMILY)] {
            if let Some(rest) = within(bare, place) {
                return Ok(Target::new(path, asked(place, rest), Some(family), place.into(), rest));
            }
        }
        let reserved = ["sys/", "auth/"].iter().any(|place| within(bare, place).is_some());
        let mount = if reserved { None } else { moment.mount_of(path)? };
        Ok(match mount {
            Some(mount) => {
                let rest = within(path, &mount).unwrap_or_default();
                Target::new(path, path.into(), Some(&totp::FAMILY), mount, rest)
            }
            None => Target::new(path, path.into(), None, String::new(), path),
        })
    }

    /// The route, as the documentation writes it, such as `totp/code/:name`.
    pub(super) fn route_name(&self) -> Option<String> {
        let (family, (route, _)) = self.family.zip(self.route)?;
        Some(format!("{}{}", family.place, route.pattern))
    }

    fn new(path: &'p str, asked: String, family: Option<&'static Family>, place: String, rest: &'p str) -> Target<'p> {
        let routes = family.map_or(&[][..], |family| family.routes);
        let route = routes.iter().find_map(|route| Some((route, route.matches(rest)?)));
        Target { path, asked, family, place, rest, route }
    }
}

/// The path within a place, when it lies there; nothing for the place itself.
fn within<'p>(path: &'p str, place: &str) -> Option<&'p str> {
    path.strip_prefix(place).or_else(|| (path == place.trim_end_matches('/')).then_some(""))
}

/// The path that policies are asked about for a request to this one.
pub(super) fn policy_path(path: &str) -> String {
    let path = path.strip_prefix('/').unwrap_or(path);
    let bare = path.trim_end_matches('/');
    let place = ["sys/", "auth/token/"].into_iter().find_map(|place| Some((place, within(bare, place)?)));
    place.map_or_else(|| path.into(), |(place, rest)| asked(place, rest))
}

/// The one spelling of a path of the keep's own: without a last `/`, and the name of a policy in lower case, so that a
/// rule on it cannot be gone around.
fn asked(place: &str, rest: &str) -> String {
    let is_policy = place == "sys/" && (rest.starts_with("policies/acl/") || rest.starts_with("policy/"));
    let rest = if is_policy { rest.to_lowercase() } else { rest.into() };
    if rest.is_empty() { place.trim_end_matches('/').into() } else { format!("{place}{rest}") }
}
