use engine::{Slot, SlotKind, Status};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::at::datetime;
use crate::values::Class;

static STATUS: Class = Class::new("Status");
static SLOT: Class = Class::new("Slot");

/// The Python value.
pub(crate) fn status<'py>(py: Python<'py>, status: &Status) -> PyResult<Bound<'py, PyAny>> {
    let slots = status.slots.iter().map(|known| slot(py, known)).collect::<PyResult<Vec<_>>>()?;
    let fields = PyDict::new(py);
    fields.set_item("keep_id", &status.keep_id)?;
    fields.set_item("format", status.format)?;
    fields.set_item("storage", &status.storage)?;
    fields.set_item("bytes", status.bytes)?;
    fields.set_item("created", datetime(py, status.created)?)?;
    fields.set_item("keys", status.keys)?;
    fields.set_item("mounts", status.mounts)?;
    fields.set_item("current_term", status.current_term)?;
    fields.set_item("terms", status.terms)?;
    fields.set_item("slots", PyTuple::new(py, slots)?)?;
    fields.set_item("memory_locked", status.memory_locked)?;
    fields.set_item("memory_not_dumped", status.memory_not_dumped)?;
    fields.set_item("warnings", PyTuple::new(py, &status.warnings)?)?;
    STATUS.with(py, &fields)
}

fn slot<'py>(py: Python<'py>, slot: &Slot) -> PyResult<Bound<'py, PyAny>> {
    // Of a damaged slot neither kind nor time is known.
    let created = slot.kind.map(|_| datetime(py, slot.created)).transpose()?;
    SLOT.of(py, (slot.id, slot.kind.map(SlotKind::name), created))
}
