'use strict'

const { OtpkeepError } = require('./error.js')

/** Validations that travel together: as many as the core takes at once. */
const MOST = 4096

/** `[name, code]` items as the addon takes them: one text costs this thread less than thousands of values. */
function encode(items) {
  return `[${items.map(([name, code]) => `[${JSON.stringify(name)},${JSON.stringify(code)}]`).join()}]`
}

/** What the addon answers to them: what makes up a verdict, or an error, for each. */
function decode(answers) {
  return JSON.parse(answers).map((answer) => (answer.kind === undefined ? answer : new OtpkeepError(answer)))
}

/**
 * The validations of one handle that wait. libuv has four threads and each commit waits for the disk, so they travel
 * together: one batch is under way at a time, and what comes meanwhile makes up the next.
 */
class Validations {
  #send
  #waiting = []
  #sending = false

  /** `send(items, at)` promises the answers to `[name, code]` items, or one failure of them all. */
  constructor(send) {
    this.#send = send
  }

  /** Promises the answer to one validation. Those of one turn of the event loop and of the same `at` go together. */
  add(name, code, at) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item: [name, code], at, resolve, reject })
      if (this.#sending) return
      this.#sending = true
      queueMicrotask(() => this.#sendAll())
    })
  }

  async #sendAll() {
    while (this.#waiting.length > 0) await this.#sendSome(this.#take())
    this.#sending = false
  }

  /** Takes from the front, so that validations are made in the order in which they were asked for. */
  #take() {
    const { at } = this.#waiting[0]
    const other = this.#waiting.findIndex((validation) => !Object.is(validation.at, at))
    return this.#waiting.splice(0, Math.min(MOST, other === -1 ? this.#waiting.length : other))
  }

  async #sendSome(batch) {
    try {
      const answers = await this.#send(
        batch.map(({ item }) => item),
        batch[0].at
      )
      batch.forEach(({ resolve }, index) => resolve(Array.isArray(answers) ? answers[index] : answers))
    } catch (error) {
      batch.forEach(({ reject }) => reject(error))
    }
  }
}

module.exports = { Validations, decode, encode }
