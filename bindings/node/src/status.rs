use napi_derive::napi;

use crate::call::Call;
use crate::input::number;
use crate::keep::Keep;

/// What may be told of a keep. Times are unix seconds.
#[napi(object, object_from_js = false)]
pub struct Status {
    pub keep_id: String,
    pub format: u32,
    pub storage: String,
    pub bytes: f64,
    pub created: f64,
    pub keys: f64,
    pub mounts: f64,
    pub current_term: u32,
    pub terms: u32,
    pub slots: Vec<Slot>,
    pub memory_locked: bool,
    pub memory_not_dumped: bool,
    pub warnings: Vec<&'static str>,
}

/// What may be told of a slot; kind and time are null when it is damaged.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct Slot {
    pub id: f64,
    pub kind: Option<&'static str>,
    pub created: Option<f64>,
}

impl From<engine::Slot> for Slot {
    fn from(slot: engine::Slot) -> Slot {
        let engine::Slot { id, kind, created } = slot;
        Slot { id: number(id), kind: kind.map(|kind| kind.name()), created: kind.map(|_| number(created)) }
    }
}

impl From<engine::Status> for Status {
    fn from(status: engine::Status) -> Status {
        Status {
            keep_id: status.keep_id,
            format: status.format,
            storage: status.storage,
            bytes: number(status.bytes),
            created: number(status.created),
            keys: number(status.keys),
            mounts: number(status.mounts),
            current_term: status.current_term,
            terms: status.terms,
            slots: status.slots.into_iter().map(Slot::from).collect(),
            memory_locked: status.memory_locked,
            memory_not_dumped: status.memory_not_dumped,
            warnings: status.warnings,
        }
    }
}

#[napi]
impl Keep {
    #[napi]
    pub fn status(&self, on_pool: bool) -> Call<Status> {
        self.call(on_pool, |keep| keep.status().map(Status::from))
    }
}
