use otpkeep_memory::LockedBytes;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::cipher::{KEY_BYTES, SymmetricKey, decrypt, encrypt, expand, tag};
use super::{Decoder, Encoder, KeepId, random};
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::secret::Secret;

const KIND: &str = "otpkeep/keyring";
/// The record header: format, algorithm and term, before the nonce.
const HEADER_BYTES: usize = 6;
/// Version of the record format.
const FORMAT: u8 = 1;
/// AES-256-GCM under an HKDF-SHA256 subkey.
const ALGORITHM: u8 = 1;

/// Positions of the keys in the locked pages; the data keys of the terms follow.
const KEK: usize = 0;
const FIXED: usize = 1;
const STATE: usize = 2;
const FIRST_TERM: usize = 3;

/// What a record is. The name is bound into its key and its tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordKind {
    Key,
    Mount,
    Policy,
    Token,
    Audit,
    /// Not sealed: the kind of a state row's tag.
    State,
}

impl RecordKind {
    const fn name(self) -> &'static str {
        match self {
            RecordKind::Key => "otpkeep/key",
            RecordKind::Mount => "otpkeep/mount",
            RecordKind::Policy => "otpkeep/policy",
            RecordKind::Token => "otpkeep/token",
            RecordKind::Audit => "otpkeep/audit",
            RecordKind::State => "otpkeep/state",
        }
    }
}

/// What a keyed hash is for. Hashes of different purposes tell nothing of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HashPurpose {
    /// The row of a policy, from its name.
    PolicyRow,
    /// The accessor of a token, from its secret.
    TokenAccessor,
    /// The row of a token, from its accessor.
    TokenRow,
    /// The row of an audit file, from its name.
    AuditRow,
    /// What stands in the audit log for a sensitive value.
    AuditValue,
}

impl HashPurpose {
    const fn name(self) -> &'static str {
        match self {
            HashPurpose::PolicyRow => "otpkeep/policy-row-key",
            HashPurpose::TokenAccessor => "otpkeep/token-accessor-key",
            HashPurpose::TokenRow => "otpkeep/token-row-key",
            HashPurpose::AuditRow => "otpkeep/audit-row-key",
            HashPurpose::AuditValue => "otpkeep/audit-value-key",
        }
    }
}

/// Where a record belongs. A record opens only in its own place.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) kind: RecordKind,
    pub(crate) mount_id: u64,
    pub(crate) name: &'a str,
}

/// The keys of an open keep: the KEK, the data keys by term, and the key of the state tags, which terms do not rotate.
/// They lie in locked pages that a core dump leaves out.
pub(crate) struct Keyring {
    keep_id: KeepId,
    /// Unix seconds of the keep's making.
    created: u64,
    epoch: u64,
    /// The sealed form it was opened from or sealed to last, which no other keyring has: two histories of one keep can
    /// count the same epochs.
    sealed: Vec<u8>,
    terms: Vec<Term>,
    pages: LockedBytes,
}

/// The number of a term and when it began. Terms ascend; the last one seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    pub(crate) number: u32,
    pub(crate) created: u64,
}

impl Keyring {
    /// A new keyring with its first term, for a new keep.
    pub(crate) fn generate(keep_id: KeepId, kek: &SymmetricKey, created: u64) -> Result<Keyring> {
        let mut keyring = Keyring::with_kek(keep_id, kek, 0)?;
        keyring.created = created;
        keyring.set_fixed_key(&Zeroizing::new(random()?))?;
        keyring.push_term(Term { number: 1, created }, &Zeroizing::new(random()?))?;
        keyring.sealed_anew()
    }

    /// Opens a sealed keyring.
    ///
    /// # Errors
    /// `corrupt` when it is damaged or belongs elsewhere.
    pub(crate) fn open(keep_id: KeepId, kek: &SymmetricKey, epoch: u64, sealed: &[u8]) -> Result<Keyring> {
        let mut keyring = Keyring::with_kek(keep_id, kek, epoch)?;
        let ciphertext = strip_header(sealed, 0)?;
        let plain = decrypt(&keyring.keyring_key()?, &keyring.aad(), ciphertext).ok_or_else(damaged)?;
        let mut decoder = Decoder::new(plain.expose());
        keyring.created = decoder.seconds()?;
        keyring.set_fixed_key(&key_of(decoder.bytes()?)?)?;
        let count = decoder.small_number()?;
        for _ in 0..count {
            let term = Term { number: decoder.small_number()?, created: decoder.seconds()? };
            keyring.push_term(term, &key_of(decoder.bytes()?)?)?;
        }
        decoder.finish()?;
        if keyring.terms.is_empty() {
            return Err(damaged());
        }
        keyring.sealed = sealed.into();
        Ok(keyring)
    }

    /// Opens another state of the same keyring, as another process left it.
    pub(crate) fn reopen(&self, epoch: u64, sealed: &[u8]) -> Result<Keyring> {
        Keyring::open(self.keep_id, &self.kek()?, epoch, sealed)
    }

    /// The same keyring with one more term, which seals from now on.
    ///
    /// # Errors
    /// `invalid-argument` when the keyring is full: `rewrap` prunes unused terms.
    pub(crate) fn with_new_term(&self, created: u64) -> Result<Keyring> {
        if self.terms.len() >= limits::TERMS {
            return Err(Error::new(Kind::InvalidArgument, "the keyring holds 64 terms: rewrap, then rotate"));
        }
        let number = self.current_term()?.checked_add(1).ok_or_else(damaged)?;
        let mut keyring = self.with_terms(|_| true)?;
        keyring.push_term(Term { number, created }, &Zeroizing::new(random()?))?;
        keyring.sealed_anew()
    }

    /// The same keyring with its current term alone.
    pub(crate) fn pruned(&self) -> Result<Keyring> {
        let current = self.current_term()?;
        self.with_terms(|term| term.number == current)?.sealed_anew()
    }

    /// Whether a row is the one that this keyring was opened from or sealed to.
    pub(crate) fn is_of(&self, epoch: u64, sealed: &[u8]) -> bool {
        self.epoch == epoch && self.sealed == sealed
    }

    /// The sealed form, as the row of its epoch.
    pub(crate) fn sealed(&self) -> &[u8] {
        &self.sealed
    }

    fn sealed_anew(mut self) -> Result<Keyring> {
        self.sealed = self.seal_self()?;
        Ok(self)
    }

    fn seal_self(&self) -> Result<Vec<u8>> {
        let fixed = self.key(FIXED)?;
        let mut plain = Encoder::plain().number(self.created).bytes(fixed).number(self.terms.len() as u64);
        for (index, term) in self.terms.iter().enumerate() {
            let key = self.key(FIRST_TERM + index)?;
            plain = plain.number(u64::from(term.number)).number(term.created).bytes(key);
        }
        encrypt(&self.keyring_key()?, &header(0), &self.aad(), &plain.finish_secret())
    }

    /// Seals a record under the current term. `columns` are the plain columns beside it, in the order its kind says.
    pub(crate) fn seal(&self, place: Place<'_>, columns: &[u64], plain: &[u8]) -> Result<Vec<u8>> {
        let term = self.current_term()?;
        let key = self.record_key(term, place)?;
        encrypt(&key, &header(term), &self.place(place, columns), plain)
    }

    /// Opens a record.
    ///
    /// # Errors
    /// `unknown-term` when the keyring has no such term, `corrupt` when the record does not belong here as it is.
    pub(crate) fn open_record(&self, place: Place<'_>, columns: &[u64], sealed: &[u8]) -> Result<Secret> {
        let term = term_of(sealed)?;
        let ciphertext = strip_header(sealed, term)?;
        let key = self.record_key(term, place)?;
        decrypt(&key, &self.place(place, columns), ciphertext)
            .ok_or_else(|| Error::corrupt(format!("a sealed record ({}) is damaged", place.kind.name())))
    }

    /// The tag of a state row: HMAC-SHA256, 16 bytes, over its place and all its columns.
    pub(crate) fn state_tag(&self, mount_id: u64, name: &str, columns: &[u64]) -> Result<[u8; 16]> {
        tag(self.key(STATE)?, &self.place(Place { kind: RecordKind::State, mount_id, name }, columns))
    }

    /// Whether a state row carries its tag; compared in constant time.
    pub(crate) fn state_tag_fits(&self, mount_id: u64, name: &str, columns: &[u64], stored: &[u8]) -> Result<bool> {
        Ok(self.state_tag(mount_id, name, columns)?.as_slice().ct_eq(stored).into())
    }

    /// HMAC-SHA256, 16 bytes, of a message under a key of this purpose, which terms do not rotate.
    pub(crate) fn keyed_hash(&self, purpose: HashPurpose, message: &[u8]) -> Result<[u8; 16]> {
        let info = Encoder::new(purpose.name()).bytes(&self.keep_id).finish();
        let key: SymmetricKey = expand(self.key(FIXED)?, &info)?;
        tag(&*key, message)
    }

    /// The id of the row that is found by such a hash: 63 bits of it, never 0.
    pub(crate) fn row_id(&self, purpose: HashPurpose, message: &[u8]) -> Result<u64> {
        let hash = self.keyed_hash(purpose, message)?;
        Ok(hash.first_chunk().map_or(1, |bytes| (u64::from_be_bytes(*bytes) >> 1).max(1)))
    }

    pub(crate) fn keep_id(&self) -> &KeepId {
        &self.keep_id
    }

    /// Unix seconds of the keep's making.
    pub(crate) fn created(&self) -> u64 {
        self.created
    }

    /// The number of changes the keyring has seen.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(crate) fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Whether records of this term can be opened.
    pub(crate) fn holds(&self, term: u32) -> bool {
        self.terms.iter().any(|known| known.number == term)
    }

    /// The term that seals.
    pub(crate) fn current_term(&self) -> Result<u32> {
        self.terms.last().map(|term| term.number).ok_or_else(damaged)
    }

    /// The KEK, for a new slot.
    pub(crate) fn kek(&self) -> Result<SymmetricKey> {
        key_of(self.key(KEK)?)
    }

    /// What the operating system granted to the pages that hold the keys.
    pub(crate) fn protection(&self) -> otpkeep_memory::Protection {
        self.pages.protection()
    }

    fn with_kek(keep_id: KeepId, kek: &SymmetricKey, epoch: u64) -> Result<Keyring> {
        let pages = LockedBytes::new(KEY_BYTES * (FIRST_TERM + limits::TERMS))
            .map_err(|error| Error::new(Kind::Io, format!("no memory for the keyring: {error}")))?;
        let mut keyring = Keyring { keep_id, created: 0, epoch, sealed: Vec::new(), terms: Vec::new(), pages };
        keyring.set_key(KEK, kek)?;
        Ok(keyring)
    }

    /// A copy under the next epoch with the chosen terms.
    fn with_terms(&self, keep: impl Fn(&Term) -> bool) -> Result<Keyring> {
        // SQLite's numbers end here; no keyring has seen that many changes.
        let epoch = Some(self.epoch).filter(|epoch| *epoch < i64::MAX as u64).ok_or_else(damaged)? + 1;
        let mut copy = Keyring::with_kek(self.keep_id, &self.kek()?, epoch)?;
        copy.created = self.created;
        copy.set_fixed_key(&key_of(self.key(FIXED)?)?)?;
        for (index, term) in self.terms.iter().enumerate().filter(|(_, term)| keep(term)) {
            copy.push_term(*term, &key_of(self.key(FIRST_TERM + index)?)?)?;
        }
        Ok(copy)
    }

    fn set_fixed_key(&mut self, key: &SymmetricKey) -> Result<()> {
        self.set_key(FIXED, key)?;
        let info = Encoder::new("otpkeep/state-key").bytes(&self.keep_id).finish();
        self.set_key(STATE, &expand(&**key, &info)?)
    }

    fn push_term(&mut self, term: Term, key: &SymmetricKey) -> Result<()> {
        if self.terms.last().is_some_and(|last| last.number >= term.number) || term.number == 0 {
            return Err(damaged());
        }
        self.set_key(FIRST_TERM + self.terms.len(), key)?;
        self.terms.push(term);
        Ok(())
    }

    fn set_key(&mut self, index: usize, key: &SymmetricKey) -> Result<()> {
        let place = self.pages.as_mut_slice().chunks_exact_mut(KEY_BYTES).nth(index).ok_or_else(damaged)?;
        place.copy_from_slice(&**key);
        Ok(())
    }

    fn key(&self, index: usize) -> Result<&[u8]> {
        self.pages.as_slice().chunks_exact(KEY_BYTES).nth(index).ok_or_else(damaged)
    }

    /// The key of one record, so that each sees a handful of nonces only and opens in its own place only.
    fn record_key(&self, term: u32, place: Place<'_>) -> Result<SymmetricKey> {
        let index = self.terms.iter().position(|known| known.number == term).ok_or_else(|| {
            Error::new(Kind::UnknownTerm, "a record is sealed under a term that the keyring does not hold")
        })?;
        expand(self.key(FIRST_TERM + index)?, &self.place(place, &[]))
    }

    fn keyring_key(&self) -> Result<SymmetricKey> {
        expand(self.key(KEK)?, &Encoder::new(KIND).bytes(&self.keep_id).finish())
    }

    fn aad(&self) -> Vec<u8> {
        Encoder::new(KIND).bytes(&self.keep_id).number(self.epoch).finish()
    }

    fn place(&self, place: Place<'_>, columns: &[u64]) -> Vec<u8> {
        let encoder =
            Encoder::new(place.kind.name()).bytes(&self.keep_id).number(place.mount_id).bytes(place.name.as_bytes());
        columns.iter().fold(encoder, |encoder, column| encoder.number(*column)).finish()
    }
}

/// The term under which a record is sealed.
pub(crate) fn term_of(sealed: &[u8]) -> Result<u32> {
    let term = sealed.get(2..HEADER_BYTES).and_then(|bytes| bytes.try_into().ok()).ok_or_else(damaged)?;
    Ok(u32::from_be_bytes(term))
}

fn header(term: u32) -> [u8; HEADER_BYTES] {
    let [a, b, c, d] = term.to_be_bytes();
    [FORMAT, ALGORITHM, a, b, c, d]
}

/// What follows the header, which must be the one of this term. The header needs no place in the AAD: no bit of it can
/// be changed without another key, or none, being tried.
fn strip_header(sealed: &[u8], term: u32) -> Result<&[u8]> {
    sealed.strip_prefix(&header(term)).ok_or_else(damaged)
}

fn key_of(bytes: &[u8]) -> Result<SymmetricKey> {
    let key: &[u8; KEY_BYTES] = bytes.try_into().map_err(|_| damaged())?;
    Ok(Zeroizing::new(*key))
}

fn damaged() -> Error {
    Error::corrupt("the keyring or a record's header is damaged")
}
