//! The one file that speaks to a PKCS#11 module, and the only `unsafe` of the program.
//!
//! cryptoki-sys gives the types, libloading the library; everything above this file is safe Rust.
//! One function list serves for everything: p11-kit's client hands out a separate instance for
//! each call of `C_GetFunctionList`. Lengths that a module returns are held against the buffer it
//! was given; a length that it announces beforehand is never trusted (NSS announces too little).
//!
//! Source: PKCS #11 Specification Version 3.1, OASIS, section 5.
#![expect(
    unsafe_code,
    reason = "a PKCS#11 module is a C library; each call below says why it is sound"
)]

use std::ffi::CString;
use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::path::PathBuf;
use std::ptr;
use std::sync::Arc;

use cryptoki_sys as sys;
use libloading::Library;

use crate::crypto::wrap::Hash;
use crate::pkcs11::attribute;
use crate::pkcs11::attribute::Attribute;
use crate::pkcs11::attribute::AttributeType;
use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::rv::Rv;
use crate::secret::Secret;

/// Room for whatever a call returns: the longest wrapped key is an RSA-4096 pair of some 2,400
/// bytes behind 512 bytes of OAEP.
const ROOM: usize = 16 * 1024;
/// The longest attribute that is read; more is nonsense.
const MAX_ATTRIBUTE: usize = 64 * 1024;
/// How many handles are fetched at a time.
const HANDLES: usize = 64;
/// More objects than this are nobody's token.
const MAX_OBJECTS: usize = 1_000_000;
/// More slots or mechanisms than this are nonsense.
const MAX_LIST: usize = 64 * 1024;

/// A slot of a module; its number means nothing outside this process.
pub type Slot = sys::CK_SLOT_ID;
/// A number of a mechanism.
pub type MechanismType = sys::CK_MECHANISM_TYPE;

/// An object in a token, as long as the session lives.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Handle(sys::CK_OBJECT_HANDLE);

/// Sees every call before it is made and after it returned: a journal, a watchdog.
pub trait Watch: Send + Sync {
    /// `call` is about to be made, as `C_WrapKey`.
    fn begins(&self, call: &'static str);
    /// It returned.
    fn ended(&self);
}

/// Nobody watches.
pub struct Unwatched;

impl Watch for Unwatched {
    fn begins(&self, _call: &'static str) {}

    fn ended(&self) {}
}

/// What a module says of itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ModuleInfo {
    /// Version of PKCS#11, as `2.40`.
    pub cryptoki: String,
    /// Its maker.
    pub manufacturer: String,
    /// Its description.
    pub description: String,
    /// Its version.
    pub version: String,
}

/// What a slot says of itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SlotInfo {
    /// Its description.
    pub description: String,
    /// Its maker.
    pub manufacturer: String,
}

/// What a token says of itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenInfo {
    /// Its label, without the blanks behind it.
    pub label: String,
    /// Its maker.
    pub manufacturer: String,
    /// Its model.
    pub model: String,
    /// Its serial number.
    pub serial: String,
    /// `CKF_…` bits.
    pub flags: u64,
    /// Shortest PIN, in bytes.
    pub pin_min: u64,
    /// Longest PIN, in bytes.
    pub pin_max: u64,
    /// Version of the hardware.
    pub hardware: String,
    /// Version of the firmware.
    pub firmware: String,
}

impl TokenInfo {
    /// Whether a `CKF_…` bit is set.
    pub fn has(&self, flag: sys::CK_FLAGS) -> bool {
        self.flags & flag == flag
    }
}

/// What a token says of a mechanism. Sizes are in the unit of the mechanism, and often nonsense.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MechanismInfo {
    /// Smallest key.
    pub min: u64,
    /// Largest key.
    pub max: u64,
    /// `CKF_…` bits.
    pub flags: u64,
}

/// Who logs in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum User {
    /// The one who uses keys.
    User,
    /// The security officer.
    SecurityOfficer,
}

/// A mechanism and its parameters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mechanism<'a> {
    /// One without parameters.
    Plain(MechanismType),
    /// One whose parameter is a string of bytes, as an IV.
    Bytes(MechanismType, &'a [u8]),
    /// `CKM_RSA_PKCS_OAEP` with an empty label.
    Oaep {
        /// Of OAEP itself.
        hash: Hash,
        /// Of its mask generation.
        mgf: Hash,
    },
    /// `CKM_RSA_PKCS_PSS` over a digest; the salt is as long as the digest.
    Pss(Hash),
    /// `CKM_RSA_AES_KEY_WRAP` with an empty label.
    RsaAesKeyWrap {
        /// Length of the AES key between, in bits.
        aes_bits: u16,
        /// Of OAEP itself.
        hash: Hash,
        /// Of its mask generation.
        mgf: Hash,
    },
}

impl Mechanism<'_> {
    /// Its number.
    pub const fn number(&self) -> MechanismType {
        match self {
            Self::Plain(number) | Self::Bytes(number, _) => *number,
            Self::Oaep { .. } => sys::CKM_RSA_PKCS_OAEP,
            Self::Pss(_) => sys::CKM_RSA_PKCS_PSS,
            Self::RsaAesKeyWrap { .. } => sys::CKM_RSA_AES_KEY_WRAP,
        }
    }

    /// Builds the C structure and lends it out.
    fn with<T>(&self, call: impl FnOnce(*mut sys::CK_MECHANISM) -> T) -> T {
        // The structures live on this stack until the call returned.
        let mut oaep = sys::CK_RSA_PKCS_OAEP_PARAMS {
            source: sys::CKZ_DATA_SPECIFIED,
            ..Default::default()
        };
        if let Self::Oaep { hash, mgf } | Self::RsaAesKeyWrap { hash, mgf, .. } = self {
            oaep.hashAlg = digest_of(*hash);
            oaep.mgf = mgf_of(*mgf);
        }
        let mut wrap = sys::CK_RSA_AES_KEY_WRAP_PARAMS {
            ulAESKeyBits: 0,
            pOAEPParams: &raw mut oaep,
        };
        let mut pss = sys::CK_RSA_PKCS_PSS_PARAMS::default();
        let (mechanism, parameter, len): (_, *mut c_void, _) = match *self {
            Self::Plain(mechanism) => (mechanism, ptr::null_mut(), 0),
            Self::Bytes(mechanism, bytes) => {
                (mechanism, bytes.as_ptr().cast_mut().cast(), bytes.len())
            }
            Self::Oaep { .. } => {
                let len = size_of::<sys::CK_RSA_PKCS_OAEP_PARAMS>();
                (sys::CKM_RSA_PKCS_OAEP, (&raw mut oaep).cast(), len)
            }
            Self::Pss(hash) => {
                pss.hashAlg = digest_of(hash);
                pss.mgf = mgf_of(hash);
                pss.sLen = ulong(hash.digest_len());
                let len = size_of::<sys::CK_RSA_PKCS_PSS_PARAMS>();
                (sys::CKM_RSA_PKCS_PSS, (&raw mut pss).cast(), len)
            }
            Self::RsaAesKeyWrap { aes_bits, .. } => {
                wrap.ulAESKeyBits = aes_bits.into();
                let len = size_of::<sys::CK_RSA_AES_KEY_WRAP_PARAMS>();
                (sys::CKM_RSA_AES_KEY_WRAP, (&raw mut wrap).cast(), len)
            }
        };
        let mut mechanism = sys::CK_MECHANISM {
            mechanism,
            pParameter: parameter,
            ulParameterLen: ulong(len),
        };
        call(&raw mut mechanism)
    }
}

const fn digest_of(hash: Hash) -> sys::CK_MECHANISM_TYPE {
    match hash {
        Hash::Sha1 => sys::CKM_SHA_1,
        Hash::Sha224 => sys::CKM_SHA224,
        Hash::Sha256 => sys::CKM_SHA256,
        Hash::Sha384 => sys::CKM_SHA384,
        Hash::Sha512 => sys::CKM_SHA512,
    }
}

const fn mgf_of(hash: Hash) -> sys::CK_RSA_PKCS_MGF_TYPE {
    match hash {
        Hash::Sha1 => sys::CKG_MGF1_SHA1,
        Hash::Sha224 => sys::CKG_MGF1_SHA224,
        Hash::Sha256 => sys::CKG_MGF1_SHA256,
        Hash::Sha384 => sys::CKG_MGF1_SHA384,
        Hash::Sha512 => sys::CKG_MGF1_SHA512,
    }
}

/// Makes one call: tells the watch, calls, and turns everything but `CKR_OK` into an error.
///
/// The arguments stand at the place of use, and so does the reason why they are sound.
macro_rules! call {
    ($module:expr, $function:ident ( $($argument:expr),* )) => {{
        let module: &Module = $module;
        // SAFETY: the list was returned by the module, which stays loaded for the whole process.
        let function = unsafe { (*module.list).$function };
        match function {
            Some(function) => {
                module.watch.begins(stringify!($function));
                // SAFETY: said at each place of use.
                let rv = Rv(unsafe { function($($argument),*) });
                module.watch.ended();
                if rv == Rv::OK {
                    Ok(())
                } else {
                    Err(Pkcs11Error::Failed { call: stringify!($function), rv })
                }
            }
            None => Err(Pkcs11Error::NoFunction { call: stringify!($function) }),
        }
    }};
}

/// A PKCS#11 module, initialised once and finalised when it is dropped.
pub struct Module {
    /// Never unloaded: a module whose threads still run would crash.
    _library: ManuallyDrop<Library>,
    path: PathBuf,
    list: sys::CK_FUNCTION_LIST_PTR,
    watch: Arc<dyn Watch>,
    initialised_here: bool,
}

// SAFETY: the list is never written, and the module was initialised with CKF_OS_LOCKING_OK or
// accepted none of it, in which case `load` refuses it; it may then be called from any thread
// (PKCS#11 section 5.4, C_Initialize).
unsafe impl Send for Module {}
// SAFETY: as above.
unsafe impl Sync for Module {}

impl Module {
    /// Loads and initialises the module at `path`; `reserved` is what it takes as `pReserved`
    /// (NSS: `configdir='sql:…'`).
    ///
    /// Loading runs the module's code: whoever calls this has decided to trust the file.
    ///
    /// # Errors
    ///
    /// When it is no PKCS#11 module, or does not initialise.
    pub fn load(
        path: &Path,
        reserved: Option<&str>,
        watch: Arc<dyn Watch>,
    ) -> Result<Arc<Self>, Pkcs11Error> {
        let no_module = |why: String| Pkcs11Error::NoModule {
            path: path.to_owned(),
            why,
        };
        // A bare name would be looked for in the system's folders: another file than the one here.
        let file = std::path::absolute(path).map_err(|error| no_module(error.to_string()))?;
        // SAFETY: running the library's initialisers is what the caller asked for.
        let library = unsafe { Library::new(file) }.map_err(|error| no_module(said(&error)))?;
        let mut list: sys::CK_FUNCTION_LIST_PTR = ptr::null_mut();
        {
            // SAFETY: the type is that of the function of this name in every PKCS#11 module.
            let entry = unsafe { library.get::<sys::CK_C_GetFunctionList>(b"C_GetFunctionList\0") };
            let entry = entry.map_err(|error| no_module(said(&error)))?;
            let entry =
                (*entry).ok_or_else(|| no_module("C_GetFunctionList is null".to_owned()))?;
            watch.begins("C_GetFunctionList");
            // SAFETY: it is given a place for one pointer.
            let rv = Rv(unsafe { entry(&raw mut list) });
            watch.ended();
            if rv != Rv::OK {
                return Err(Pkcs11Error::Failed {
                    call: "C_GetFunctionList",
                    rv,
                });
            }
        }
        if list.is_null() {
            return Err(no_module("it returned no list of functions".to_owned()));
        }
        let mut module = Self {
            _library: ManuallyDrop::new(library),
            path: path.to_owned(),
            list,
            watch,
            initialised_here: false,
        };
        module.initialise(reserved)?;
        Ok(Arc::new(module))
    }

    fn initialise(&mut self, reserved: Option<&str>) -> Result<(), Pkcs11Error> {
        let reserved =
            reserved
                .map(CString::new)
                .transpose()
                .map_err(|_| Pkcs11Error::NoModule {
                    path: self.path.clone(),
                    why: "its arguments have a zero byte in them".to_owned(),
                })?;
        let mut arguments = sys::CK_C_INITIALIZE_ARGS {
            CreateMutex: None,
            DestroyMutex: None,
            LockMutex: None,
            UnlockMutex: None,
            flags: sys::CKF_OS_LOCKING_OK,
            pReserved: reserved
                .as_ref()
                .map_or(ptr::null_mut(), |text| text.as_ptr().cast_mut().cast()),
        };
        // Arguments and text live until the call returned.
        match call!(self, C_Initialize((&raw mut arguments).cast())) {
            Ok(()) => {
                self.initialised_here = true;
                Ok(())
            }
            // Another view of the same module in this process; it is that one's to finalise.
            Err(Pkcs11Error::Failed { rv, .. }) if rv == Rv::ALREADY_INITIALIZED => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The file it was loaded from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it says of itself.
    pub fn info(&self) -> Result<ModuleInfo, Pkcs11Error> {
        let mut info = sys::CK_INFO::default();
        // A place for one structure.
        call!(self, C_GetInfo(&raw mut info))?;
        Ok(ModuleInfo {
            cryptoki: version(info.cryptokiVersion),
            manufacturer: text(&info.manufacturerID),
            description: text(&info.libraryDescription),
            version: version(info.libraryVersion),
        })
    }

    /// Slots with a token in them.
    pub fn slots(&self) -> Result<Vec<Slot>, Pkcs11Error> {
        // A null list asks for the length; then a list of that length is given with it.
        list_of("C_GetSlotList", |list, len| {
            call!(self, C_GetSlotList(sys::CK_TRUE, list, len))
        })
    }

    /// What a slot says of itself.
    pub fn slot(&self, slot: Slot) -> Result<SlotInfo, Pkcs11Error> {
        let mut info = sys::CK_SLOT_INFO::default();
        // A place for one structure.
        call!(self, C_GetSlotInfo(slot, &raw mut info))?;
        Ok(SlotInfo {
            description: text(&info.slotDescription),
            manufacturer: text(&info.manufacturerID),
        })
    }

    /// What the token in a slot says of itself.
    pub fn token(&self, slot: Slot) -> Result<TokenInfo, Pkcs11Error> {
        let mut info = sys::CK_TOKEN_INFO::default();
        // A place for one structure.
        call!(self, C_GetTokenInfo(slot, &raw mut info))?;
        Ok(TokenInfo {
            label: text(&info.label),
            manufacturer: text(&info.manufacturerID),
            model: text(&info.model),
            serial: text(&info.serialNumber),
            flags: info.flags,
            pin_min: info.ulMinPinLen,
            pin_max: info.ulMaxPinLen,
            hardware: version(info.hardwareVersion),
            firmware: version(info.firmwareVersion),
        })
    }

    /// Mechanisms that the token lists; a claim, not a fact.
    pub fn mechanisms(&self, slot: Slot) -> Result<Vec<MechanismType>, Pkcs11Error> {
        // As for slots.
        let mut all = list_of("C_GetMechanismList", |list, len| {
            call!(self, C_GetMechanismList(slot, list, len))
        })?;
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }

    /// What the token says of a mechanism.
    pub fn mechanism(
        &self,
        slot: Slot,
        mechanism: MechanismType,
    ) -> Result<MechanismInfo, Pkcs11Error> {
        let mut info = sys::CK_MECHANISM_INFO::default();
        // A place for one structure.
        call!(self, C_GetMechanismInfo(slot, mechanism, &raw mut info))?;
        Ok(MechanismInfo {
            min: info.ulMinKeySize,
            max: info.ulMaxKeySize,
            flags: info.flags,
        })
    }

    /// Opens a session.
    pub fn open(self: &Arc<Self>, slot: Slot, write: bool) -> Result<Session, Pkcs11Error> {
        let write = if write { sys::CKF_RW_SESSION } else { 0 };
        let mut handle = 0;
        // No callback, and a place for one handle.
        call!(
            self.as_ref(),
            C_OpenSession(
                slot,
                sys::CKF_SERIAL_SESSION | write,
                ptr::null_mut(),
                None,
                &raw mut handle
            )
        )?;
        Ok(Session {
            module: Arc::clone(self),
            slot,
            handle,
        })
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        if self.initialised_here {
            // A failure has nobody to hear it: the process is about to end.
            drop(call!(&*self, C_Finalize(ptr::null_mut())));
        }
    }
}

/// What an attribute read alone came to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Found {
    /// Its bytes.
    Value(Vec<u8>),
    /// The object has no such attribute (`CKR_ATTRIBUTE_TYPE_INVALID`), or it is empty.
    Absent,
    /// The token does not tell it (`CKR_ATTRIBUTE_SENSITIVE`, `CK_UNAVAILABLE_INFORMATION`).
    Unavailable,
    /// The token failed to say.
    Failed(Rv),
}

/// A session with a token; closed when it is dropped. Not shared between threads at one time.
pub struct Session {
    module: Arc<Module>,
    slot: Slot,
    handle: sys::CK_SESSION_HANDLE,
}

impl Session {
    /// The module.
    pub fn module(&self) -> &Arc<Module> {
        &self.module
    }

    /// The slot.
    pub fn slot(&self) -> Slot {
        self.slot
    }

    /// Another session with the same token; login is the token's, not the session's.
    pub fn another(&self) -> Result<Self, Pkcs11Error> {
        self.module.open(self.slot, true)
    }

    /// Logs in; without a PIN, at the token's own PIN pad.
    ///
    /// Already being logged in is no error where the session says so, too: login belongs to the
    /// whole process. A token that is held by somebody else says the first and not the second.
    pub fn login(&self, user: User, pin: Option<&Secret>) -> Result<(), Pkcs11Error> {
        let (user, states) = match user {
            User::User => (
                sys::CKU_USER,
                &[sys::CKS_RO_USER_FUNCTIONS, sys::CKS_RW_USER_FUNCTIONS][..],
            ),
            User::SecurityOfficer => (sys::CKU_SO, &[sys::CKS_RW_SO_FUNCTIONS][..]),
        };
        let (pin, len) = pin.map_or((ptr::null_mut(), 0), |pin| {
            (pin.expose().as_ptr().cast_mut(), pin.len())
        });
        // The PIN is read, not written, and lives until the call returned.
        match call!(
            self.module.as_ref(),
            C_Login(self.handle, user, pin, ulong(len))
        ) {
            Err(Pkcs11Error::Failed { rv, .. })
                if rv == Rv::USER_ALREADY_LOGGED_IN && states.contains(&self.state()?) =>
            {
                Ok(())
            }
            done => done,
        }
    }

    /// Who is logged in, as the session tells it: `CKS_…`.
    fn state(&self) -> Result<sys::CK_STATE, Pkcs11Error> {
        let mut info = sys::CK_SESSION_INFO::default();
        // A place for one of them.
        call!(
            self.module.as_ref(),
            C_GetSessionInfo(self.handle, &raw mut info)
        )?;
        Ok(info.state)
    }

    /// Makes a secret key.
    pub fn generate_key(
        &self,
        mechanism: Mechanism<'_>,
        template: &[Attribute<'_>],
    ) -> Result<Handle, Pkcs11Error> {
        let mut template = raw(template);
        let mut key = 0;
        // Template and mechanism live until the call returned; a place for one handle.
        mechanism.with(|mechanism| {
            call!(
                self.module.as_ref(),
                C_GenerateKey(
                    self.handle,
                    mechanism,
                    template.as_mut_ptr(),
                    ulong(template.len()),
                    &raw mut key
                )
            )
        })?;
        Ok(Handle(key))
    }

    /// Makes a pair: the public and the private object.
    pub fn generate_pair(
        &self,
        mechanism: Mechanism<'_>,
        public: &[Attribute<'_>],
        private: &[Attribute<'_>],
    ) -> Result<(Handle, Handle), Pkcs11Error> {
        let (mut public, mut private) = (raw(public), raw(private));
        let (mut public_key, mut private_key) = (0, 0);
        // Templates and mechanism live until the call returned; places for two handles.
        mechanism.with(|mechanism| {
            call!(
                self.module.as_ref(),
                C_GenerateKeyPair(
                    self.handle,
                    mechanism,
                    public.as_mut_ptr(),
                    ulong(public.len()),
                    private.as_mut_ptr(),
                    ulong(private.len()),
                    &raw mut public_key,
                    &raw mut private_key
                )
            )
        })?;
        Ok((Handle(public_key), Handle(private_key)))
    }

    /// Makes an object of given values.
    pub fn create(&self, template: &[Attribute<'_>]) -> Result<Handle, Pkcs11Error> {
        let mut template = raw(template);
        let mut object = 0;
        // The template lives until the call returned; a place for one handle.
        call!(
            self.module.as_ref(),
            C_CreateObject(
                self.handle,
                template.as_mut_ptr(),
                ulong(template.len()),
                &raw mut object
            )
        )?;
        Ok(Handle(object))
    }

    /// Copies an object with some attributes changed.
    pub fn copy(&self, object: Handle, template: &[Attribute<'_>]) -> Result<Handle, Pkcs11Error> {
        let mut template = raw(template);
        let mut copied = 0;
        // The template lives until the call returned; a place for one handle.
        call!(
            self.module.as_ref(),
            C_CopyObject(
                self.handle,
                object.0,
                template.as_mut_ptr(),
                ulong(template.len()),
                &raw mut copied
            )
        )?;
        Ok(Handle(copied))
    }

    /// Destroys an object.
    pub fn destroy(&self, object: Handle) -> Result<(), Pkcs11Error> {
        // Plain values.
        call!(self.module.as_ref(), C_DestroyObject(self.handle, object.0))
    }

    /// Changes attributes of an object.
    pub fn set(&self, object: Handle, template: &[Attribute<'_>]) -> Result<(), Pkcs11Error> {
        let mut template = raw(template);
        // The template lives until the call returned.
        call!(
            self.module.as_ref(),
            C_SetAttributeValue(
                self.handle,
                object.0,
                template.as_mut_ptr(),
                ulong(template.len())
            )
        )
    }

    /// Reads one attribute, alone: one that a token does not know fails the whole call.
    ///
    /// # Errors
    ///
    /// [`Pkcs11Error::Nonsense`] for a length that cannot be, and when the token or the session is
    /// gone; everything else is an answer.
    pub fn get(&self, object: Handle, kind: AttributeType) -> Result<Found, Pkcs11Error> {
        // NSS wants exactly the room of a number for a number.
        let room = if attribute::is_number(kind) {
            size_of::<sys::CK_ULONG>()
        } else {
            ROOM
        };
        let mut buffer = vec![0; room];
        loop {
            let mut attribute = sys::CK_ATTRIBUTE {
                type_: kind,
                pValue: buffer.as_mut_ptr().cast(),
                ulValueLen: ulong(buffer.len()),
            };
            // One attribute, with its buffer and that buffer's length.
            let done = call!(
                self.module.as_ref(),
                C_GetAttributeValue(self.handle, object.0, &raw mut attribute, 1)
            );
            let said = attribute.ulValueLen;
            let len = usize::try_from(said).unwrap_or(usize::MAX);
            let nonsense = Pkcs11Error::Nonsense {
                call: "C_GetAttributeValue",
                what: attribute::known(kind).map_or("a length", |known| known.name),
                found: said,
            };
            return match done {
                Ok(()) if said == sys::CK_UNAVAILABLE_INFORMATION => Ok(Found::Unavailable),
                Ok(()) if len > buffer.len() => Err(nonsense),
                Ok(()) if len == 0 => Ok(Found::Absent),
                Ok(()) => {
                    buffer.truncate(len);
                    Ok(Found::Value(buffer))
                }
                Err(Pkcs11Error::Failed { rv, call }) => match rv {
                    Rv::ATTRIBUTE_TYPE_INVALID => Ok(Found::Absent),
                    Rv::ATTRIBUTE_SENSITIVE => Ok(Found::Unavailable),
                    Rv::BUFFER_TOO_SMALL if buffer.len() < MAX_ATTRIBUTE => {
                        buffer = vec![0; MAX_ATTRIBUTE];
                        continue;
                    }
                    Rv::BUFFER_TOO_SMALL => Err(nonsense),
                    rv if rv.is_loss() => Err(Pkcs11Error::Failed { rv, call }),
                    rv => Ok(Found::Failed(rv)),
                },
                Err(error) => Err(error),
            };
        }
    }

    /// Every object that has all these attributes.
    pub fn find(&self, template: &[Attribute<'_>]) -> Result<Vec<Handle>, Pkcs11Error> {
        let mut template = raw(template);
        // The template lives until the call returned.
        call!(
            self.module.as_ref(),
            C_FindObjectsInit(self.handle, template.as_mut_ptr(), ulong(template.len()))
        )?;
        let mut found = Vec::new();
        let searched = loop {
            let mut handles = [0; HANDLES];
            let mut count = 0;
            // A place for so many handles, and for their number.
            let done = call!(
                self.module.as_ref(),
                C_FindObjects(
                    self.handle,
                    handles.as_mut_ptr(),
                    ulong(HANDLES),
                    &raw mut count
                )
            );
            if let Err(error) = done {
                break Err(error);
            }
            let filled = usize::try_from(count).unwrap_or(usize::MAX);
            match handles.get(..filled) {
                Some([]) => break Ok(()),
                Some(filled) if found.len() < MAX_OBJECTS => {
                    found.extend(filled.iter().map(|handle| Handle(*handle)));
                }
                Some(_) | None => {
                    break Err(Pkcs11Error::Nonsense {
                        call: "C_FindObjects",
                        what: "a number of objects",
                        found: count,
                    });
                }
            }
        };
        // Plain values. The search must end, whatever it came to.
        let ended = call!(self.module.as_ref(), C_FindObjectsFinal(self.handle));
        searched?;
        ended?;
        Ok(found)
    }

    /// Wraps a key; the result is as long as the token says it is.
    pub fn wrap(
        &self,
        mechanism: Mechanism<'_>,
        under: Handle,
        key: Handle,
    ) -> Result<Vec<u8>, Pkcs11Error> {
        out("C_WrapKey", |buffer, len| {
            // Mechanism and buffer live until the call returned.
            mechanism.with(|mechanism| {
                call!(
                    self.module.as_ref(),
                    C_WrapKey(self.handle, mechanism, under.0, key.0, buffer, len)
                )
            })
        })
    }

    /// Unwraps a key into the token.
    pub fn unwrap(
        &self,
        mechanism: Mechanism<'_>,
        under: Handle,
        wrapped: &[u8],
        template: &[Attribute<'_>],
    ) -> Result<Handle, Pkcs11Error> {
        let mut template = raw(template);
        let mut key = 0;
        // Wrapped key (read, not written), template and mechanism live until the call returned; a
        // place for one handle.
        mechanism.with(|mechanism| {
            call!(
                self.module.as_ref(),
                C_UnwrapKey(
                    self.handle,
                    mechanism,
                    under.0,
                    wrapped.as_ptr().cast_mut(),
                    ulong(wrapped.len()),
                    template.as_mut_ptr(),
                    ulong(template.len()),
                    &raw mut key
                )
            )
        })?;
        Ok(Handle(key))
    }

    /// Encrypts in one part.
    pub fn encrypt(
        &self,
        mechanism: Mechanism<'_>,
        key: Handle,
        data: &[u8],
    ) -> Result<Vec<u8>, Pkcs11Error> {
        // Mechanism lives until the call returned.
        mechanism.with(|mechanism| {
            call!(
                self.module.as_ref(),
                C_EncryptInit(self.handle, mechanism, key.0)
            )
        })?;
        out("C_Encrypt", |buffer, len| {
            // Data (read, not written) and buffer live until the call returned.
            call!(
                self.module.as_ref(),
                C_Encrypt(
                    self.handle,
                    data.as_ptr().cast_mut(),
                    ulong(data.len()),
                    buffer,
                    len
                )
            )
        })
    }

    /// Signs, or makes a MAC, in one part.
    pub fn sign(
        &self,
        mechanism: Mechanism<'_>,
        key: Handle,
        data: &[u8],
    ) -> Result<Vec<u8>, Pkcs11Error> {
        // Mechanism lives until the call returned.
        mechanism.with(|mechanism| {
            call!(
                self.module.as_ref(),
                C_SignInit(self.handle, mechanism, key.0)
            )
        })?;
        out("C_Sign", |buffer, len| {
            // Data (read, not written) and buffer live until the call returned.
            call!(
                self.module.as_ref(),
                C_Sign(
                    self.handle,
                    data.as_ptr().cast_mut(),
                    ulong(data.len()),
                    buffer,
                    len
                )
            )
        })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Plain values. A failure means that the session is gone already.
        drop(call!(self.module.as_ref(), C_CloseSession(self.handle)));
    }
}

/// Gives a call generous room, and keeps what it filled. The room is wiped: some of it may
/// have been a key.
fn out(
    call: &'static str,
    fill: impl FnOnce(*mut sys::CK_BYTE, *mut sys::CK_ULONG) -> Result<(), Pkcs11Error>,
) -> Result<Vec<u8>, Pkcs11Error> {
    let mut room = Secret::zeroed(ROOM);
    let mut len = ulong(ROOM);
    fill(room.expose_mut().as_mut_ptr(), &raw mut len)?;
    let filled = usize::try_from(len).unwrap_or(usize::MAX);
    match room.expose().get(..filled) {
        Some(filled) => Ok(filled.to_vec()),
        None => Err(Pkcs11Error::Nonsense {
            call,
            what: "a length",
            found: len,
        }),
    }
}

/// Asks for a length, then for a list of that length.
fn list_of(
    call: &'static str,
    fetch: impl Fn(*mut sys::CK_ULONG, *mut sys::CK_ULONG) -> Result<(), Pkcs11Error>,
) -> Result<Vec<sys::CK_ULONG>, Pkcs11Error> {
    let nonsense = |found| Pkcs11Error::Nonsense {
        call,
        what: "a length",
        found,
    };
    let mut len = 0;
    fetch(ptr::null_mut(), &raw mut len)?;
    // Something may have been plugged in since it was counted.
    let room = usize::try_from(len)
        .ok()
        .filter(|len| *len <= MAX_LIST)
        .ok_or_else(|| nonsense(len))?
        + 16;
    let mut list = vec![0; room];
    len = ulong(room);
    fetch(list.as_mut_ptr(), &raw mut len)?;
    let filled = usize::try_from(len).unwrap_or(usize::MAX);
    if filled > room {
        return Err(nonsense(len));
    }
    list.truncate(filled);
    Ok(list)
}

/// The C structures of a template; they point into `template`.
fn raw(template: &[Attribute<'_>]) -> Vec<sys::CK_ATTRIBUTE> {
    template
        .iter()
        .map(|attribute| {
            let bytes = attribute.bytes();
            sys::CK_ATTRIBUTE {
                type_: attribute.kind(),
                pValue: bytes.as_ptr().cast_mut().cast(),
                ulValueLen: ulong(bytes.len()),
            }
        })
        .collect()
}

/// A length in C; every length here fits.
fn ulong(len: usize) -> sys::CK_ULONG {
    sys::CK_ULONG::try_from(len).unwrap_or(sys::CK_ULONG::MAX)
}

fn version(version: sys::CK_VERSION) -> String {
    format!("{}.{}", version.major, version.minor)
}

/// A text of fixed length, without the blanks and zero bytes behind it, and without anything that
/// a terminal would obey.
fn text(padded: &[u8]) -> String {
    String::from_utf8_lossy(padded)
        .trim_end_matches(['\0', ' '])
        .chars()
        .map(|c| {
            if crate::domain::text::is_deceptive(c) {
                '?'
            } else {
                c
            }
        })
        .collect()
}

/// What the dynamic linker said, and not which of its functions said it.
fn said(error: &libloading::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => source.to_string(),
        None => error.to_string(),
    }
}
