'use strict'

// What a thread does in threads.test.js.

const { parentPort, workerData } = require('node:worker_threads')

const { Keep, OtpkeepError } = require('otpkeep')

const { task, location, rootKey, code, at, token } = workerData

const tasks = {
  async validate(keep) {
    const verdicts = await Promise.all(Array.from({ length: 10 }, () => keep.validateCode('rfc', code, { at })))
    const error = await keep.readKey('nobody').catch((failure) => failure)
    await keep.close()
    parentPort.postMessage({
      outcomes: verdicts.map(({ outcome }) => outcome),
      error: error instanceof OtpkeepError && error.kind
    })
  },

  async withToken(keep) {
    const handle = await keep.withToken(token)
    await keep.close()
    const given = Array.from({ length: 10 }, () => handle.validateCode('rfc', '').then(({ outcome }) => outcome))
    const refused = Array.from({ length: 10 }, () => handle.read('totp/code/rfc').catch(({ kind }) => kind))
    const outcomes = await Promise.all([...given, ...refused])
    await handle.close()
    parentPort.postMessage(outcomes)
  },

  async leave(keep) {
    globalThis.keep = keep
    await keep.status()
    parentPort.postMessage('left')
  },

  async busy(keep) {
    for (let i = 0; i < 200; i += 1) {
      keep.validateCode('rfc', '000000', { at }).catch(() => {})
      keep.readCode('rfc').catch(() => {})
      keep.rewrap().catch(() => {})
    }
    parentPort.postMessage('busy')
  }
}

Keep.open(location, { rootKey: Buffer.from(rootKey), create: true, manualClock: true }).then(tasks[task])
