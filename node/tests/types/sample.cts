// The package from a CommonJS module. It is compiled, not run.

import otpkeep = require('otpkeep')

function code(keep: otpkeep.Keep): string {
  const error: unknown = keep.closed
  if (error instanceof otpkeep.OtpkeepError) return error.kind
  const options: otpkeep.OpenOptions = { passphrase: 'horse' }
  otpkeep.restoreSync('backup.keep', 'auth.keep', options)
  return otpkeep.Keep.openSync('auth.keep', options).readCodeSync('alice').value
}

export = code
