'use strict'

const { markAsUncloneable } = require('node:worker_threads')

const check = require('./check.js')
const { closed, settle } = require('./error.js')
const native = require('./native.js')
const operations = require('./operations.js')
const options = require('./options.js')
const { Validations, decode, encode } = require('./validations.js')

/** Closes what was forgotten. Closing the last handle closes files, which is no work for the thread of JavaScript. */
const forgotten = new FinalizationRegistry((handle) => handle.close(true))

const refused = (message, code) => Object.assign(new TypeError(message), { code })

/** An open keep, seen from one of its mounts and with one authority. */
class Keep {
  #handle
  #validations
  #closed = false
  #closing
  #underWay = new Set()

  constructor(handle) {
    if (!(handle instanceof native.Keep)) throw refused('a keep is opened with Keep.open', 'ERR_ILLEGAL_CONSTRUCTOR')
    this.#handle = handle
    this.#validations = new Validations(async (items, at) => {
      const answers = await handle.validateCodes(true, encode(items), at)
      return typeof answers === 'string' ? decode(answers) : answers
    })
    forgotten.register(this, handle, this)
    // Older versions of Node.js have no such thing, and make an empty object of a keep that is sent to a thread.
    markAsUncloneable?.(this)
  }

  static async open(location, given) {
    return new Keep(settle(await native.open(true, check.path('location', location), options.open(given))))
  }

  static openSync(location, given) {
    return new Keep(settle(native.open(false, check.path('location', location), options.open(given))))
  }

  async withMount(mount) {
    return new Keep(await Keep.#of(this).#promise((handle) => handle.withMount(true, check.text('mount', mount))))
  }

  withMountSync(mount) {
    return new Keep(Keep.#of(this).#wait((handle) => handle.withMount(false, check.text('mount', mount))))
  }

  async withToken(token) {
    return new Keep(await Keep.#of(this).#promise((handle) => handle.withToken(true, check.text('token', token))))
  }

  withTokenSync(token) {
    return new Keep(Keep.#of(this).#wait((handle) => handle.withToken(false, check.text('token', token))))
  }

  /** Validations that wait travel together. */
  async validateCode(...given) {
    const keep = Keep.#of(this)
    const { take, give } = operations.validateCode
    return give(await keep.#promise(() => keep.#validations.add(...take(...given))))
  }

  get closed() {
    return Keep.#of(this).#closed
  }

  /** Calls that are under way finish first. */
  async close() {
    settle(await Keep.#of(this).#close())
  }

  closeSync() {
    const keep = Keep.#of(this)
    if (keep.#underWay.size > 0 || keep.#closing) {
      // Nothing can be waited for here: the last call that is under way closes the files. Should that fail, `close`
      // tells it to whoever asks.
      keep.#close().catch(() => {})
      return
    }
    keep.#closed = true
    forgotten.unregister(keep)
    settle(keep.#handle.close(false))
  }

  /** The keep that a method was called on. A method that was taken off its keep is called on none. */
  static #of(receiver) {
    const isKeep = typeof receiver === 'object' && receiver !== null && #handle in receiver
    if (!isKeep) throw refused('a method of a keep was not called on a keep', 'ERR_INVALID_THIS')
    return receiver
  }

  #close() {
    this.#closed = true
    this.#closing ??= Promise.allSettled(this.#underWay).then(() => {
      forgotten.unregister(this)
      return this.#handle.close(true)
    })
    return this.#closing
  }

  async #promise(start) {
    if (this.#closed) throw closed()
    const answer = start(this.#handle)
    this.#underWay.add(answer)
    try {
      return settle(await answer)
    } finally {
      this.#underWay.delete(answer)
    }
  }

  #wait(run) {
    if (this.#closed) throw closed()
    return settle(run(this.#handle))
  }

  static {
    const define = (name, value) =>
      Object.defineProperty(Keep.prototype, name, { value, configurable: true, writable: true })
    for (const [name, { take, give }] of Object.entries(operations)) {
      const methods = {
        async [name](...given) {
          return give(await Keep.#of(this).#promise((handle) => handle[name](true, ...take(...given))))
        },
        [`${name}Sync`](...given) {
          return give(Keep.#of(this).#wait((handle) => handle[name](false, ...take(...given))))
        }
      }
      for (const [spelling, method] of Object.entries(methods)) {
        if (!Object.hasOwn(Keep.prototype, spelling)) define(spelling, method)
      }
    }
    // Older versions of Node.js 20 have no such symbols.
    if (Symbol.dispose) define(Symbol.dispose, Keep.prototype.closeSync)
    if (Symbol.asyncDispose) define(Symbol.asyncDispose, Keep.prototype.close)
  }
}

async function restore(backup, location, given) {
  const paths = [check.path('backup', backup), check.path('location', location)]
  settle(await native.restore(true, ...paths, options.restore(given)))
}

function restoreSync(backup, location, given) {
  const paths = [check.path('backup', backup), check.path('location', location)]
  settle(native.restore(false, ...paths, options.restore(given)))
}

module.exports = { Keep, restore, restoreSync }
