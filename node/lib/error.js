'use strict'

const native = require('./native.js')

/** Why an operation failed. It never holds a secret, a code, a URL or a passphrase. */
class OtpkeepError extends Error {
  constructor(failure) {
    if (typeof failure?.kind !== 'string') {
      throw Object.assign(new TypeError('an OtpkeepError is made by otpkeep only'), { code: 'ERR_ILLEGAL_CONSTRUCTOR' })
    }
    const { kind, argument, reason } = failure
    const name = argument?.replace(/_(.)/g, (_, letter) => letter.toUpperCase()) ?? null
    super([kind, name, reason].filter((part) => part !== null).join(': '))
    this.code = `ERR_OTPKEEP_${kind.toUpperCase().replaceAll('-', '_')}`
    this.kind = kind
    this.argument = name
  }
}

Object.defineProperty(OtpkeepError.prototype, 'name', { value: 'OtpkeepError', configurable: true, writable: true })

/** What a handle that was closed answers. */
const closed = () => new OtpkeepError({ kind: 'closed', argument: null, reason: 'the handle has been closed' })

/** The value of an answer; a failure is thrown. */
function settle(answer) {
  if (answer instanceof native.Failure) throw new OtpkeepError(answer)
  if (answer instanceof OtpkeepError) throw answer
  return answer
}

module.exports = { OtpkeepError, closed, settle }
