//! The routers of a worker, and which of them a turn of its loop has to look at: with hundreds of rooms on a worker, a
//! packet must not cost a walk through all of them.
use crate::ids::{IdMap, IdSet, RouterId};
use crate::router::Router;

#[derive(Default)]
pub struct Routers {
    open: IdMap<RouterId, Router>,
    /// Changed in this turn, or with packets that wait for the end of a tick.
    active: IdSet<RouterId>,
}

impl Routers {
    pub fn insert(&mut self, router: Router) {
        self.open.insert(router.id, router);
    }

    pub fn remove(&mut self, id: RouterId) -> Option<Router> {
        self.open.remove(&id)
    }

    pub fn len(&self) -> usize {
        self.open.len()
    }

    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub fn get(&self, id: RouterId) -> Option<&Router> {
        self.open.get(&id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Router> {
        self.open.values()
    }

    /// The only way to change one.
    pub fn get_mut(&mut self, id: RouterId) -> Option<&mut Router> {
        let router = self.open.get_mut(&id)?;
        self.active.insert(id);
        Some(router)
    }

    pub fn for_active(&mut self, mut action: impl FnMut(&mut Router)) {
        for id in &self.active {
            if let Some(router) = self.open.get_mut(id) {
                action(router);
            }
        }
    }

    pub fn end_turn(&mut self) {
        self.active.retain(|id| self.open.get(id).is_some_and(Router::has_pending));
    }
}
