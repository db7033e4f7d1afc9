'use strict'

// What operations return. What is secret is in a private field, so that no log or serialization shows it; and since an
// inspection may be told to call getters, each class says itself what of it is shown.

const { inspect } = require('node:util')

const { settle } = require('./error.js')

const date = (seconds) => new Date(seconds * 1000)
const dateOrNull = (seconds) => (seconds === null ? null : date(seconds))

function show(className, shown, options) {
  return `${className} ${inspect(shown, options)}`
}

/** The description of a key. Inspecting it leaves out whose key it is. */
class Key {
  constructor({ created, lastUsed, warnings, ...rest }) {
    Object.assign(this, rest)
    this.created = date(created)
    this.lastUsed = dateOrNull(lastUsed)
    this.warnings = Object.freeze(warnings.map(Object.freeze))
    Object.freeze(this)
  }

  [inspect.custom](depth, options) {
    const { issuer, accountName, ...rest } = this
    return show('Key', rest, options)
  }
}

/** What generating a key returns, for an authenticator app to read. */
class Enrollment {
  #native

  constructor(native) {
    this.#native = native
  }

  get url() {
    return settle(this.#native.url())
  }

  get barcode() {
    return this.#native.barcode()
  }

  svg() {
    return settle(this.#native.svg())
  }

  terminal() {
    return settle(this.#native.terminal())
  }

  [inspect.custom](depth, options) {
    return show('Enrollment', {}, options)
  }
}

/** A code and how long it holds. */
class Code {
  #value

  constructor({ value, generatedAt, expiresAt, period, remaining }) {
    this.#value = value
    this.generatedAt = date(generatedAt)
    this.expiresAt = date(expiresAt)
    this.period = period
    this.remaining = remaining
    Object.freeze(this)
  }

  get value() {
    return this.#value
  }

  toString() {
    return this.#value
  }

  [inspect.custom](depth, options) {
    return show('Code', { ...this }, options)
  }
}

/** The answer to validating a code. It is frozen, so that no slip makes it say something else. */
class Verdict {
  constructor({ outcome, retryAfter, attemptsLeft, offset }) {
    this.valid = outcome === 'accepted'
    this.outcome = outcome
    this.retryAfter = retryAfter
    this.attemptsLeft = attemptsLeft
    this.offset = offset
    Object.freeze(this)
  }
}

/** What may be told of a token. Inspecting it leaves out whom it is for. */
class Token {
  constructor({ policies, metadata, created, expires, ...rest }) {
    Object.assign(this, rest)
    this.policies = Object.freeze(policies)
    this.metadata = Object.freeze(Object.fromEntries(metadata))
    this.created = date(created)
    this.expires = dateOrNull(expires)
    Object.freeze(this)
  }

  [inspect.custom](depth, options) {
    const { displayName, metadata, ...rest } = this
    return show('Token', rest, options)
  }
}

/** A token that was just made. Only `secret` gives the token itself. */
class IssuedToken {
  #secret

  constructor({ secret, token }) {
    this.#secret = secret
    this.token = new Token(token)
    Object.freeze(this)
  }

  get secret() {
    return this.#secret
  }

  [inspect.custom](depth, options) {
    return show('IssuedToken', { ...this }, options)
  }
}

const attempts = ({ lockedUntil, ...rest }) => ({ ...rest, lockedUntil: dateOrNull(lockedUntil) })
const mount = ({ created, ...rest }) => ({ ...rest, created: date(created) })
const auditFile = ({ created, ...rest }) => ({ ...rest, created: date(created) })
const slot = ({ created, ...rest }) => ({ ...rest, created: dateOrNull(created) })
const status = ({ created, slots, ...rest }) => ({ ...rest, created: date(created), slots: slots.map(slot) })

module.exports = { Code, Enrollment, IssuedToken, Key, Token, Verdict, attempts, auditFile, mount, status }
