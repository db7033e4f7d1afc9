use crate::error::{Error, Result};
use crate::limits;
use crate::otp::Algorithm;

/// The length of a code: six or eight digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Digits {
    /// Six digits.
    #[default]
    Six,
    /// Eight digits.
    Eight,
}

impl Digits {
    /// The length with so many digits.
    ///
    /// # Errors
    /// `invalid-argument` unless `count` is 6 or 8.
    pub fn new(count: u32) -> Result<Digits> {
        match count {
            6 => Ok(Digits::Six),
            8 => Ok(Digits::Eight),
            _ => Err(Error::argument("digits", "must be 6 or 8")),
        }
    }

    /// How many digits.
    pub const fn count(self) -> u32 {
        match self {
            Digits::Six => 6,
            Digits::Eight => 8,
        }
    }
}

/// How many seconds a code lasts, from one second to one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period(u32);

impl Period {
    /// A period of so many seconds.
    ///
    /// # Errors
    /// `invalid-argument` outside 1 to 86 400.
    pub fn new(seconds: u32) -> Result<Period> {
        if limits::PERIOD_SECONDS.contains(&seconds) {
            Ok(Period(seconds))
        } else {
            Err(Error::argument("period", "must be 1 to 86400 seconds"))
        }
    }

    /// The period in seconds.
    pub const fn seconds(self) -> u32 {
        self.0
    }
}

impl Default for Period {
    /// 30 seconds (RFC 6238 §5.2).
    fn default() -> Period {
        Period(30)
    }
}

/// How many steps before and after the current one are accepted as well: none or one (RFC 6238 §5.2, §6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Skew {
    /// Only the current step.
    None,
    /// The step before and the step after, too.
    #[default]
    One,
}

impl Skew {
    /// A skew of so many steps.
    ///
    /// # Errors
    /// `invalid-argument` unless `steps` is 0 or 1.
    pub fn new(steps: u32) -> Result<Skew> {
        match steps {
            0 => Ok(Skew::None),
            1 => Ok(Skew::One),
            _ => Err(Error::argument("skew", "must be 0 or 1")),
        }
    }

    /// How many steps.
    pub const fn steps(self) -> u32 {
        match self {
            Skew::None => 0,
            Skew::One => 1,
        }
    }
}

/// Everything but the secret that determines the codes of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Parameters {
    /// The hash; SHA1 by default.
    pub algorithm: Algorithm,
    /// The length of a code; 6 by default.
    pub digits: Digits,
    /// How long a code lasts; 30 seconds by default.
    pub period: Period,
    /// The steps around the current one that are accepted; 1 by default.
    pub skew: Skew,
}
