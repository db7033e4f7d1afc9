//! Sequences of calls of the C library, in any order that C permits.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char};

use arbitrary::Unstructured;
// Brings in the symbols.
use otpkeep_c as _;
use serde_json::Value;

use crate::scratch::{ROOT_KEY, Scratch, sample};

include!(concat!(env!("OUT_DIR"), "/functions.rs"));

/// A function as the header declares it.
pub(super) struct Function {
    name: &'static str,
    address: unsafe extern "C" fn(),
    result: &'static str,
    arguments: &'static [&'static str],
}

/// On the 64-bit platforms numbers and pointers are handed over alike, and what a function does not take is ignored.
#[cfg(not(target_pointer_width = "64"))]
compile_error!("calls are made as 64-bit platforms make them");
type Call = unsafe extern "C" fn(u64, u64, u64, u64, u64, u64, u64) -> u64;

/// At most so many calls on one set of objects.
const CALLS: usize = 24;
/// Items of a batch.
const ITEMS: usize = 4;
const INTERNAL: u64 = 90;
const PANIC: u64 = 91;

const TEXTS: &[&str] = &[
    "",
    "alice",
    "bob",
    "new",
    "totp",
    "totp/",
    "open/",
    "a/b",
    "all",
    "default",
    "root",
    "000000",
    "12345678",
    "JBSWY3DPEHPK3PXP",
    "otpauth://totp/A:b?secret=JBSWY3DPEHPK3PXP&issuer=A",
    "SHA256",
    "totp/keys/alice",
    "totp/code/alice",
    "sys/mounts",
    "sys/policies/acl",
    "auth/token/create",
    "{}",
    "{\"code\":\"000000\"}",
    "{\"generate\":true,\"issuer\":\"A\",\"account_name\":\"b\"}",
    "path \"*\" { capabilities = [\"read\"] }",
    "\u{fc}",
];
const NUMBERS: &[u64] =
    &[0, 1, 2, 6, 8, 16, 20, 30, 60, 200, 1000, 4097, 86_400, 1_800_057_600, 1 << 31, u64::MAX, u64::MAX >> 1];

/// Objects that live, by type, and what calls were given.
struct World {
    scratch: Scratch,
    objects: BTreeMap<String, Vec<u64>>,
    texts: Vec<CString>,
    arrays: Vec<Vec<*const c_char>>,
    bytes: Vec<u8>,
}

/// No call panics, fails by its own fault, returns an object with an error, or keeps silent about a failure.
pub(crate) fn run(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let mut world = World {
        scratch: Scratch::new(),
        objects: BTreeMap::new(),
        texts: vec![],
        arrays: vec![],
        bytes: ROOT_KEY.to_vec(),
    };
    world.scratch.write("a", &sample().file);
    world.open();
    for _ in 0..CALLS {
        if input.is_empty() || world.call(&mut input).is_err() {
            break;
        }
        world.texts.clear();
        world.arrays.clear();
    }
    let backwards = input.arbitrary().unwrap_or(false);
    world.free_all(backwards);
}

fn find(name: &str) -> &'static Function {
    FUNCTIONS.iter().find(|function| function.name == name).expect("a function of the header")
}

impl Function {
    fn invoke(&self, arguments: [u64; 7]) -> u64 {
        // SAFETY: the arguments are what the header asks for at each place; see `Call`.
        unsafe {
            std::mem::transmute::<unsafe extern "C" fn(), Call>(self.address)(
                arguments[0],
                arguments[1],
                arguments[2],
                arguments[3],
                arguments[4],
                arguments[5],
                arguments[6],
            )
        }
    }
}

impl World {
    /// Opens the keep, as most calls need it.
    fn open(&mut self) {
        let options = find("otpkeep_options_new").invoke([0; 7]);
        let root_key = [options, ROOT_KEY.as_ptr() as u64, 32, 0, 0, 0, 0];
        assert_eq!(find("otpkeep_options_set_root_key").invoke(root_key) as u32, 0);
        self.make_cheap(options);
        let mut keep = 0_u64;
        let location = self.file("a");
        let opened = [location, options, &raw mut keep as u64, 0, 0, 0, 0];
        assert_eq!(find("otpkeep_open").invoke(opened) as u32, 0);
        self.objects.entry("options".into()).or_default().push(options);
        self.objects.entry("keep".into()).or_default().push(keep);
    }

    /// Passphrases shall not cost what they should.
    fn make_cheap(&self, options: u64) {
        find("otpkeep_options_set_passphrase_cost").invoke([options, 19_456, 1, 0, 0, 0, 0]);
    }

    fn file(&mut self, name: &str) -> u64 {
        let path = self.scratch.file(name).into_os_string().into_string().expect("a path");
        self.text(&path)
    }

    fn text(&mut self, text: &str) -> u64 {
        let bytes: Vec<u8> = text.bytes().filter(|byte| *byte != 0).collect();
        self.texts.push(CString::new(bytes).expect("no NUL"));
        self.texts.last().map_or(0, |text| text.as_ptr() as u64)
    }

    fn any_text(&mut self, input: &mut Unstructured<'_>) -> arbitrary::Result<u64> {
        let text = match input.int_in_range(0..=9)? {
            0 => return Ok(0),
            1 => {
                let length = input.int_in_range(0..=40)?;
                let bytes = input.bytes(length.min(input.len()))?;
                // Not always UTF-8, but without the NUL that would end it.
                let bytes: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
                // A file that a request names is not to be written.
                if serde_json::from_slice(&bytes).is_ok_and(|json: Value| names_file(&json)) {
                    return Ok(0);
                }
                self.texts.push(CString::new(bytes).expect("no NUL"));
                return Ok(self.texts.last().map_or(0, |text| text.as_ptr() as u64));
            }
            2 => "x".repeat(input.int_in_range(0..=5000)?),
            _ => (*input.choose(TEXTS)?).to_owned(),
        };
        Ok(self.text(&text))
    }

    fn call(&mut self, input: &mut Unstructured<'_>) -> arbitrary::Result<()> {
        let function = input.choose(FUNCTIONS)?;
        let mut outputs = [0_u64; 7];
        // Room for whatever a function writes: a code, or a verdict for each item.
        let mut rooms = vec![[0_u64; 64]; 7];
        let mut arguments = [0_u64; 7];
        let mut made: Vec<(usize, String)> = vec![];
        for (place, declared) in function.arguments.iter().enumerate() {
            let (kind, name) = declared.rsplit_once([' ', '*']).unwrap_or((declared, ""));
            let (kind, name) = (kind.trim(), name.trim_matches(['*', ' ']));
            let is_pointer = declared.contains('*');
            let is_null = input.ratio(1, 16)?;
            let object =
                declared.split("otpkeep_").nth(1).map(|rest| rest.split([' ', '*']).next().unwrap_or_default());
            arguments[place] = match (declared.matches('*').count(), object) {
                _ if *declared == "void" => 0,
                (2, Some(_)) | (1, Some("verdict" | "attempts")) if is_null => 0,
                (2, Some(object)) => {
                    made.push((place, object.to_owned()));
                    &raw mut outputs[place] as u64
                }
                (1, Some("verdict" | "attempts")) => rooms[place].as_mut_ptr() as u64,
                (1, Some(object)) => self.object(input, object, is_null)?,
                (2, None) => {
                    // The header asks for as many as `count` says.
                    let mut texts = Vec::new();
                    for _ in 0..ITEMS {
                        texts.push(self.any_text(input)? as *const c_char);
                    }
                    self.arrays.push(texts);
                    if is_null { 0 } else { self.arrays.last().map_or(0, |array| array.as_ptr() as u64) }
                }
                (1, None) if kind.contains("char") => match name {
                    "location" | "backup" | "destination" => {
                        let file = *input.choose(&["a", "b", "c", "none/d"])?;
                        if is_null { 0 } else { self.file(file) }
                    }
                    "path" if function.name.ends_with("_audit") || function.name.ends_with("_file") => {
                        self.file("file")
                    }
                    _ => self.any_text(input)?,
                },
                (1, None) if kind.contains("uint8_t") => {
                    let given = *input.choose(&[0, 1, 31, 32, 33, 1025])?;
                    self.bytes.resize(given.max(32), 7);
                    outputs[place + 1] = given as u64;
                    if is_null { 0 } else { self.bytes.as_ptr() as u64 }
                }
                (1, None) | (0, None) if is_pointer || kind.contains("char") => {
                    if is_null {
                        0
                    } else {
                        rooms[place].as_mut_ptr() as u64
                    }
                }
                _ => match name {
                    "length" => outputs[place],
                    "count" => input.int_in_range(0..=ITEMS as u64)?,
                    "memory_kib" => 19_456,
                    "passes" => 1,
                    // A barcode of four thousand pixels is slow, and no news.
                    "milliseconds" => 0,
                    _ => *input.choose(NUMBERS)?,
                },
            };
        }
        if function.name.ends_with("_barcode_size") {
            arguments[1] = arguments[1].min(200);
        }
        outputs = [0; 7];
        if function.name.ends_with("_free") || function.name == "otpkeep_close" {
            self.objects.values_mut().for_each(|living| living.retain(|object| *object != arguments[0]));
        }
        let result = function.invoke(arguments);
        self.judge(function, result, &made, &outputs);
        Ok(())
    }

    /// An object of a type, or NULL.
    fn object(&mut self, input: &mut Unstructured<'_>, object: &str, is_null: bool) -> arbitrary::Result<u64> {
        let living = self.objects.entry(object.to_owned()).or_default();
        if living.is_empty() || is_null {
            return Ok(0);
        }
        Ok(living[input.choose_index(living.len())?])
    }

    fn judge(&mut self, function: &Function, result: u64, made: &[(usize, String)], outputs: &[u64; 7]) {
        let name = function.name;
        if function.result == "otpkeep_status" {
            let status = result & 0xffff_ffff;
            assert!(status != INTERNAL && status != PANIC, "{name}: status {status}");
            for (place, object) in made {
                let (is_set, is_error) = (outputs[*place] != 0, object == "error");
                assert_eq!(is_set, is_error == (status != 0), "{name}: {object} after status {status}");
            }
        }
        for (place, object) in made.iter().filter(|(place, _)| outputs[*place] != 0) {
            self.objects.entry(object.clone()).or_default().push(outputs[*place]);
        }
        if function.result.contains("char *") && result != 0 {
            // SAFETY: what an accessor returns is a text that ends with NUL.
            let text = unsafe { CStr::from_ptr(result as *const c_char) };
            assert!(text.to_str().is_ok(), "{name}: not UTF-8");
        } else if name.ends_with("_new") {
            let object = name.trim_start_matches("otpkeep_").trim_end_matches("_new");
            if object == "options" {
                self.make_cheap(result);
            }
            self.objects.entry(object.to_owned()).or_default().push(result);
        }
    }

    fn free_all(mut self, backwards: bool) {
        let mut all: Vec<(String, Vec<u64>)> = std::mem::take(&mut self.objects).into_iter().collect();
        if backwards {
            all.reverse();
        }
        for (object, living) in all {
            let name = if object == "keep" { "otpkeep_close".into() } else { format!("otpkeep_{object}_free") };
            for object in living {
                find(&name).invoke([object, 0, 0, 0, 0, 0, 0]);
            }
        }
    }
}

fn names_file(json: &Value) -> bool {
    match json {
        Value::Object(entries) => entries.iter().any(|(name, value)| name == "file_path" || names_file(value)),
        Value::Array(items) => items.iter().any(names_file),
        _ => false,
    }
}
